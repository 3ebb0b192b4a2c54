/** WebSockets under reloads and restarts: a close frame before the end, and the client's next message is answered. */
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import WebSocket from 'ws';
import { type Closes, moreLoad, startClients, webSocketClient } from '../helpers/clients.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const { resolve } = createRequire(import.meta.url);
const WS = JSON.stringify(resolve('ws'));

const ECHO = `
const { WebSocketServer } = require(${WS});
const server = require('node:http').createServer((request, response) => response.end('plain'));
new WebSocketServer({ server }).on('connection', (socket) => {
  console.log('connected');
  socket.on('message', (data) => socket.send(String(data)));
  socket.on('close', (code) => console.log('closed with ' + code));
});
server.listen(process.env.PORT, '127.0.0.1');
`;

/** As an app without a library: frames of up to 125 bytes, whole in one chunk; it answers a close frame by ending. */
const BY_HAND = `
const { createHash } = require('node:crypto');
const server = require('node:http').createServer((request, response) => response.end('plain'));
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('data', (frame) => {
    if ((frame[0] & 15) === 8) return void socket.end();
    const length = frame[1] & 127;
    const payload = frame.subarray(6, 6 + length).map((byte, i) => byte ^ frame[2 + (i % 4)]);
    socket.write(Buffer.concat([Buffer.from([0x81, length]), payload]));
  });
});
server.listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', '--merge-logs', '--min-healthy', '500ms', ...args);
  return port;
}

describe('again and again under load of 20 sockets: none is cut, every message is answered', () => {
  for (const [library, text, times, verbs] of [
    ['ws', ECHO, 5, ['reload', 'restart']],
    ['a server without a library', BY_HAND, 2, ['reload']],
  ] as const) {
    for (const verb of verbs) {
      test(`${verb} ${times} times, ${library}`, { timeout: 120_000 }, async ({ rig }) => {
        const port = await start(rig, text, '-i', '2');
        const closes: Closes = { codes: new Map() };
        const load = startClients(20, () => webSocketClient(`ws://127.0.0.1:${port}/echo`, closes));
        for (let i = 0; i < times; i++) {
          await rig.must(verb, 'server', ...(verb === 'reload' ? ['--parallel', '2'] : []));
          await moreLoad(load, 50);
        }
        await load.stop();
        const codes = Object.fromEntries(closes.codes);
        console.log(
          JSON.stringify({ verb, library, messages: load.sent(), closes: codes, failed: load.failures().length }),
        );
        expect(load.failures()).toEqual([]);
        expect(Object.keys(codes)).toEqual(['1012']);
        // Nothing was raised in the app.
        expect(rig.read('logs/server-error.log')).toBe('');
      });
    }
  }
});

for (const [what, args, command] of [
  ['restart of one process in fork mode', [], ['restart', 'server']],
  ['scale from three processes to one', ['-i', '3'], ['scale', 'server', '1']],
] as const) {
  test(`${what}: none is cut, every message is answered`, { timeout: 120_000 }, async ({ rig }) => {
    const port = await start(rig, ECHO, ...args);
    const closes: Closes = { codes: new Map() };
    const load = startClients(20, () => webSocketClient(`ws://127.0.0.1:${port}/echo`, closes));
    await moreLoad(load, 50);
    await rig.must(...command);
    await moreLoad(load, 50);
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(Object.keys(Object.fromEntries(closes.codes))).toEqual(['1012']);
    expect(rig.read('logs/server-error.log')).toBe('');
  });
}

test('the daemon is killed, then updated: sockets notice nothing', { timeout: 120_000 }, async ({ rig }) => {
  const port = await start(rig, ECHO, '-i', '2');
  const closes: Closes = { codes: new Map() };
  const load = startClients(20, () => webSocketClient(`ws://127.0.0.1:${port}/echo`, closes));
  await moreLoad(load, 50);
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  await moreLoad(load, 50);
  await rig.must('update');
  await moreLoad(load, 50);
  expect(Object.fromEntries(closes.codes)).toEqual({});
  await load.stop();
  expect(load.failures()).toEqual([]);
});

test('an idle socket gets 1012 and the app its close event; the path is known, and nothing waits for the time limit', async ({
  rig,
}) => {
  const port = await start(rig, ECHO);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  const closed = new Promise<string>((done) => socket.on('close', (code, reason) => done(`${code} ${reason}`)));
  await new Promise((done) => socket.on('open', done));
  await until(
    () => (rig.read('logs/server-out.log').includes('connected') ? true : undefined),
    () => 'the app to know of it',
  );
  await rig.must('stop', 'server');
  expect(await closed).toBe('1012 Service Restart');
  expect(rig.read('logs/server-out.log')).toBe('connected\nclosed with 1012\n');
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});

test('a client that does not answer the close frame holds nothing up', async ({ rig }) => {
  const port = await start(rig, ECHO);
  const socket = connect(port, '127.0.0.1');
  rig.onDispose(() => void socket.destroy());
  let got = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    got = Buffer.concat([got, Buffer.from(chunk)]);
  });
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await until(
    () => (got.includes('\r\n\r\n') ? true : undefined),
    () => 'the upgrade',
  );
  const ended = new Promise<void>((done) => socket.on('end', done));
  await rig.must('stop', 'server');
  await ended;
  const frame = got.subarray(got.indexOf('\r\n\r\n') + 4);
  expect([...frame.subarray(0, 1), ...frame.subarray(2, 4)]).toEqual([0x88, 0x03, 0xf4]);
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});
