/** Requests of every shape at the same time, under reloads and restarts: over HTTP and HTTPS, slow, streamed, pipelined. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { CERTIFICATE, KEY } from '../helpers/certificate.ts';
import { type Client, exchange, moreLoad, startClients } from '../helpers/clients.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `
const answer = (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x');
  if (searchParams.has('log')) console.log('got ' + request.url);
  const ms = Number(searchParams.get('ms') ?? 0);
  switch (pathname) {
    case '/upload': {
      let bytes = 0;
      request.on('data', (chunk) => { bytes += chunk.length; });
      request.on('end', () => response.end(String(bytes)));
      return;
    }
    case '/download': {
      let left = 10;
      const timer = setInterval(() => {
        left--;
        response.write('part');
        if (left === 0) { clearInterval(timer); response.end(); }
      }, ms / 10);
      return;
    }
    case '/events': {
      // As many examples do it: the connection is promised to stay.
      response.writeHead(200, { 'Content-Type': 'text/event-stream', Connection: 'keep-alive' });
      const timer = setInterval(() => response.write('data: 1\\n\\n'), 50);
      response.on('close', () => clearInterval(timer));
      return;
    }
    default:
      setTimeout(() => response.end('answered ' + (searchParams.get('n') ?? '')), ms);
  }
};
require('node:http').createServer(answer).listen(process.env.PORT, '127.0.0.1');
require('node:https').createServer({ key: ${JSON.stringify(KEY)}, cert: ${JSON.stringify(CERTIFICATE)} }, answer).listen(process.env.TLS_PORT, '127.0.0.1');
`;

interface Ports {
  readonly port: number;
  readonly tlsPort: number;
}

async function start(rig: Rig, ...args: string[]): Promise<Ports> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  rig.write('server.js', SERVER);
  Object.assign(rig.env, { PORT: String(port), TLS_PORT: String(tlsPort) });
  await rig.must('start', 'server.js', '--merge-logs', '--min-healthy', '500ms', ...args);
  return { port, tlsPort };
}

type Send = (path: string, method?: string) => ClientRequest;

const overHttp = (port: number, agent: HttpAgent): Send => {
  return (path, method = 'GET') => httpRequest({ host: '127.0.0.1', port, path, method, agent });
};
const overTls = (port: number, agent: HttpsAgent): Send => {
  return (path, method = 'GET') =>
    httpsRequest({ host: '127.0.0.1', port, path, method, agent, rejectUnauthorized: false });
};

/** The whole answer; an error if it was cut. */
const bodyOf = (request: ClientRequest): Promise<string> =>
  new Promise((resolve, reject) => {
    request.on('response', (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => (response.complete ? resolve(body) : reject(new Error('an answer was cut'))));
      response.on('error', reject);
    });
    request.on('error', reject);
  });

/** Ends with its own request, over a connection that is kept alive. */
function client(name: string, send: Send, agent: HttpAgent, path: string, right: RegExp, upload?: number): Client {
  return {
    async once() {
      const request = send(path, upload === undefined ? 'GET' : 'POST');
      const body = bodyOf(request).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
      if (upload !== undefined) {
        for (let i = 0; i < 10; i++) {
          request.write('x'.repeat(1_000));
          await new Promise((resolve) => setTimeout(resolve, upload / 10));
        }
      }
      request.end();
      const text = await body;
      if (!right.test(text)) throw new Error(`${name}: ${text.slice(0, 80)}`);
    },
    close: () => agent.destroy(),
  };
}

const PIPELINED = 5;

