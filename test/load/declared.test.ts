/** A threaded Python server on a socket that the daemon holds: nobody is refused, whatever happens to it or to the daemon. */
import { describe, expect } from 'vitest';
import { PYTHON_SERVER } from '../helpers/declared-server.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

async function start(rig: Rig, instances: number): Promise<number> {
  const port = await freePort();
  rig.write('server.py', PYTHON_SERVER);
  const app = { name: 'server', script: 'server.py', instances, listen: `127.0.0.1:${port}`, kill_timeout: 10_000 };
  rig.write('apps.json', JSON.stringify({ apps: [{ ...app, exec_mode: 'fork', min_healthy: '500ms' }] }));
  await rig.must('start', 'apps.json');
  return port;
}

/** New connections only: the server closes each. */
const CLIENTS = { keepAlive: 0, fresh: 20 };

describe('a Python server on a declared socket, under load: 0 failed or refused requests', () => {
  test('five restarts of one process', { timeout: 120_000 }, async ({ rig }) => {
    const port = await start(rig, 1);
    const load = startLoad(port, CLIENTS);
    for (let i = 0; i < 5; i++) await rig.must('restart', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(load.sent()).toBeGreaterThan(100);
  });

  test('five restarts of three processes that share it', { timeout: 120_000 }, async ({ rig }) => {
    const port = await start(rig, 3);
    const load = startLoad(port, CLIENTS);
    for (let i = 0; i < 5; i++) await rig.must('restart', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  test('five reloads: the new process first, then the old one ends', { timeout: 180_000 }, async ({ rig }) => {
    const port = await start(rig, 2);
    const load = startLoad(port, CLIENTS);
    for (let i = 0; i < 5; i++) {
      const before = (await rig.list()).map(({ pid }) => pid);
      await rig.must('reload', 'server');
      const after = (await rig.list()).map(({ pid }) => pid);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    }
    await load.stop();
    expect(load.failures()).toEqual([]);
    const log = rig.read('logs/server-out-0.log') + rig.read('logs/server-out-1.log');
    expect(log.match(/finished/g)?.length).toBe(10);
  });

  test('the daemon is killed, then restarts and a reload under the next one', { timeout: 180_000 }, async ({ rig }) => {
    const port = await start(rig, 2);
    const load = startLoad(port, CLIENTS);
    for (let i = 0; i < 3; i++) {
      const pids = (await rig.list()).map(({ pid }) => pid);
      const daemon = await rig.daemonPid();
      process.kill(daemon, 'SIGKILL');
      await rig.nextDaemon(daemon);
      expect((await rig.list()).map(({ pid }) => pid)).toEqual(pids);
      await rig.must('restart', 'server');
    }
    await rig.must('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  test('all processes killed at once, and a boot of 2 s: who was not accepted yet waits', { timeout: 120_000 }, async ({
    rig,
  }) => {
    rig.env.BOOT_S = '2';
    const port = await start(rig, 2);
    const load = startLoad(port, CLIENTS);
    for (const { pid } of await rig.list()) process.kill(pid, 'SIGKILL');
    await until(
      async () =>
        (await rig.list()).every(({ status, restarts }) => status === 'online' && restarts > 0) ? true : undefined,
      () => 'both to be back',
    );
    await load.stop();
    expect(load.failures().filter((text) => text.includes('ECONNREFUSED'))).toEqual([]);
    // What they had accepted is lost with them.
    expect(load.failures().length).toBeLessThanOrEqual(CLIENTS.fresh);
  });
});
