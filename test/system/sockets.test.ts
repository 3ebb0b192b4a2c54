/** Every kind of socket that several instances can share, and the errors that reach the app. */
import { createSocket } from 'node:dgram';
import { existsSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const server = (listen: string): string => `
const server = require('node:http').createServer((request, response) => response.end(String(process.pid)));
server.on('error', (error) => console.log('error', JSON.stringify({ code: error.code, syscall: error.syscall, port: error.port, address: error.address, message: error.message })));
server.listen(${listen}, () => console.log('listening', JSON.stringify(server.address())));
`;

const ask = (options: { port?: number; host?: string; socketPath?: string }): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ agent: false, timeout: 5_000, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });

/** Asks until as many processes have answered. */
async function answerers(options: Parameters<typeof ask>[0], count: number): Promise<Set<string>> {
  const seen = new Set<string>();
  await until(
    async () => {
      for (const answer of await Promise.all(Array.from({ length: 8 }, () => ask(options)))) seen.add(answer);
      return seen.size >= count ? true : undefined;
    },
    () => `${count} processes to answer; ${seen.size} did`,
  );
  return seen;
}

const listening = (rig: Rig): readonly { port: number; address: string; family: string }[] =>
  (rig.read('logs/server-out.log').match(/^listening .*/gm) ?? []).map((line) => JSON.parse(line.slice(10)));

const modes = [
  ['cluster', ['-i', '2']],
  ['fork', []],
] as const;

for (const [mode, flags] of modes) {
  const count = mode === 'cluster' ? 2 : 1;
  const start = async (rig: Rig, listen: string): Promise<void> => {
    rig.write('server.js', server(listen));
    await rig.must('start', 'server.js', '--merge-logs', ...flags);
  };

  describe(`${mode} mode`, () => {
    test('dual-stack: IPv4 and IPv6 clients', async ({ rig }) => {
      const port = await freePort();
      await start(rig, `{ port: ${port} }`);
      await answerers({ port, host: '127.0.0.1' }, count);
      await answerers({ port, host: '::1' }, count);
      await rig.must('restart', 'server');
      await answerers({ port, host: '::1' }, count);
    });

    test('IPv6 only refuses IPv4', async ({ rig }) => {
      const port = await freePort();
      await start(rig, `{ port: ${port}, host: '::', ipv6Only: true }`);
      await answerers({ port, host: '::1' }, count);
      await expect(ask({ port, host: '127.0.0.1' })).rejects.toThrow('ECONNREFUSED');
      await rig.must('restart', 'server');
      await answerers({ port, host: '::1' }, count);
      await expect(ask({ port, host: '127.0.0.1' })).rejects.toThrow('ECONNREFUSED');
    });

    test('a unix socket by a relative path, removed when the app is deleted', async ({ rig }) => {
      await start(rig, `{ path: 'api.sock', readableAll: true, writableAll: true }`);
      const path = `${rig.root}/api.sock`;
      await answerers({ socketPath: path }, count);
      // In a worker Node itself drops readableAll and writableAll: the handle comes too late for its listen().
      if (mode === 'fork') expect(statSync(path).mode & 0o777).toBe(0o777);
      for (let i = 0; i < 2; i++) await rig.must('restart', 'server');
      await answerers({ socketPath: path }, count);
      await rig.must('delete', 'server');
      expect(existsSync(path)).toBe(false);
    });

    test('several ports', async ({ rig }) => {
      const [a, b] = [await freePort(), await freePort()];
      rig.write(
        'server.js',
        `${server(String(a))}\nrequire('node:net').createServer((socket) => socket.end()).listen(${b});`,
      );
      await rig.must('start', 'server.js', ...flags);
      await rig.must('restart', 'server');
      await answerers({ port: a }, count);
      expect((await rig.call('instance.why', { target: 'server' }))[0]?.listening.length).toBe(2);
    });

    test("a port in use is the error of the app's own server, with the details that Node gives", async ({ rig }) => {
      const port = await freePort();
      const other = createServer().listen(port);
      await until(
        () => (other.listening ? true : undefined),
        () => 'the other server',
      );
      rig.onDispose(() => void other.close());
      rig.write('server.js', `${server(String(port))}\nsetInterval(() => {}, 1000);`);
      await rig.must('start', 'server.js', '--merge-logs', ...flags);
      const line = await until(
        () => /^error (.*)/m.exec(rig.read('logs/server-out.log'))?.[1],
        () => 'an error',
      );
      expect(JSON.parse(line)).toMatchObject({ code: 'EADDRINUSE', port });
    });

    test('an address that is not ours: EADDRNOTAVAIL', async ({ rig }) => {
      rig.write('server.js', `${server("{ port: 0, host: '192.0.2.1' }")}\nsetInterval(() => {}, 1000);`);
      await rig.must('start', 'server.js', '--merge-logs', ...flags);
      const line = await until(
        () => /^error (.*)/m.exec(rig.read('logs/server-out.log'))?.[1],
        () => 'an error',
      );
      expect(JSON.parse(line).code).toBe('EADDRNOTAVAIL');
    });
  });
}