/** Five requests in one piece, five answers in order; a connection goes on until the last answer says that it ends. */
function pipeliner(port: number): Client {
  let socket: Socket | null = null;
  return {
    once: () =>
      new Promise((resolve, reject) => {
        const on = socket ?? connect(port, '127.0.0.1').on('error', () => {});
        socket = on;
        let text = '';
        const done = (error: string | null): void => {
          on.off('data', onData).off('close', onClose);
          if (error !== null) reject(new Error(`pipelined: ${error}`));
          else resolve();
        };
        const onData = (chunk: Buffer): void => {
          text += chunk.toString('latin1');
          const answers = text.match(/answered \d/g) ?? [];
          if (answers.length < PIPELINED) return;
          if (answers.join() !== 'answered 0,answered 1,answered 2,answered 3,answered 4') done(`came as ${answers}`);
          if (/connection: close/i.test(text)) socket = null;
          done(null);
        };
        const onClose = (): void => {
          socket = null;
          done(`${text.match(/answered/g)?.length ?? 0} of ${PIPELINED} answered`);
        };
        on.on('data', onData).on('close', onClose);
        const ms = (n: number): number => (n === 0 ? 30 : 0);
        on.write(
          Array.from({ length: PIPELINED }, (_, n) => `GET /?n=${n}&ms=${ms(n)} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''),
        );
      }),
    close: () => void socket?.destroy(),
  };
}

/** Reads events until the server ends the stream, which must be whole, and comes back. */
function eventReader(send: Send, agent: HttpAgent, ends: () => void): Client & { leave(): void } {
  let isLeaving = false;
  let current: ClientRequest | null = null;
  return {
    async once() {
      if (isLeaving) return;
      current = send('/events');
      const ended = bodyOf(current).catch((error: Error) => (isLeaving ? 'left' : Promise.reject(error)));
      current.end();
      const body = await ended;
      if (isLeaving) return;
      if (!/^(data: 1\n\n)*$/.test(body)) throw new Error(`events: ${JSON.stringify(body.slice(-40))}`);
      ends();
    },
    leave() {
      isLeaving = true;
      current?.destroy();
      agent.destroy();
    },
  };
}

describe('five times each under load of 28 connections of eight shapes: 0 failed requests', () => {
  for (const verb of ['reload', 'restart'] as const) {
    test(verb, { timeout: 120_000 }, async ({ rig }) => {
      const { port, tlsPort } = await start(rig, '-i', '2');
      let ends = 0;
      const readers = Array.from({ length: 4 }, (_, i) => {
        const options = { keepAlive: true, maxSockets: 1 };
        const agent = i % 2 === 0 ? new HttpAgent(options) : new HttpsAgent(options);
        const send = i % 2 === 0 ? overHttp(port, agent) : overTls(tlsPort, agent as HttpsAgent);
        return eventReader(send, agent, () => {
          ends++;
        });
      });
      const make = (index: number): Client => {
        const options = { keepAlive: true, maxSockets: 1 };
        const isTls = index % 2 === 0;
        const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
        const send = isTls ? overTls(tlsPort, agent as HttpsAgent) : overHttp(port, agent);
        switch (index % 6) {
          case 0:
          case 1:
            return client('quick', send, agent, '/', /^answered/);
          case 2:
            return client('1 s', send, agent, '/?ms=1000', /^answered/);
          case 3:
            return client('upload', send, agent, '/upload', /^10000$/, 2_000);
          case 4:
            return client('download', send, agent, '/download?ms=1500', /^(part){10}$/);
          default:
            return pipeliner(port);
        }
      };
      const load = startClients(24, make);
      const events = startClients(4, (index) => readers[index] as Client);
      for (let i = 0; i < 5; i++) {
        await rig.must(verb, 'server', ...(verb === 'reload' ? ['--parallel', '2'] : []));
        await moreLoad(load, 50);
      }
      await load.stop();
      for (const reader of readers) reader.leave();
      await events.stop();
      const failures = [...load.failures(), ...events.failures()];
      console.log(JSON.stringify({ verb, requests: load.sent(), streamsOfEventsEnded: ends, failed: failures.length }));
      const { events: told } = await rig.call('events.follow', { after: null });
      expect(told.filter(({ kind }) => kind === 'killed' || kind === 'cut')).toEqual([]);
      expect(failures).toEqual([]);
      expect(ends).toBeGreaterThanOrEqual(4);
      expect(rig.read('logs/server-error.log')).toBe('');
    });
  }
});

const got = (rig: Rig, path: string): Promise<true> =>
  until(
    () => (rig.read('logs/server-out.log').includes(`got ${path}`) ? true : undefined),
    () => `${path} to arrive`,
  );

test('pipelined requests in flight are all answered, and the last says Connection: close', async ({ rig }) => {
  const { port } = await start(rig);
  const answers = exchange(port, (socket) => {
    socket.write(
      [0, 1, 2].map((n) => `GET /?n=${n}&ms=${n === 0 ? 1_000 : 0}&log HTTP/1.1\r\nHost: x\r\n\r\n`).join(''),
    );
  });
  await got(rig, '/?n=2');
  await rig.must('stop', 'server');
  const text = await answers;
  expect(text.match(/answered \d/g)).toEqual(['answered 0', 'answered 1', 'answered 2']);
  expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(3);
});

test('an upload, a download and a TLS request in flight of 3 s each survive a stop', async ({ rig }) => {
  const { port, tlsPort } = await start(rig);
  const agent = new HttpAgent();
  const tlsAgent = new HttpsAgent();
  const upload = client('upload', overHttp(port, agent), agent, '/upload?log', /^10000$/, 3_000).once();
  const download = client('download', overTls(tlsPort, tlsAgent), tlsAgent, '/download?ms=3000&log', /^(part){10}$/);
  const downloaded = download.once();
  const slow = client('slow', overTls(tlsPort, tlsAgent), tlsAgent, '/?ms=3000&log', /^answered/).once();
  await Promise.all([got(rig, '/upload'), got(rig, '/download'), got(rig, '/?ms')]);
  await rig.must('stop', 'server');
  await Promise.all([upload, downloaded, slow]);
  expect((await rig.one('server')).lastExit).toMatchObject({ kind: 'signal', signal: 'SIGINT' });
});
