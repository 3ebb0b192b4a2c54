/** What a kill at the end of its time cuts is told: in the command's answer, in `events` and in `why`. */

import { get } from 'node:http';
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import WebSocket from 'ws';
import type { EventRecord } from '../../src/protocol/control.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const WS = JSON.stringify(createRequire(import.meta.url).resolve('ws'));

/** Answers to nothing; its own handler for SIGINT, if any, does nothing either. */
const server = (more: string): string => `
const server = require('node:http').createServer((request) => console.log('got ' + request.url));
new (require(${WS}).WebSocketServer)({ server }).on('connection', () => console.log('got a WebSocket'));
server.listen(process.env.PORT, '127.0.0.1');
${more}
`;

async function start(rig: Rig, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', ...args);
  return port;
}

/** @returns the port of the client */
function ask(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path }, () => {});
    request.on('error', () => {});
    request.on('socket', (socket) => socket.on('connect', () => resolve(socket.localPort ?? 0)));
  });
}

const arrived = (rig: Rig, count: number): Promise<true> =>
  until(
    () => ((rig.read('logs/server-out.log').match(/got /g) ?? []).length === count ? true : undefined),
    () => `${count} to arrive`,
  );

const cuts = async (rig: Rig): Promise<readonly EventRecord[]> =>
  (await rig.call('events.follow', { after: null })).events.filter((event) => event.kind === 'cut');

test('a request beyond an explicit kill_timeout: method, path without its query, client, age, limit', async ({
  rig,
}) => {
  const port = await start(rig, server(''), '--kill-timeout', '600');
  const from = await ask(port, '/report?password=secret');
  await arrived(rig, 1);
  const stopped = (await rig.run('stop', 'server')).stderr;
  const [event, ...others] = await cuts(rig);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ name: 'server', id: 0, incarnation: 1 });
  expect(event?.reason).toMatch(
    new RegExp(
      `^GET /report \\(http/1\\) from 127\\.0\\.0\\.1:${from}, connected \\d+\\.\\d s before: the kill_timeout of 600 ms was over$`,
    ),
  );
  expect(stopped).toContain('GET /report (http/1)');
  expect(await rig.must('why', 'server')).toContain('GET /report (http/1)');
});

test('more than twenty: the rest is counted', async ({ rig }) => {
  const port = await start(rig, server(''), '--drain-timeout', '2000');
  await Promise.all(Array.from({ length: 23 }, (_, i) => ask(port, `/${i}`)));
  await arrived(rig, 23);
  await rig.must('stop', 'server');
  const reasons = (await cuts(rig)).map((event) => event.reason);
  expect(reasons).toHaveLength(21);
  expect(reasons[0]).toContain('drain_timeout of 2000 ms');
  expect(reasons.at(-1)).toBe('and 3 more');
});

test('an app whose own handler does not end it: requests and WebSockets', async ({ rig }) => {
  const port = await start(rig, server(`process.on('SIGINT', () => {});`), '--kill-timeout', '1000');
  await ask(port, '/slow');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/room?token=secret`);
  socket.on('error', () => {});
  await arrived(rig, 2);
  await rig.must('stop', 'server');
  const reasons = (await cuts(rig)).map((event) => event.reason).sort();
  expect(reasons).toHaveLength(2);
  expect(reasons[0]).toContain('GET /room (websocket)');
  expect(reasons[1]).toContain('GET /slow (http/1)');
});
