/** Small things that PM2 gets wrong and nobody looks for until they hurt: who may read what, half a list, a watch that has gone. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const IDLE = 'setInterval(() => {}, 1000);';

test('the home, its sockets and all that holds environments are for this user alone', async ({ rig }) => {
  rig.write('app.js', IDLE);
  await rig.must('start', 'app.js');
  await rig.must('save');
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  const { home, rpcSocket, agentSocket, state, dump } = rig.paths;
  expect(modeOf(home)).toBe('700');
  const files = [rpcSocket, agentSocket, state, dump, join(home, 'dump.pm2')];
  expect(files.map((path) => [path, modeOf(path)])).toEqual(files.map((path) => [path, '600']));
});

test('resurrect completes what is there in part, and what was saved as stopped comes back so, with pid 0', async ({
  rig,
}) => {
  rig.write('app.js', IDLE);
  rig.write('down.js', IDLE);
  await rig.must('start', 'app.js', '-i', '3');
  await rig.must('start', 'down.js');
  await rig.must('stop', 'down');
  await rig.must('save');
  await rig.must('scale', 'app', '1');
  await rig.must('delete', 'down');
  await rig.must('resurrect');
  const entries = JSON.parse(await rig.must('jlist')) as { name: string; pid: number; pm2_env: { status: string } }[];
  expect(entries.filter(({ name }) => name === 'app').map(({ pm2_env }) => pm2_env.status)).toEqual([
    'online',
    'online',
    'online',
  ]);
  expect(entries.filter(({ name }) => name === 'down')).toMatchObject([{ pid: 0, pm2_env: { status: 'stopped' } }]);
});

test('after a stop, a restart of the file watches again', async ({ rig }) => {
  rig.write('app/app.js', IDLE);
  const file = rig.write(
    'apps.json',
    JSON.stringify({ apps: [{ name: 'app', script: 'app.js', cwd: join(rig.root, 'app'), watch: true }] }),
  );
  await rig.must('start', file);
  await rig.must('stop', 'app');
  expect((await rig.one('app')).watching).toBe(false);
  await rig.must('restart', file);
  const { pid, watching } = await rig.one('app');
  expect(watching).toBe(true);
  let text = 0;
  await until(
    async () => {
      rig.write('app/other.js', String(++text));
      return (await rig.one('app')).pid === pid ? undefined : true;
    },
    () => 'a restart for a changed file',
  );
});

test('the reload of an app that never listens is over when it has stayed up, and describes the new process', async ({
  rig,
}) => {
  rig.write('app.js', IDLE);
  await rig.must('start', 'app.js', '-i', '1', '--min-healthy', '300ms');
  const { pid } = await rig.one('app');
  const { outcomes } = await rig.call('app.reload', { targets: ['app'], specs: {}, parallel: null });
  const after = await rig.one('app');
  expect(after.pid).not.toBe(pid);
  expect(outcomes).toMatchObject([{ id: 0, pid: after.pid, status: 'online', failure: null, up: { how: 'alive' } }]);
});
