/** What is measured of processes: readings now, load in the list, history over hours and over the death of a daemon. */
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, expect } from 'vitest';
import type { Series } from '../../src/protocol/observation.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APP = `
const { createServer } = require('node:http');
let kept = [];
createServer((req, res) => {
  if (req.url === '/hang') return;
  if (req.url === '/fail') res.statusCode = 500;
  if (req.url === '/slow') return void setTimeout(() => res.end(), 120);
  if (req.url === '/collect') { for (let i = 0; i < 100; i++) kept = new Array(100000).fill(i); globalThis.gc?.(); }
  if (req.url === '/spin') for (const end = Date.now() + 400; Date.now() < end; );
  res.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1', () => process.send('ready'));
`;

async function ask(port: number, path: string): Promise<number> {
  const [response] = await once(get({ port, path, agent: false }), 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

const reading = async (rig: Rig, name: string) => {
  const { processes } = await rig.call('metrics.now', {});
  return processes.find((one) => one.name === name);
};

async function startServer(rig: Rig): Promise<number> {
  const port = await freePort();
  rig.write('app.js', APP);
  rig.write(
    'app.json',
    JSON.stringify({ apps: [{ script: 'app.js', env: { PORT: String(port) }, node_args: '--expose-gc' }] }),
  );
  await rig.must('start', 'app.json', '--wait-ready');
  return port;
}

describe('readings', () => {
  test('requests, errors, latencies, what is in flight, collections, event loop and heap of an app, counted from the first look on', async ({
    rig,
  }) => {
    const port = await startServer(rig);
    expect(await ask(port, '/')).toBe(200);
    const first = await until(
      async () => {
        const node = (await reading(rig, 'app'))?.node;
        // Its event loop is watched only when it has run for a while.
        return node != null && node.loopDelay !== null ? node : undefined;
      },
      () => 'its readings',
    );
    expect(first).toMatchObject({ http: null, nodeVersion: process.versions.node });
    expect(first.heapLimitBytes).toBeGreaterThan(first.heapUsedBytes);
    expect(first.heapSpaces.map(({ name }) => name)).toContain('old_space');
    for (const path of ['/', '/', '/fail', '/slow', '/spin', '/collect']) await ask(port, path);
    const hanging = get({ port, path: '/hang', agent: false }).on('error', () => {});
    const then = await until(
      async () => {
        const seen = await reading(rig, 'app');
        const isThere = seen?.node?.http?.durations.count === 6 && seen.node.http.inFlight === 1;
        // The processes are looked at less often than that.
        return isThere && seen.cpuSeconds > 0.3 ? seen : undefined;
      },
      () => 'six answers, one request in flight, and the time that they took',
    );
    hanging.destroy();
    const node = then.node as NonNullable<typeof then.node>;
    expect(node.http?.answered).toEqual({ 1: 0, 2: 5, 3: 0, 4: 0, 5: 1 });
    const { bounds, counts, count } = (node.http as NonNullable<typeof node.http>).durations;
    const upTo = (seconds: number): number => counts[bounds.indexOf(seconds)] as number;
    expect(count - upTo(0.1)).toBeGreaterThanOrEqual(2);
    expect(upTo(10)).toBe(6);
    expect(node.gc.major?.count).toBeGreaterThan(0);
    expect(node.loopActiveSeconds).toBeGreaterThan(0.4);
    expect(node.loopIdleSeconds).toBeGreaterThan(0);
    expect(node.loopDelay?.max).toBeGreaterThan(0.2);
    expect(then).toMatchObject({ id: 0, slot: 0, status: 'online', restarts: 0, generation: 0 });
    expect(then.openFiles).toBeGreaterThan(3);
    expect(then.memoryBytes).toBeGreaterThan(10_000_000);
  });

  test('load in the list of who watches, none that nobody asked for; history goes on after a restart, an update and a daemon that is killed', async ({
    rig,
  }) => {
    const port = await startServer(rig);
    const known = async (span: 'hour' | 'day', name: Series): Promise<number[]> => {
      const [history] = await rig.call('metrics.history', { target: 'app', span });
      return (history?.series[name] ?? []).filter((value) => value !== null);
    };
    await until(
      async () => (await rig.one('app')).load?.heapUsedBytes ?? undefined,
      () => 'what is told without being asked for',
      15_000,
    );
    await ask(port, '/');
    expect((await rig.one('app')).load).toMatchObject({ requestsPerSecond: null, requestP99Ms: null });
    const load = await until(
      async () => {
        await ask(port, '/fail');
        const { instances } = await rig.call('instance.list', { watch: true });
        const seen = instances[0]?.load;
        return (seen?.errorsPerSecond ?? 0) > 0 ? seen : undefined;
      },
      () => 'errors a second',
    );
    expect(load?.requestsPerSecond).toBeGreaterThanOrEqual(load?.errorsPerSecond as number);
    expect(load?.requestP99Ms).toBeGreaterThan(0);
    expect(load?.loopUtilization).toBeGreaterThan(0);
    expect(load?.loopUtilization).toBeLessThanOrEqual(1);
    await until(
      async () => ((await known('hour', 'memoryBytes')).length > 0 ? true : undefined),
      () => 'a first value',
      15_000,
    );
    const before = await known('hour', 'memoryBytes');
    expect(before.at(-1)).toBeGreaterThan(10_000_000);
    await rig.must('restart', 'app');
    await rig.must('update');
    const daemon = await rig.daemonPid();
    expect((await known('hour', 'memoryBytes')).slice(0, before.length)).toEqual(before);
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    expect((await known('hour', 'memoryBytes')).slice(0, before.length)).toEqual(before);
    expect((await known('day', 'memoryBytes')).length).toBeGreaterThan(0);
    await rig.must('delete', 'app');
    await expect(known('hour', 'memoryBytes')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
