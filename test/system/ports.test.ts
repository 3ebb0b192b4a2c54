/** Errors and options of listening that depend on who the app runs as, and on the version of Node. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const IS_ROOT = process.getuid?.() === 0;
/** Containers may let everybody have every port. */
const FIRST_FREE_SETTING = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const FIRST_FREE_PORT = existsSync(FIRST_FREE_SETTING) ? Number(readFileSync(FIRST_FREE_SETTING, 'utf8')) : 1024;

/** A port below 1024 that nobody has: root may ask, for all others every one will do. */
async function privilegedPort(): Promise<number> {
  for (let port = 1023; IS_ROOT && port > 512; port--) {
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
        .once('error', () => resolve(false))
        .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  return 1023;
}

/** As somebody who may not: the tests' own user, or nobody if that is root. */
async function startUnprivileged(rig: Rig, script: string, ...more: string[]): Promise<void> {
  // `nobody` must be able to reach the script.
  chmodSync(rig.root, 0o755);
  await rig.run('start', script, ...more, ...(IS_ROOT ? ['--uid', 'nobody'] : []));
}

const listenOn = (port: number): string => `
const server = require('node:http').createServer((request, response) => response.end(String(process.getuid())));
server.on('error', (error) => console.log('error', error.code, error.syscall, error.port));
server.listen(${port}, '127.0.0.1', () => console.log('listening'));
setInterval(() => {}, 1000);
`;

describe('a port below 1024', () => {
  test("is EACCES in the app's own server, if it runs as somebody who may not", async ({ rig }) => {
    const port = await privilegedPort();
    rig.write('server.js', listenOn(port));
    await startUnprivileged(rig, 'server.js');
    const line = await until(
      () => /^(error|listening).*$/m.exec(rig.read('logs/server-out.log'))?.[0],
      () => 'a word of the app',
    );
    expect(line).toBe(port < FIRST_FREE_PORT ? `error EACCES listen ${port}` : 'listening');
  });

  test('declared: the daemon binds it, and says EACCES if it may not', async ({ rig }) => {
    const port = await privilegedPort();
    rig.write(
      'server.js',
      `require('node:http').createServer((request, response) => response.end(String(process.getuid()))).listen({ fd: 3 });`,
    );
    await startUnprivileged(rig, 'server.js', '--listen', `127.0.0.1:${port}`);
    if (!IS_ROOT && port < FIRST_FREE_PORT) {
      const { code, stdout, stderr } = await rig.run('start', 'server.js', '--listen', `127.0.0.1:${port}`);
      expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('EACCES')]);
      return;
    }
    const answer = await new Promise<string>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent: false }, (response) => {
        response.on('data', (data) => resolve(String(data)));
      }).on('error', reject);
    });
    expect(Number(answer)).not.toBe(0);
  });
});

test('reusePort: each process of a cluster has a socket of its own where Node can, and all answer', async ({ rig }) => {
  const port = await freePort();
  rig.write(
    'server.js',
    `require('node:http').createServer((request, response) => response.end(String(process.pid)))
      .listen({ port: ${port}, host: '127.0.0.1', reusePort: true });`,
  );
  await rig.must('start', 'server.js', '-i', '2');
  const answerers = async (): Promise<Set<string>> => {
    const seen = new Set<string>();
    await until(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
        seen.add(await answer.text());
        return seen.size === 2 ? true : undefined;
      },
      () => 'both to answer',
    );
    return seen;
  };
  const before = await answerers();
  await rig.must('restart', 'server');
  const after = await answerers();
  expect([...after].filter((pid) => before.has(pid))).toEqual([]);
});
