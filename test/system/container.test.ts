/** `upkeep-runtime` as the first process of a container: a PID namespace of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import {
  type Companion,
  childrenOf,
  commandLine,
  inContainer,
  initOf,
  RUNTIME,
  startCompanion,
} from '../helpers/companion.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const LINES = 100_000;

const contain = (rig: Rig, ...args: string[]): Companion => containWith({}, rig, ...args);

function containWith(env: NodeJS.ProcessEnv, rig: Rig, ...args: string[]): Companion {
  // As docker does it: the home is in the container's file system, and nobody outside looks at it.
  return startCompanion(rig, inContainer([RUNTIME, ...args]), {
    env: { ...env, UPKEEP_HOME: join(rig.root, 'inside') },
  });
}

/** A process of the container whose command line has the text, by its number outside. */
const findInside = (init: number, text: string): Promise<number> =>
  until(
    () => {
      const seen: number[] = [];
      const walk = (pid: number): void => {
        for (const child of childrenOf(pid)) {
          seen.push(child);
          walk(child);
        }
      };
      try {
        walk(init);
      } catch {
        return undefined; // one has ended meanwhile
      }
      return seen.find((pid) => commandLine(pid).includes(text));
    },
    () => `a process ${text} in the container`,
  );

const stateOf = (pid: number): string | undefined => {
  try {
    return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
};

describe.concurrent('as process 1', () => {
  test('orphans are collected, SIGTERM lets the app clean up, and the exit code is 0', async ({ rig }) => {
    rig.write(
      'server.js',
      `require('node:child_process').spawn('sh', ['-c', 'sleep 567 & exit 0']);
       process.on('SIGINT', () => { console.log('cleaning up'); setTimeout(() => { console.log('clean'); process.exit(0); }, 50); });
       setInterval(() => {}, 1000); console.log('serving');`,
    );
    const container = contain(rig, 'server.js');
    await container.shows('serving');
    const init = await initOf(container);
    const orphan = await until(
      () => childrenOf(init).find((pid) => commandLine(pid).includes('sleep 567')),
      () => 'the orphan to be a child of process 1',
    );
    process.kill(orphan, 'SIGTERM');
    await until(
      () => (stateOf(orphan) === undefined ? true : undefined),
      () => `the orphan to be collected; it is ${stateOf(orphan)}`,
    );
    process.kill(init, 'SIGTERM');
    expect(await container.ended).toBe(0);
    expect(container.out()).toBe('serving\ncleaning up\nclean\n');
  });

  test('an app that crashes is started again, and the container lives', async ({ rig }) => {
    rig.write(
      'server.js',
      `const { existsSync, writeFileSync } = require('node:fs');
       if (existsSync('second')) { console.log('second life'); setInterval(() => {}, 1000); }
       else { writeFileSync('second', ''); console.error('on its way down'); process.exit(7); }`,
    );
    const container = contain(rig, 'server.js');
    await container.shows('second life');
    expect(container.err()).toContain('on its way down\n');
    expect(container.err()).toMatch(/\[UPKEEP\] server \(0\) .*exit code 7/);
    process.kill(await initOf(container), 'SIGINT');
    expect(await container.ended).toBe(0);
    expect(container.out()).toBe('second life\n');
  });

  test('100,000 lines are complete when the app ends, with its exit code', async ({ rig }) => {
    rig.write(
      'job.js',
      `for (let i = 0; i < ${LINES}; i++) console.log('line ' + i); console.error('done'); process.exit(3);`,
    );
    const container = contain(rig, 'job.js', '--no-autorestart');
    expect(await container.ended).toBe(3);
    const lines = container.out().split('\n');
    const wrong = lines.findIndex((line, i) => line !== (i === LINES ? '' : `line ${i}`));
    expect({ count: lines.length, wrong, there: lines.slice(Math.max(0, wrong - 1), wrong + 2) }).toEqual({
      count: LINES + 1,
      wrong: -1,
      there: lines.slice(0, 1),
    });
    expect(container.err()).toContain('done\n');
  });

  test('a SIGKILL of the daemon ends neither the app nor the container, and no line is lost', async ({ rig }) => {
    rig.write('server.js', `let i = 0; setInterval(() => console.log('tick ' + i++), 20);`);
    const container = contain(rig, 'server.js');
    await container.shows('tick 1\n');
    const init = await initOf(container);
    const app = await findInside(init, 'server.js');
    const daemon = await findInside(init, 'Upkeep v');
    process.kill(daemon, 'SIGKILL');
    const next = await until(
      async () => {
        const pid = await findInside(init, 'Upkeep v');
        return pid === daemon || stateOf(pid) === 'Z' ? undefined : pid;
      },
      () => 'the next daemon',
    );
    const before = container.out().split('\n').length;
    await container.shows(`tick ${before + 20}\n`);
    expect(stateOf(app)).toMatch(/[SR]/);
    process.kill(init, 'SIGTERM');
    expect(await container.ended).toBe(0);
    expect(stateOf(next)).toBeUndefined();
    const ticks = container.out().trimEnd().split('\n');
    expect(ticks).toEqual(ticks.map((_, i) => `tick ${i}`));
  });

  test('the same container started anew begins anew', async ({ rig }) => {
    rig.write('server.js', `setInterval(() => {}, 1000); console.log('life', process.env.pm_id);`);
    const first = contain(rig, 'server.js');
    await first.shows('life 0');
    // As `docker kill`: nothing inside can say goodbye.
    process.kill(await initOf(first), 'SIGKILL');
    await first.ended;
    const second = contain(rig, 'server.js');
    await second.shows('life 0');
    process.kill(await initOf(second), 'SIGTERM');
    expect(await second.ended).toBe(0);
    expect(second.out()).toBe('life 0\n');
  });

  test('a second signal does not wait for an app that does not end', async ({ rig }) => {
    rig.write(
      'server.js',
      `process.on('SIGINT', () => console.log('not yet')); setInterval(() => {}, 1000); console.log('serving');`,
    );
    const container = contain(rig, 'server.js', '--kill-timeout', '60000');
    await container.shows('serving');
    const init = await initOf(container);
    process.kill(init, 'SIGTERM');
    await container.shows('not yet');
    process.kill(init, 'SIGTERM');
    expect(await container.ended).toBe(0);
  });

  test('a signal at the very moment the daemon can be found ends the container', async ({ rig }) => {
    rig.write('server.js', `setInterval(() => {}, 1000); console.log('serving');`);
    const once = join(rig.root, 'signalled');
    const env = { UPKEEP_FAILPOINT: 'daemon.listening:SIGTERM', UPKEEP_FAILPOINT_ONCE: once };
    const container = containWith(env, rig, 'server.js', '--delay', '60');
    expect(await container.ended).toBe(0);
    expect(existsSync(once)).toBe(true);
    expect(container.out()).toBe('');
  });

  test('a signal before the app is up ends the container too', async ({ rig }) => {
    rig.write('server.js', `setInterval(() => {}, 1000); console.log('serving');`);
    const container = contain(rig, 'server.js', '--delay', '60');
    const init = await initOf(container);
    await findInside(init, 'Upkeep v');
    process.kill(init, 'SIGTERM');
    expect(await container.ended).toBe(0);
    expect(container.out()).toBe('');
  });
});
