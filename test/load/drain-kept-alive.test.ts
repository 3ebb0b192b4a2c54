/** HTTP/1.1 connections that are kept alive: whatever the app promises, the last answer says that it is the last. */
import { get, request } from 'node:http';
import { expect } from 'vitest';
import WebSocket from 'ws';
import { exchange } from '../helpers/clients.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const HEADS = {
  plain: '',
  setHeader: `response.setHeader('Connection', 'keep-alive');`,
  object: `response.writeHead(200, { 'x-mine': 'kept', connection: 'keep-alive' });`,
  'flat array': `response.writeHead(200, ['x-mine', 'kept', 'Connection', 'keep-alive']);`,
  'with a text and an array': `response.writeHead(200, 'Fine', ['Connection', 'keep-alive', 'x-mine', 'kept']);`,
} as const;

const SERVER = `
const heads = { ${Object.entries(HEADS)
  .map(([name, code]) => `${JSON.stringify(name)}: (response) => { ${code} }`)
  .join(', ')} };
const server = require('node:http').createServer((request, response) => {
  console.log('got ' + request.url);
  const name = decodeURIComponent(request.url.slice(1));
  if (name === 'quick') return void response.end('answered');
  if (name === 'no-upgrades') {
    server.removeListener('upgrade', upgrade);
    return void response.end('answered');
  }
  setTimeout(() => { heads[name]?.(response); response.end('answered'); }, 1000);
});
const upgrade = (request, socket) => socket.end('HTTP/1.1 418 No\\r\\n\\r\\n');
server.on('upgrade', upgrade);
server.listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', '--merge-logs', ...args);
  return port;
}

const logged = (rig: Rig, text: string): Promise<true> =>
  until(
    () => (rig.read('logs/server-out.log').includes(text) ? true : undefined),
    () => `"${text}" to be logged`,
  );

test('an app that promises to keep the connection, in any form that there is, has its promise taken back', async ({
  rig,
}) => {
  const port = await start(rig, SERVER);
  const names = Object.keys(HEADS);
  const answers = names.map(
    (name) =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: `/${encodeURIComponent(name)}` }, (response) => {
          response.on('end', () => resolve([response.headers.connection, response.headers['x-mine']])).resume();
        }).on('error', reject);
      }),
  );
  for (const name of names) await logged(rig, `got /${encodeURIComponent(name)}`);
  await rig.must('stop', 'server');
  expect(await Promise.all(answers)).toEqual([
    ['close', undefined],
    ['close', undefined],
    ['close', 'kept'],
    ['close', 'kept'],
    ['close', 'kept'],
  ]);
});

test('stop: an idle connection gets an orderly end, and one that sends within 0.5 s an answer', async ({ rig }) => {
  const port = await start(rig, SERVER);
  const ask = 'GET /quick HTTP/1.1\r\nHost: x\r\n\r\n';
  const idle = exchange(port, (socket) => void socket.write(ask));
  const late = exchange(port, (socket) => {
    socket.write(ask);
    void begun().then(() => socket.write(ask));
  });
  const begun = (): Promise<true> =>
    until(
      async () => {
        const { events } = await rig.call('events.follow', { after: null });
        return events.some((event) => event.kind === 'stopping') ? true : undefined;
      },
      () => 'the stop to begin',
    );
  await logged(rig, 'got /quick\ngot /quick');
  await rig.must('stop', 'server');
  expect((await idle).match(/answered/g)).toHaveLength(1);
  const answers = await late;
  expect(answers.match(/answered/g)).toHaveLength(2);
  expect(answers).toMatch(/Connection: close/i);
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});

test('scale down under load: 0 failed requests', { timeout: 120_000 }, async ({ rig }) => {
  const port = await start(rig, SERVER, '-i', '4');
  const load = startLoad(port, { keepAlive: 10, fresh: 10, path: '/quick' });
  for (const count of ['2', '4', '1', '3']) await rig.must('scale', 'server', count);
  await load.stop();
  console.log(JSON.stringify({ requests: load.sent(), failed: load.failures().length }));
  expect(load.failures()).toEqual([]);
});

test('watching for upgrades changes nothing: without a listener of the app such a request is an ordinary one', async ({
  rig,
}) => {
  const port = await start(rig, SERVER);
  const statusOfUpgrade = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { Connection: 'Upgrade', Upgrade: 'other', 'Sec-WebSocket-Key': 'x' };
      const asked = request({ host: '127.0.0.1', port, path: '/quick', headers }, (response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
      });
      asked.on('error', reject);
      asked.end();
    });
  expect(await statusOfUpgrade()).toBe(418);
  await exchange(
    port,
    (socket) => void socket.write('GET /no-upgrades HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  );
  expect(await statusOfUpgrade()).toBe(200);
  const refused = await new Promise<string>((resolve) => {
    new WebSocket(`ws://127.0.0.1:${port}/quick`).on('error', (error) => resolve(error.message));
  });
  expect(refused).toContain('200');
});
