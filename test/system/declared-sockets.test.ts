/** Sockets that an app declares: what its program finds, who holds them and for how long, and what a failure says. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer, type ListenOptions } from 'node:net';
import { describe, expect } from 'vitest';
import { PYTHON_SERVER } from '../helpers/declared-server.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** The error code of a connection; null if it was made. */
const codeOfConnecting = (where: { port: number } | { path: string }): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect('port' in where ? { ...where, host: '127.0.0.1' } : where);
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    socket.on('connect', () => {
      socket.destroy();
      resolve(null);
    });
  });

const ask = (where: { port?: number; host?: string; socketPath?: string }): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ agent: false, timeout: 20_000, host: '127.0.0.1', ...where }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });

async function start(rig: Rig, app: Readonly<Record<string, unknown>>): Promise<void> {
  rig.write('server.py', PYTHON_SERVER);
  rig.write('apps.json', JSON.stringify({ apps: [{ name: 'server', script: 'server.py', ...app }] }));
  await rig.must('start', 'apps.json');
}

const refused = (where: { port: number } | { path: string }): Promise<true> =>
  until(
    async () => ((await codeOfConnecting(where)) === null ? undefined : true),
    () => 'the socket to be let go',
  );

const listenElsewhere = async (rig: Rig, where: ListenOptions): Promise<void> => {
  const server = createServer().listen(where);
  rig.onDispose(() => void server.close());
  await until(
    () => (server.listening ? true : undefined),
    () => 'the other server',
  );
};

describe('what the program gets', () => {
  test('LISTEN_PID is its own, the sockets are blocking and stand from descriptor 3 on, and nothing else is open', async ({
    rig,
  }) => {
    const [a, b] = [await freePort(), await freePort()];
    await start(rig, { listen: [{ address: `127.0.0.1:${a}`, name: 'http' }, `udp:127.0.0.1:${b}`] });
    const inherited = (log: string): string | undefined => /^inherited (.*)$/m.exec(log)?.[1];
    const first = await until(
      () => inherited(rig.read('logs/server-out.log')),
      () => 'its first words',
    );
    expect(first).toBe('2 http:unknown [True, True] [0, 1, 2, 3, 4]');
  });

  test('sixteen sockets, each at its place', async ({ rig }) => {
    const ports: number[] = [];
    while (ports.length < 16) {
      const port = await freePort();
      if (!ports.includes(port)) ports.push(port);
    }
    rig.write(
      'ports.py',
      `import socket, time
print('ports', [socket.socket(fileno=fd).getsockname()[1] for fd in range(3, 19)], flush=True)
time.sleep(1000)`,
    );
    await rig.must('start', 'ports.py', ...ports.flatMap((port) => ['--listen', `127.0.0.1:${port}`]));
    const seen = await until(
      () => /^ports (.*)$/m.exec(rig.read('logs/ports-out.log'))?.[1],
      () => 'the ports',
    );
    expect(JSON.parse(seen)).toEqual(ports);
  });

  test('any address: IPv4 and IPv6 clients', async ({ rig }) => {
    const port = await freePort();
    await start(rig, { listen: port });
    const { pid } = await rig.one('server');
    expect(await ask({ port })).toBe(String(pid));
    expect(await ask({ port, host: '::1' })).toBe(String(pid));
  });

  for (const flags of [[], ['-i', '2']])
    test(`a Node app listens on it with { fd: 3 }, ${flags.length === 0 ? 'fork' : 'cluster'} mode`, async ({
      rig,
    }) => {
      const port = await freePort();
      rig.write(
        'app.js',
        `require('node:http').createServer((request, response) => response.end('hello')).listen({ fd: 3 }, () => console.log('up'));`,
      );
      await rig.must('start', 'app.js', '--listen', `127.0.0.1:${port}`, ...flags);
      for (let i = 0; i < 3; i++) {
        expect(await ask({ port })).toBe('hello');
        await rig.must(i === 1 ? 'reload' : 'restart', 'app');
      }
      expect(await ask({ port })).toBe('hello');
      expect(rig.read('logs/app-error.log')).toBe('');
    });
});

describe('a socket that cannot be opened', () => {
  test('the start fails with the error and who has the port, and nothing is started or listed', async ({ rig }) => {
    const [port, free] = [await freePort(), await freePort()];
    await listenElsewhere(rig, { port, host: '127.0.0.1' });
    rig.write('server.py', PYTHON_SERVER);
    const app = { script: 'server.py' };
    const apps = [
      { ...app, name: 'good', listen: `127.0.0.1:${free}` },
      { ...app, name: 'bad', listen: [`127.0.0.1:${port}`] },
    ];
    rig.write('apps.json', JSON.stringify({ apps }));
    const { code, stderr, stdout } = await rig.run('start', 'apps.json');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`bad cannot listen on 127.0.0.1:${port}: EADDRINUSE`);
    expect(stdout + stderr).toContain(`process ${process.pid} (`);
    expect(await rig.list()).toEqual([]);
    expect(await codeOfConnecting({ port: free })).toBe('ECONNREFUSED');
  });

  test('an address that is not ours: EADDRNOTAVAIL; one without a meaning: a mistake of the config', async ({
    rig,
  }) => {
    rig.write('server.py', PYTHON_SERVER);
    const { code, stdout, stderr } = await rig.run('start', 'server.py', '--listen', '192.0.2.1:3000');
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('EADDRNOTAVAIL')]);
    const second = await rig.run('start', 'server.py', '--listen', 'example.com:http');
    expect([second.code, second.stdout + second.stderr]).toEqual([1, expect.stringContaining('--listen')]);
    expect(await rig.list()).toEqual([]);
  });

  test('a stopped app whose port was taken is errored with the reason, and starts when it is free again', async ({
    rig,
  }) => {
    const port = await freePort();
    await start(rig, { listen: `127.0.0.1:${port}` });
    await rig.must('stop', 'server');
    await refused({ port });
    const other = createServer().listen(port, '127.0.0.1');
    await until(
      () => (other.listening ? true : undefined),
      () => 'the other server',
    );
    const { code, stdout, stderr } = await rig.run('start', 'server');
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    expect((await rig.one('server')).status).toBe('errored');
    await new Promise((resolve) => other.close(resolve));
    await rig.must('start', 'server');
    expect(await ask({ port })).toBe(String((await rig.one('server')).pid));
  });
});

