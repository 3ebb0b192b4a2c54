/** HTTP/2 under reloads and restarts: GOAWAY, streams in flight finish, clients come back. */
import { connect } from 'node:http2';
import { describe, expect } from 'vitest';
import { CERTIFICATE, KEY } from '../helpers/certificate.ts';
import { http2Client, moreLoad, startClients } from '../helpers/clients.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const answering = `(request, response) => {
  const ms = Number(new URL(request.url, 'http://x').searchParams.get('ms') ?? 0);
  if (ms >= 1000) console.log('got ' + request.url);
  setTimeout(() => response.end('answered'), ms);
}`;
const APPS = {
  'in clear': `require('node:http2').createServer(${answering}).listen(process.env.PORT, '127.0.0.1');`,
  'over TLS, with HTTP/1 allowed': `require('node:http2').createSecureServer({ allowHTTP1: true, key: ${JSON.stringify(KEY)}, cert: ${JSON.stringify(CERTIFICATE)} }, ${answering}).listen(process.env.PORT, '127.0.0.1');`,
} as const;

async function start(rig: Rig, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', '--merge-logs', '--min-healthy', '500ms', ...args);
  return port;
}

describe('five times each under load of 20 sessions, some streams of 0.4 s: 0 failed requests', () => {
  for (const [name, text] of Object.entries(APPS)) {
    for (const verb of ['reload', 'restart'] as const) {
      test(`${verb}, ${name}`, { timeout: 120_000 }, async ({ rig }) => {
        const port = await start(rig, text, '-i', '2');
        const origin = `${text === APPS['in clear'] ? 'http' : 'https'}://127.0.0.1:${port}`;
        let retried = 0;
        const load = startClients(20, (index) =>
          http2Client(
            origin,
            index % 4 === 0 ? '/?ms=400' : '/',
            (body) => body === 'answered',
            () => {
              retried++;
            },
          ),
        );
        for (let i = 0; i < 5; i++) {
          await rig.must(verb, 'server', ...(verb === 'reload' ? ['--parallel', '2'] : []));
          await moreLoad(load, 50);
        }
        await load.stop();
        console.log(JSON.stringify({ verb, name, requests: load.sent(), retried, failed: load.failures().length }));
        expect(load.failures()).toEqual([]);
      });
    }
  }
});

test('a stream of 3 s finishes though kill_timeout is 1.6 s, its session is told, and a stream of events is ended', async ({
  rig,
}) => {
  const port = await start(
    rig,
    `const { createServer } = require('node:http2');
    createServer((request, response) => {
      console.log('got ' + request.url);
      if (request.url === '/slow') return void setTimeout(() => response.end('answered'), 3000);
      response.setHeader('content-type', 'text/event-stream');
      setInterval(() => response.write('data: 1\\n\\n'), 50);
    }).listen(process.env.PORT, '127.0.0.1');`,
  );
  const session = connect(`http://127.0.0.1:${port}`);
  let goaway: { code: number; lastStream: number } | null = null;
  session.on('goaway', (code, lastStream) => {
    goaway = { code, lastStream };
  });
  const endOf = (path: string): Promise<{ body: string; code: number }> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path });
      let body = '';
      stream.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      stream.on('end', () => resolve({ body, code: stream.rstCode }));
      stream.on('error', reject);
    });
  const slow = endOf('/slow');
  const events = endOf('/events');
  await until(
    () => (rig.read('logs/server-out.log').includes('/events') ? true : undefined),
    () => 'both requests to arrive',
  );
  const stop = rig.must('stop', 'server');
  expect((await events).body).toMatch(/^(data: 1\n\n)+$/);
  expect(goaway).toEqual({ code: 0, lastStream: 3 });
  expect(await slow).toEqual({ body: 'answered', code: 0 });
  await stop;
  expect(rig.read('logs/server-error.log')).toBe('');
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});
