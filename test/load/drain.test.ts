/** Stops and restarts under load, of apps that have no line of code for it. */
import { get } from 'node:http';
import { expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `
require('node:http').createServer((request, response) => {
  const ms = Number(new URL(request.url, 'http://x').searchParams.get('ms') ?? 0);
  console.log('got ' + request.url);
  setTimeout(() => response.end('answered'), ms);
}).listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', SERVER);
  expect((await rig.runWith({ env: { PORT: String(port) } }, 'start', 'server.js', ...args)).code).toBe(0);
  return port;
}

function request(
  port: number,
  path: string,
): Promise<{ status: number; body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, connection: response.headers.connection }),
      );
      response.on('error', reject);
    }).on('error', reject);
  });
}

const isIn = (rig: Rig, path: string): Promise<true> =>
  until(
    () => (rig.read('logs/server-out.log').includes(`got ${path}`) ? true : undefined),
    () => 'the request to arrive',
  );

test('a request of 3 s is answered though kill_timeout is 1.6 s, and its connection is closed', async ({ rig }) => {
  const port = await start(rig);
  const answer = request(port, '/?ms=3000');
  await isIn(rig, '/?ms=3000');
  await rig.must('stop', 'server');
  expect(await answer).toEqual({ status: 200, body: 'answered', connection: 'close' });
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});

test('an explicit kill_timeout is a hard limit', async ({ rig }) => {
  const port = await start(rig, '--kill-timeout', '300');
  const answer = request(port, '/?ms=20000').then(
    () => 'answered',
    () => 'cut',
  );
  await isIn(rig, '/?ms=20000');
  await rig.must('stop', 'server');
  expect(await answer).toBe('cut');
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGKILL' });
});

test('an app with a handler of its own keeps it', async ({ rig }) => {
  rig.write(
    'app.js',
    `process.on('SIGINT', () => { console.log('mine'); process.exit(5); }); require('node:http').createServer().listen(0, '127.0.0.1')`,
  );
  await rig.must('start', 'app.js');
  await rig.must('stop', 'app');
  expect(rig.read('logs/app-out.log')).toBe('mine\n');
  expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 5 });
});

for (const instances of [2, 4]) {
  test(`five restarts of ${instances} instances under load: 0 failed requests, keep-alive and not`, {
    timeout: 180_000,
  }, async ({ rig }) => {
    const port = await start(rig, '-i', String(instances), '--merge-logs');
    const load = startLoad(port, { keepAlive: 10, fresh: 10 });
    for (let i = 1; i <= 5; i++) {
      await rig.must('restart', 'server');
      const sent = load.sent();
      await until(
        () => (load.sent() > sent + 50 ? true : undefined),
        () => 'load between restarts',
      );
    }
    await load.stop();
    console.log(JSON.stringify({ instances, requests: load.sent(), failed: load.failures().length }));
    expect(load.failures()).toEqual([]);
    expect((await rig.list()).map((instance) => instance.restarts)).toEqual(Array(instances).fill(5));
  });
}
