/** Raw TCP and what else was upgraded: quiet connections get an orderly end, active ones are waited for. */
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { exchange } from '../helpers/clients.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Answers each line after as many milliseconds as it says, and repeats `tick` every 200 ms after `ticks N`. */
const SERVER = `
require('node:net').createServer((socket) => {
  console.log('connected');
  socket.setEncoding('utf8').on('data', (line) => {
    console.log('got ' + line);
    const [word, value] = line.trim().split(' ');
    if (word === 'after') setTimeout(() => socket.write('answer'), Number(value));
    if (word === 'ticks') {
      let left = Number(value);
      const timer = setInterval(() => {
        socket.write('tick');
        if (--left === 0) { clearInterval(timer); socket.end(); }
      }, 200);
    }
    if (word === 'late') setInterval(() => socket.write('late'), 3200);
  });
}).listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig): Promise<number> {
  const port = await freePort();
  rig.write('server.js', SERVER);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js');
  return port;
}

const logged = (rig: Rig, text: string, count = 1): Promise<true> =>
  until(
    () => (rig.read('logs/server-out.log').split(text).length > count ? true : undefined),
    () => `"${text}" to be logged ${count} times`,
  );

test('20 idle connections: each sees an orderly end, and the process ends by the signal', async ({ rig }) => {
  const port = await start(rig);
  const ends = Array.from({ length: 20 }, () => exchange(port, () => {}));
  await logged(rig, 'connected', 20);
  await rig.must('stop', 'server');
  expect(await Promise.all(ends)).toEqual(Array.from({ length: 20 }, () => ''));
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});

test('an answer after 1.5 s and a transfer of 4 s are waited for', async ({ rig }) => {
  const port = await start(rig);
  const answer = exchange(port, (socket) => void socket.write('after 1500\n'));
  const ticks = exchange(port, (socket) => void socket.write('ticks 20\n'));
  await logged(rig, 'got', 2);
  await rig.must('stop', 'server');
  expect(await answer).toBe('answer');
  expect(await ticks).toBe('tick'.repeat(20));
});

test('an app that writes to a connection that was let go gets no error', async ({ rig }) => {
  const port = await start(rig);
  const quiet = exchange(port, (socket) => void socket.write('late 1\n'));
  const busy = exchange(port, (socket) => void socket.write('ticks 25\n'));
  await logged(rig, 'got', 2);
  await rig.must('stop', 'server');
  await Promise.all([quiet, busy]);
  expect(rig.read('logs/server-error.log')).toBe('');
});

test('a client that never closes its side holds nothing up', async ({ rig }) => {
  const port = await start(rig);
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  rig.onDispose(() => void socket.destroy());
  await logged(rig, 'connected');
  const ended = new Promise<void>((resolve) => socket.on('end', resolve).resume());
  await rig.must('stop', 'server');
  await ended;
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});
