/** `upkeep-dev`: apps while they are written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { InstanceDetail } from '../../src/protocol/control.ts';
import { CLI, type Companion, DEV, livesFor, startCompanion } from '../helpers/companion.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** The user's home is the rig's; UPKEEP_HOME is somebody else's and must not matter. */
function dev(rig: Rig, ...args: string[]): Companion {
  rig.write('code/.keep', '');
  return startCompanion(rig, [rig.node, DEV, ...args], { env: { HOME: rig.root }, cwd: join(rig.root, 'code') });
}

const homeOf = (rig: Rig, suffix = ''): string => join(rig.root, `.upkeep-dev${suffix}`);

async function details(rig: Rig): Promise<readonly InstanceDetail[]> {
  const env = { ...rig.env, UPKEEP_HOME: homeOf(rig) };
  const shown = startCompanion(rig, [rig.node, CLI, 'jlist'], { env });
  expect(await shown.ended).toBe(0);
  return JSON.parse(shown.out()) as readonly InstanceDetail[];
}

const stays = (text: string): string => `console.log('${text}'); setInterval(() => {}, 1000);`;

describe.concurrent('upkeep-dev', () => {
  test('a change restarts the app and says why, --post-exec runs, Ctrl-C leaves nothing', async ({ rig }) => {
    rig.write('code/app.js', stays('first'));
    const run = dev(rig, 'app.js', '--post-exec', 'echo after the restart');
    await run.shows('app-0 | first');
    expect(run.out()).toMatch(/^Watching /m);
    // A watcher that is not there yet would not see the change.
    const change = setInterval(() => rig.write('code/app.js', stays('second')), 200);
    rig.onDispose(() => clearInterval(change));
    await run.shows('app-0 | second');
    await run.shows('app-0 restarted: file changed: ');
    await run.shows('after the restart\n');
    clearInterval(change);
    // A terminal sends it to all of the group.
    process.kill(-run.pid, 'SIGINT');
    expect(await run.ended).toBe(0);
    expect(livesFor(homeOf(rig))).toEqual([]);
    expect(existsSync(rig.home), 'the home of production is not touched').toBe(false);
  });

  test('a crash is shown and the app comes back after a second; a config keeps what it says itself', async ({
    rig,
  }) => {
    rig.write('code/crash.js', `console.error('broken'); process.exit(1);`);
    rig.write('code/app.js', stays('app'));
    rig.write(
      'code/app.config.cjs',
      `module.exports = { apps: [
        { name: 'crash', script: 'crash.js' },
        { name: 'app', script: 'app.js', watch: ['src'], ignore_watch: ['src/tmp'], restart_delay: 5 },
      ] };`,
    );
    rig.write('code/src/x', '');
    const run = dev(rig, 'start', 'app.config.cjs', '--ignore', 'a,b');
    await run.shows('crash-0 | broken');
    await run.shows('app-1   | app');
    await run.shows('crash-0 restarted: exit code 1');
    const records = (await details(rig)).map((one) => (one as unknown as { pm2_env: Record<string, unknown> }).pm2_env);
    expect(
      records.map(({ watch, ignore_watch, restart_delay, autorestart }) => ({
        watch,
        ignore_watch,
        restart_delay,
        autorestart,
      })),
    ).toEqual([
      {
        watch: true,
        ignore_watch: expect.arrayContaining(['a', 'b', '**/node_modules']),
        restart_delay: 1000,
        autorestart: true,
      },
      { watch: ['src'], ignore_watch: ['src/tmp'], restart_delay: 5, autorestart: true },
    ]);
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
  });

  test('--raw splits the streams; --timestamp puts the time first; --node-args and --env reach the app', async ({
    rig,
  }) => {
    rig.write('code/app.js', `console.error('oops', process.execArgv[0], process.env.WHERE); ${stays('fine')}`);
    rig.write(
      'code/app.json',
      JSON.stringify({ apps: [{ name: 'app', script: 'app.js', env_test: { WHERE: 'there' } }] }),
    );
    const raw = dev(rig, '--raw', 'app.json', '--env', 'test', '--node-args=--no-warnings');
    await raw.shows('oops --no-warnings there\n', 'err');
    await raw.shows('\nfine\n');
    raw.signal('SIGINT');
    expect(await raw.ended).toBe(0);
    const stamped = dev(rig, '--timestamp', 'app.json');
    await stamped.shows(' | fine');
    expect(stamped.out()).toMatch(/^\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d app-0 \| fine$/m);
    stamped.signal('SIGINT');
    expect(await stamped.ended).toBe(0);
  });

  test('--auto-exit ends with 1 when nothing runs; --silent-exec hides what --post-exec prints, not its failure', async ({
    rig,
  }) => {
    rig.write('code/once.js', `console.log('done'); process.exit(0);`);
    rig.write(
      'code/app.json',
      JSON.stringify({ apps: [{ name: 'once', script: 'once.js', max_restarts: 2, restart_delay: 10 }] }),
    );
    const run = dev(rig, 'app.json', '--auto-exit', '--post-exec', 'echo hidden; exit 3', '--silent-exec');
    expect(await run.ended).toBe(1);
    expect(run.out()).toContain('once-0 | done');
    expect(run.out()).not.toContain('hidden');
    expect(run.err()).toContain('--post-exec ended with code 3');
    expect(run.err()).toContain('no app runs any more');
    expect(livesFor(homeOf(rig))).toEqual([]);
  });

  test('two sessions at a time do not disturb each other; --test-mode starts and leaves', async ({ rig }) => {
    rig.write('code/app.js', stays('up'));
    const first = dev(rig, 'app.js');
    await first.shows('app-0 | up');
    const second = dev(rig, 'app.js');
    await second.shows('app-0 | up');
    second.signal('SIGINT');
    expect(await second.ended).toBe(0);
    expect(livesFor(homeOf(rig)).length).toBeGreaterThan(0);
    expect(livesFor(homeOf(rig, '-2'))).toEqual([]);
    first.signal('SIGINT');
    expect(await first.ended).toBe(0);
    const left = dev(rig, 'app.js', '--test-mode');
    expect(await left.ended).toBe(0);
    expect((await details(rig)).length).toBe(1);
    const kill = startCompanion(rig, [rig.node, CLI, 'kill'], { env: { UPKEEP_HOME: homeOf(rig) } });
    expect(await kill.ended).toBe(0);
  });

  test('killed, it takes its apps and its daemon with it', async ({ rig }) => {
    rig.write('code/app.js', stays('up'));
    const run = dev(rig, 'app.js');
    await run.shows('app-0 | up');
    run.signal('SIGKILL');
    expect(await run.ended).toBe(-1);
    await until(
      () => (livesFor(homeOf(rig)).length === 0 ? true : undefined),
      () => `an end: ${livesFor(homeOf(rig)).join(' ; ')}`,
    );
  });

  test('without arguments: the help and 1; a missing script: a message and 1', async ({ rig }) => {
    const none = dev(rig);
    expect([await none.ended, none.out()]).toEqual([1, expect.stringContaining('--post-exec')]);
    const missing = dev(rig, 'nowhere.js');
    expect([await missing.ended, missing.err()]).toEqual([1, expect.stringContaining('nowhere.js')]);
    expect(existsSync(homeOf(rig)), 'nothing was made').toBe(false);
  });
});
