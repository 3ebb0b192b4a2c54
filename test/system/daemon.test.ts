/** The daemon's own verbs: update, the signals, kill, save and resurrect. */
import { existsSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')`;

test('update replaces the daemon under running apps: no request fails, no pid changes', async ({ rig }) => {
  const port = await freePort();
  rig.write('server.js', SERVER);
  await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js');
  const before = await rig.one('server');
  const daemon = await rig.daemonPid();
  const load = startLoad(port, { keepAlive: 4, fresh: 4 });
  await rig.must('update');
  expect(await rig.daemonPid()).not.toBe(daemon);
  await until(
    () => (load.sent() > 100 ? true : undefined),
    () => 'some load',
  );
  await load.stop();
  expect(load.failures()).toEqual([]);
  expect(await rig.one('server')).toMatchObject({ pid: before.pid, restarts: 0, uniqueId: before.uniqueId });
});

test('SIGTERM to the daemon stops the apps and keeps the list; the next daemon starts what was up', async ({ rig }) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js', '--name', 'up');
  await rig.must('start', 'app.js', '--name', 'resting');
  await rig.must('stop', 'resting');
  const { pid } = await rig.one('up');
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGTERM');
  await until(
    () => (readProcess(daemon) === null && readProcess(pid) === null ? true : undefined),
    () => 'daemon and app to be gone',
  );
  expect(existsSync(rig.paths.dump)).toBe(true);
  await rig.must('list');
  await rig.when('up', (instance) => instance.status === 'online', 'online again');
  expect(await rig.one('resting')).toMatchObject({ status: 'stopped' });
});

test('kill without a daemon starts none, and succeeds', async ({ rig }) => {
  await rig.must('kill');
  expect(existsSync(rig.paths.pidFile)).toBe(false);
});

test('save and resurrect: what was up comes back up, what was stopped comes back stopped, what is there is not doubled', async ({
  rig,
}) => {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  rig.write(
    'ecosystem.json',
    JSON.stringify({
      apps: [
        { name: 'pair', script: './app.js', exec_mode: 'fork', instances: 2 },
        { name: 'resting', script: './app.js' },
      ],
    }),
  );
  await rig.must('start', 'ecosystem.json');
  await rig.must('stop', 'resting');
  await rig.must('save');
  expect(statSync(rig.paths.dump).mode & 0o777).toBe(0o600);
  await rig.must('resurrect');
  expect(await rig.list()).toHaveLength(3);
  await rig.must('kill');
  await rig.must('resurrect');
  const list = await rig.list();
  expect(list.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
    'pair online',
    'pair online',
    'resting stopped',
  ]);
});

test('only the owner can reach a home', async ({ rig }) => {
  await rig.must('ping');
  expect(statSync(rig.home).mode & 0o777).toBe(0o700);
  for (const path of [rig.paths.rpcSocket, rig.paths.agentSocket]) expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const path of [rig.paths.pidFile, rig.paths.daemonLog]) expect(statSync(path).mode & 0o077).toBe(0);
});

test('a tree that ignores the signal is killed whole, and nothing is left', async ({ rig }) => {
  rig.write(
    'tree.sh',
    `trap '' INT TERM\n(trap '' INT TERM; setsid sleep 1000 & sleep 1000) &\n(sleep 1000 &)\nwhile :; do sleep 1000; done`,
  );
  await rig.must('start', 'tree.sh', '--kill-timeout', '300');
  await rig.must('stop', 'tree');
  expect((await rig.one('tree')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGKILL' });
  // The rig fails if a process is left.
});
