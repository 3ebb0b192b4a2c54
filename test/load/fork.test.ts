/** Apps that own their port alone: the daemon holds what they have bound, so that a restart refuses nobody. */
import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const server = (body: string, listen = 'listen(+process.env.PORT)'): string => `
const server = require('node:http').createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, body: '${body}' })));
server.${listen};
console.log('address at once', JSON.stringify(server.address()));
`;

async function start(rig: Rig, text: string, ...more: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  rig.env.PORT = String(port);
  await rig.must('start', 'server.js', ...more);
  return port;
}

/** The error code of a connection; null if it was made. */
const codeOfConnecting = (options: { port: number; host?: string } | { path: string }): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect(options);
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    socket.on('connect', () => {
      socket.destroy();
      resolve(null);
    });
  });

describe('a fork-mode app under load: 0 failed requests', () => {
  for (const [shape, listen] of [
    ['any address', 'listen(+process.env.PORT)'],
    ['IPv4 loopback', "listen({ port: +process.env.PORT, host: '127.0.0.1' })"],
    ['IPv4 any', "listen(+process.env.PORT, '0.0.0.0', 100)"],
  ] as const) {
    test(`five restarts, listening on ${shape}`, { timeout: 120_000 }, async ({ rig }) => {
      const port = await start(rig, server('v', listen));
      const load = startLoad(port, { keepAlive: 10, fresh: 10 });
      for (let i = 0; i < 5; i++) await rig.must('restart', 'server');
      await load.stop();
      expect(load.failures()).toEqual([]);
      expect(load.sent()).toBeGreaterThan(100);
    });
  }

  test('reload, and a boot of 2 s: clients wait', { timeout: 120_000 }, async ({ rig }) => {
    const port = await start(rig, server('old'));
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rig.write('server.js', `setTimeout(() => { ${server('new')} }, 2000);`);
    await rig.must('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  test('killed: only what was in flight fails, nobody is refused, and those who come meanwhile are answered', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, server('v'));
    const load = startLoad(port, { keepAlive: 0, fresh: 10 });
    const { pid } = await rig.one('server');
    process.kill(pid, 'SIGKILL');
    await rig.when('server', (instance) => instance.pid !== pid && instance.status === 'online', 'to be back');
    await load.stop();
    expect(load.failures().filter((text) => text.includes('ECONNREFUSED'))).toEqual([]);
    expect(load.failures().length).toBeLessThanOrEqual(10);
  });

  test('the daemon dies, then the app is restarted: the next daemon holds the socket', { timeout: 120_000 }, async ({
    rig,
  }) => {
    const port = await start(rig, server('v'));
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    await rig.must('restart', 'server');
    await rig.must('restart', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
  });
});

describe('holding', () => {
  test('listening stays synchronous, before and after a restart', async ({ rig }) => {
    const port = await start(rig, server('v'));
    await rig.must('restart', 'server');
    const lines = await until(
      () => {
        const found = rig.read('logs/server-out.log').match(/address at once .*/g) ?? [];
        return found.length === 2 ? found : undefined;
      },
      () => 'two lines',
    );
    for (const line of lines) expect(JSON.parse(line.replace('address at once ', ''))).toMatchObject({ port });
  });

  test('a port that the new version does not use any more is let go', async ({ rig }) => {
    const port = await start(rig, server('v'));
    const other = await freePort();
    await rig.must('restart', 'server');
    expect(await codeOfConnecting({ port })).toBe(null);
    rig.write('server.js', server('v', `listen(${other})`));
    await rig.must('restart', 'server');
    expect(await codeOfConnecting({ port: other })).toBe(null);
    await until(
      async () => ((await codeOfConnecting({ port })) === 'ECONNREFUSED' ? true : undefined),
      () => 'the old port to be let go',
      20_000,
    );
  });

  test('stop and delete let the port go', async ({ rig }) => {
    const port = await start(rig, server('v'));
    await rig.must('stop', 'server');
    await until(
      async () => ((await codeOfConnecting({ port })) === 'ECONNREFUSED' ? true : undefined),
      () => 'the port to be let go',
    );
    await rig.must('start', 'server');
    expect(await codeOfConnecting({ port })).toBe(null);
    await rig.must('delete', 'server');
    await until(
      async () => ((await codeOfConnecting({ port })) === 'ECONNREFUSED' ? true : undefined),
      () => 'the port to be let go',
    );
  });

  test('an app that closes its server frees the port for nobody else, and can listen again', async ({ rig }) => {
    const port = await start(
      rig,
      `const net = require('node:net');
      const open = () => { const server = net.createServer((socket) => socket.end('hello')); server.listen(+process.env.PORT, () => { console.log('open'); if (process.env.ONCE !== 'done') { process.env.ONCE = 'done'; server.close(open); } }); };
      open();`,
    );
    await until(
      () => ((rig.read('logs/server-out.log').match(/open/g) ?? []).length === 2 ? true : undefined),
      () => 'to be open twice',
    );
    expect(await codeOfConnecting({ port })).toBe(null);
  });
});