describe('the daemon holds the socket of a program however it comes by its first server', () => {
  const listen = 'listen(+process.env.PORT)';
  const programs: Readonly<Record<string, string>> = {
    'a module': `import('./first.mjs');`,
    'a class of its own': `class Own extends require('node:net').Server {} new Own().${listen};`,
    'after a socket of datagrams': `require('node:dgram').createSocket('udp4').close(); require('node:net').createServer().${listen};`,
    'in a domain': `require('node:domain').create().run(() => require('node:net').createServer().${listen});`,
    'made before us': `globalThis.early.${listen};`,
  };
  for (const [name, text] of Object.entries(programs)) {
    test(name, async ({ rig }) => {
      const port = await freePort();
      rig.write('first.mjs', `import { createServer } from 'node:http'; createServer().${listen};`);
      rig.write('early.cjs', 'globalThis.early = require("node:net").createServer();');
      // The second life never listens: who connects then is let in by the daemon, or refused.
      rig.write(
        'server.cjs',
        `if (require('node:fs').existsSync('second')) setInterval(() => {}, 1e6); else { ${text} }`,
      );
      Object.assign(rig.env, { PORT: String(port) });
      if (name === 'made before us') rig.env.NODE_OPTIONS = `--require ${rig.root}/early.cjs`;
      await rig.must('start', 'server.cjs');
      rig.write('second', '');
      await rig.must('restart', 'server');
      const client = connect(port, '127.0.0.1');
      rig.onDispose(() => void client.destroy());
      expect(await new Promise((resolve) => client.on('connect', () => resolve('in')).on('error', resolve))).toBe('in');
    });
  }
});

describe('shared by the instances of a cluster', () => {
  test('any port: one for all, and the same after a restart', async ({ rig }) => {
    rig.write('server.js', server('0'));
    await rig.must('start', 'server.js', '-i', '3', '--merge-logs');
    await until(
      () => (listening(rig).length === 3 ? true : undefined),
      () => 'three to listen',
    );
    const { port = 0 } = listening(rig)[0] ?? {};
    expect(new Set(listening(rig).map((one) => one.port)).size).toBe(1);
    await rig.must('restart', 'server');
    await answerers({ port }, 2);
  });

  test('datagrams', async ({ rig }) => {
    const port = await freePort();
    rig.write(
      'server.js',
      `const socket = require('node:dgram').createSocket('udp4');
      socket.on('message', (message, from) => socket.send('pong ' + message, from.port, from.address));
      socket.bind(${port}, '127.0.0.1', () => console.log('bound'));`,
    );
    await rig.must('start', 'server.js', '-i', '2', '--merge-logs');
    await until(
      () => ((rig.read('logs/server-out.log').match(/bound/g) ?? []).length === 2 ? true : undefined),
      () => 'both to be bound',
    );
    const client = createSocket('udp4');
    rig.onDispose(() => void client.close());
    let answers = 0;
    client.on('message', () => {
      answers++;
    });
    for (let i = 0; i < 20; i++) client.send(`ping ${i}`, port, '127.0.0.1');
    await until(
      () => (answers === 20 ? true : undefined),
      () => `20 answers; ${answers} came`,
    );
  });
});
