/** pm2-runtime and --no-daemon beside upkeep-runtime and --no-daemon: the same words, and what comes of them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { CLI, type Companion, RUNTIME, startCompanion } from '../helpers/companion.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const BIN = join(import.meta.dirname, '../../.reference/node_modules/.bin');
const ONCE = `console.log('out line'); console.error('err line');`;
const STAYS = `process.on('SIGINT', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');`;

interface Pair {
  readonly pm2: Companion;
  readonly upkeep: Companion;
}

const pm2Environment = (rig: Rig): NodeJS.ProcessEnv => ({
  PM2_HOME: join(rig.root, 'pm2-home'),
  PM2_DISCRETE_MODE: 'true',
});

function both(
  rig: Rig,
  programs: readonly [pm2: readonly string[], upkeep: readonly string[]],
  args: readonly string[],
): Pair {
  mkdirSync(join(rig.root, 'pm2-home'), { recursive: true });
  const env = pm2Environment(rig);
  const [pm2, upkeep] = programs;
  return {
    pm2: startCompanion(rig, [...pm2, ...args], { env }),
    upkeep: startCompanion(rig, [...upkeep, ...args], { env }),
  };
}

const runtimes = (rig: Rig, ...args: string[]): Pair => both(rig, [[join(BIN, 'pm2-runtime')], [RUNTIME]], args);

/** PM2 puts lines of its own between those of the apps. */
const ownLines = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !/PM2 (log|error):/.test(line) && !line.startsWith('[UPKEEP]'));
const withoutColors = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

describe.concurrent('runtime', () => {
  test('raw: the same lines on the same streams; an app that ended well gives 2 there and 0 here', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { pm2, upkeep } = runtimes(rig, 'once.js', '--no-autorestart');
    expect([await pm2.ended, await upkeep.ended]).toEqual([2, 0]);
    expect(ownLines(upkeep.out())).toEqual(ownLines(pm2.out()));
    expect(ownLines(upkeep.err())).toEqual(ownLines(pm2.err()));
  });

  test('--json: the same keys in the same order', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { pm2, upkeep } = runtimes(rig, 'once.js', '--no-autorestart', '--json');
    await Promise.all([pm2.ended, upkeep.ended]);
    const shapes = ({ out }: Companion): string[] =>
      ownLines(out())
        .filter((line) => !line.includes('process_event'))
        .map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'when'))
        .sort();
    expect(shapes(upkeep)).toEqual(shapes(pm2));
    for (const { out } of [pm2, upkeep])
      expect(out()).toMatch(/^\{"timestamp":"[^"]+","type":"process_event","status":"start","app_name":"once"/m);
  });

  test('--format and --formatted: the same lines', async ({ rig }) => {
    rig.write('once.js', ONCE);
    for (const style of ['--format', '--formatted']) {
      const { pm2, upkeep } = runtimes(rig, 'once.js', '--no-autorestart', style);
      await Promise.all([pm2.ended, upkeep.ended]);
      const lines = ({ out }: Companion): string[] =>
        ownLines(withoutColors(out()))
          .map((line) => line.replace(/timestamp=[\d:+-]+/, 'timestamp=when').replace(/ +\| /, ' | '))
          .sort();
      expect(lines(upkeep), style).toEqual(lines(pm2));
    }
  });

  test('SIGTERM and SIGINT stop the app its way, and the code is 0', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { pm2, upkeep } = runtimes(rig, 'stays.js');
      await Promise.all([pm2.shows('up\n'), upkeep.shows('up\n')]);
      pm2.signal(signal);
      upkeep.signal(signal);
      expect([await pm2.ended, await upkeep.ended]).toEqual([0, 0]);
      expect(ownLines(upkeep.out())).toEqual(['up', 'bye']);
    }
  });

  test('no argument: help and 1; a script that is not there: 0 there, 1 here', async ({ rig }) => {
    const none = runtimes(rig);
    expect([await none.pm2.ended, await none.upkeep.ended]).toEqual([1, 1]);
    const missing = runtimes(rig, 'nowhere.js');
    expect([await missing.pm2.ended, await missing.upkeep.ended]).toEqual([0, 1]);
    expect(missing.upkeep.err()).toContain('nowhere.js');
  });
});

describe.concurrent('--no-daemon', () => {
  test('lines have the time, the id and the name before them', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    const { pm2, upkeep } = both(rig, [[join(BIN, 'pm2')], [rig.node, CLI]], ['start', 'stays.js', '--no-daemon']);
    for (const run of [pm2, upkeep])
      await until(
        () => (/\| (?:\u001b\[39m)?up\n/.test(run.out()) ? true : undefined),
        () => `the line of the app: ${run.out()}`,
      );
    const shape = /^\d\d:\d\d:\d\d 0\|stays +\| up$/m;
    expect(withoutColors(pm2.out())).toMatch(shape);
    expect(withoutColors(upkeep.out())).toMatch(shape);
    upkeep.signal('SIGINT');
    expect(await upkeep.ended).toBe(0);
    // Its Ctrl-C would leave the app behind.
    const kill = startCompanion(rig, [join(BIN, 'pm2'), 'kill'], { env: pm2Environment(rig) });
    expect(await kill.ended).toBe(0);
    expect(await pm2.ended).toBe(0);
  });
});
