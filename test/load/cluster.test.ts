/** One port, several processes: shared without a proxy, and held while they come and go. */
import { expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `
const cluster = require('node:cluster');
require('node:http').createServer((_, r) => r.end(JSON.stringify({ pid: process.pid, worker: cluster.isWorker, primary: cluster.isPrimary, id: cluster.worker?.id }))).listen(process.env.PORT, '127.0.0.1');
`;

async function answersFrom(port: number, count: number): Promise<Set<number>> {
  const pids = new Set<number>();
  await until(
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      pids.add(((await response.json()) as { pid: number }).pid);
      return pids.size >= count ? true : undefined;
    },
    () => `answers from ${count} processes, got ${[...pids]}`,
  );
  return pids;
}

async function startCluster(rig: Rig, instances: number): Promise<number> {
  const port = await freePort();
  rig.write('server.js', SERVER);
  const { code, stderr } = await rig.runWith(
    { env: { PORT: String(port) } },
    'start',
    'server.js',
    '-i',
    String(instances),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return port;
}

test('all instances answer on one port, and believe that they are workers', async ({ rig }) => {
  const port = await startCluster(rig, 3);
  const pids = await answersFrom(port, 3);
  expect([...pids].sort()).toEqual((await rig.list()).map((instance) => instance.pid).sort());
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.json()).toMatchObject({ worker: true, primary: false, id: expect.any(Number) });
});

test('all workers killed: nobody is refused, and the next request is answered when a replacement is up', async ({
  rig,
}) => {
  const port = await startCluster(rig, 2);
  const before = (await rig.list()).map((instance) => instance.pid);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(before).not.toContain(((await response.json()) as { pid: number }).pid);
});

test('one of two workers killed: only what it had in flight fails', { timeout: 60_000 }, async ({ rig }) => {
  const port = await startCluster(rig, 2);
  const load = startLoad(port, { keepAlive: 10, fresh: 10 });
  const [first] = await rig.list();
  await until(
    () => (load.sent() > 100 ? true : undefined),
    () => 'load',
  );
  process.kill(first?.pid as number, 'SIGKILL');
  await until(
    async () =>
      (await rig.list()).every((one) => one.status === 'online' && one.state === 'ready' && one.pid !== first?.pid)
        ? true
        : undefined,
    () => 'the replacement',
  );
  await load.stop();
  console.log(JSON.stringify({ requests: load.sent(), failed: load.failures().length }));
  expect(load.failures().filter((text) => /ECONNREFUSED|no answer/.test(text))).toEqual([]);
  // Of 20 clients none has more than one request under way.
  expect(load.failures().length).toBeLessThanOrEqual(20);
});

test('the daemon dies under load: no request fails, and the next daemon has the socket for new instances', {
  timeout: 120_000,
}, async ({ rig }) => {
  const port = await startCluster(rig, 2);
  const load = startLoad(port, { keepAlive: 4, fresh: 4 });
  for (let i = 0; i < 5; i++) {
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
  }
  const sent = load.sent();
  await until(
    () => (load.sent() > sent + 100 ? true : undefined),
    () => 'requests to go on',
  );
  await load.stop();
  expect(load.failures()).toEqual([]);
  const [first, second] = await rig.list();
  process.kill(first?.pid as number, 'SIGKILL');
  await until(
    async () =>
      (await rig.list()).every(
        (instance) => instance.status === 'online' && instance.state === 'ready' && instance.pid !== first?.pid,
      )
        ? true
        : undefined,
    () => 'the replacement',
  );
  const pids = await answersFrom(port, 2);
  expect(pids).toContain(second?.pid);
});

test('stop lets the port go, and start takes it again', async ({ rig }) => {
  const port = await startCluster(rig, 2);
  await rig.must('stop', 'server');
  await until(
    () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => undefined,
        () => true as const,
      ),
    () => 'the port to be free',
  );
  await rig.must('start', 'server');
  await answersFrom(port, 2);
});

test('a port that somebody else has reaches the app as the error of its own server', async ({ rig }) => {
  const port = await freePort();
  const { createServer } = await import('node:net');
  const other = createServer().listen(port, '127.0.0.1');
  rig.onDispose(() => void other.close());
  rig.write(
    'server.js',
    `require('node:http').createServer().on('error', (e) => { console.log(e.code, e.port); setInterval(() => {}, 1000); }).listen(process.env.PORT, '127.0.0.1')`,
  );
  await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', '-i', '1');
  expect((await rig.list())[0]).toMatchObject({ execMode: 'cluster', status: 'online', restarts: 0 });
  await until(
    () => (rig.read('logs/server-out-0.log').includes(`EADDRINUSE ${port}`) ? true : undefined),
    () => 'the error in the log',
  );
});