describe('held as long as the app is meant to run', () => {
  test('stop, delete and giving up let it go', async ({ rig }) => {
    const port = await freePort();
    await start(rig, { listen: `127.0.0.1:${port}` });
    await rig.must('stop', 'server');
    await refused({ port });
    await rig.must('start', 'server');
    expect(await ask({ port })).toBe(String((await rig.one('server')).pid));
    await rig.must('delete', 'server');
    await refused({ port });
    rig.write('crash.py', 'raise SystemExit(7)');
    await rig.run('start', 'crash.py', '--listen', `127.0.0.1:${port}`, '--max-restarts', '2');
    await rig.when('crash', ({ status }) => status === 'errored', 'to be errored');
    await refused({ port });
  });

  test('while it waits for its next try clients wait too', async ({ rig }) => {
    const port = await freePort();
    await start(rig, { listen: `127.0.0.1:${port}`, restart_delay: 1_500 });
    const { pid } = await rig.one('server');
    process.kill(pid, 'SIGKILL');
    await rig.when('server', ({ status }) => status === 'waiting restart', 'to wait');
    const answer = await ask({ port });
    expect(answer).toBe(String((await rig.one('server')).pid));
    expect(answer).not.toBe(String(pid));
    // Nothing of the shells between stands in it.
    expect(rig.read('logs/server-error.log')).toBe('');
  });

  test('a unix socket: its stale path is taken over, a live one is not, and it is removed with the app', async ({
    rig,
  }) => {
    const path = `${rig.root}/api.sock`;
    const stale = `const net = require('node:net'); net.createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'));`;
    spawnSync(process.execPath, ['-e', stale]);
    expect(existsSync(path)).toBe(true);
    await start(rig, { listen: 'unix:api.sock' });
    expect(await ask({ socketPath: path })).toBe(String((await rig.one('server')).pid));
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    await rig.must('restart', 'server');
    expect(await ask({ socketPath: path })).toBe(String((await rig.one('server')).pid));
    const { code } = await rig.run('start', 'server.py', '--name', 'second', '--listen', `unix:${path}`);
    expect(code).toBe(1);
    expect(statSync(path).isSocket()).toBe(true);
    expect(await codeOfConnecting({ path })).toBe(null);
    await rig.must('delete', 'server');
    expect(existsSync(path)).toBe(false);
  });

  test('datagrams that come while the program restarts are answered by the next one', async ({ rig }) => {
    const port = await freePort();
    rig.write(
      'echo.py',
      `import os, socket, time
time.sleep(0.5)
s = socket.socket(fileno=3)
print('serving', flush=True)
while True:
    data, source = s.recvfrom(1500)
    s.sendto(str(os.getpid()).encode(), source)`,
    );
    await rig.must('start', 'echo.py', '--listen', `udp:127.0.0.1:${port}`);
    const { pid } = await rig.one('echo');
    const client = createSocket('udp4');
    rig.onDispose(() => void client.close());
    const answers: string[] = [];
    client.on('message', (message) => answers.push(String(message)));
    process.kill(pid, 'SIGKILL');
    await rig.when('echo', (instance) => instance.pid !== pid, 'to be gone');
    for (let i = 0; i < 10; i++) client.send('ping', port, '127.0.0.1');
    await until(
      () => (answers.length === 10 ? true : undefined),
      () => `10 answers; ${answers.length} came`,
    );
    expect(new Set(answers)).toEqual(new Set([String((await rig.one('echo')).pid)]));
  });

  test('the config names another address: the old one is let go with the restart', async ({ rig }) => {
    const [port, other] = [await freePort(), await freePort()];
    await start(rig, { listen: `127.0.0.1:${port}` });
    await rig.must('restart', 'server', '--listen', `127.0.0.1:${other}`);
    await refused({ port });
    expect(await ask({ port: other })).toBe(String((await rig.one('server')).pid));
  });

  test('the next daemon gives the same sockets, still blocking, and holds them for another start', async ({ rig }) => {
    const port = await freePort();
    await start(rig, { listen: `127.0.0.1:${port}`, instances: 2, exec_mode: 'fork', merge_logs: true });
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    rig.write(
      'block.py',
      `import os
print('blocking', os.get_blocking(3), flush=True)
${PYTHON_SERVER}`,
    );
    writeFileSync(`${rig.root}/server.py`, rig.read(`${rig.root}/block.py`));
    await rig.must('restart', 'server');
    await until(
      () => (rig.read('logs/server-out.log').match(/^blocking .*$/gm)?.length === 2 ? true : undefined),
      () => 'both to say how they find it',
    );
    expect(await ask({ port })).toMatch(/^\d+$/);
  });
});
