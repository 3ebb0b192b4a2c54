/** Long-lived connections that are opened slowly end up evenly on the processes that share a port. */
import { connect, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const WORKERS = 4;
const CONNECTIONS = 40;
const ROUNDS = 3;
/** None above this many times the mean. */
const MOST = 1.3;
/** Above the slowest of this, nobody waited for anything but the machine's own business. */
const SLOWEST_MS = 1_000;

/** Says its pid to who connects and then only listens, as a chat would. */
const SERVER = `
const open = new Set();
require('node:net').createServer((socket) => {
  open.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => open.delete(socket));
  socket.write(process.pid + '\\n');
}).listen(+process.env.PORT, '127.0.0.1');
`;

interface Opened {
  readonly socket: Socket;
  readonly pid: number;
  readonly tookMs: number;
}

/** Resolves when the connection was answered, by whom and after how long. */
function open(port: number): Promise<Opened> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data) => resolve({ socket, pid: Number(data), tookMs: performance.now() - startedAt }));
  });
}

/** Opens them one by one, each when the one before was answered. */
async function openSlowly(port: number, count: number, everyMs: number): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (let i = 0; i < count; i++) {
    opened.push(await open(port));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return opened;
}

function countsOf(opened: readonly Opened[]): number[] {
  const counts = new Map<number, number>();
  for (const { pid } of opened) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

async function start(rig: Rig): Promise<number> {
  const port = await freePort();
  rig.write('chat.js', SERVER);
  rig.env.PORT = String(port);
  await rig.must('start', 'chat.js', '-i', String(WORKERS));
  return port;
}

function closeWithTest(rig: Rig, opened: readonly Opened[]): void {
  rig.onDispose(() => {
    for (const { socket } of opened) socket.destroy();
  });
}

describe(`${CONNECTIONS} connections that stay, opened slowly on ${WORKERS} processes`, () => {
  for (const everyMs of [10, 25])
    test(`one every ${everyMs} ms: none has more than ${MOST} times the mean, none is refused or waits`, {
      timeout: 120_000,
    }, async ({ rig }) => {
      const port = await start(rig);
      for (let round = 0; round < ROUNDS; round++) {
        const opened = await openSlowly(port, CONNECTIONS, everyMs);
        closeWithTest(rig, opened);
        const slowest = Math.max(...opened.map(({ tookMs }) => tookMs));
        console.log(`every ${everyMs} ms: ${countsOf(opened).join('/')}, slowest ${slowest.toFixed(1)} ms`);
        expect(countsOf(opened)[0]).toBeLessThanOrEqual((CONNECTIONS / WORKERS) * MOST);
        expect(slowest).toBeLessThan(SLOWEST_MS);
        for (const { socket } of opened) socket.destroy();
      }
    });

  test('daemon and guard die while one rests: it takes connections again', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig);
    const first = await openSlowly(port, CONNECTIONS, 10);
    closeWithTest(rig, first);
    // All but one let theirs go: that one has more than its share now, and rests.
    const full = first[0]?.pid ?? 0;
    for (const { pid, socket } of first) if (pid !== full) socket.destroy();
    const others = (opened: readonly Opened[]): readonly Opened[] => opened.filter(({ pid }) => pid !== full);
    await until(
      async () => {
        const opened = await openSlowly(port, WORKERS, 0);
        for (const { socket } of opened) socket.destroy();
        return others(opened).length === WORKERS ? true : undefined;
      },
      () => 'the full one to rest',
    );
    const daemon = await rig.daemonPid();
    const guard = rig.guardPid(daemon);
    expect(guard).toBeDefined();
    const pids = (await rig.list()).map(({ pid }) => pid).filter((pid) => pid !== full);
    expect(pids.length).toBe(WORKERS - 1);
    process.kill(guard as number, 'SIGKILL');
    process.kill(daemon, 'SIGKILL');
    // Nobody could tell it that the others take none: it accepts without being told.
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const alone = await openSlowly(port, 3, 0);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    closeWithTest(rig, alone);
    expect(alone.map(({ pid }) => pid)).toEqual([full, full, full]);
    // The next daemon cannot give copies to processes that an earlier one has started; to their successors it can.
    await rig.must('restart', 'chat');
    const later = await openSlowly(port, CONNECTIONS, 10);
    closeWithTest(rig, later);
    console.log(`under the next daemon: ${countsOf(later).join('/')}`);
    expect(countsOf(later)[0]).toBeLessThanOrEqual((CONNECTIONS / WORKERS) * MOST);
  });
});
