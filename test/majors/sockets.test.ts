/** What touches Node's internals in sharing and holding sockets, with daemon and apps on each major of Node. */
import { createSocket } from 'node:dgram';
import { describe, expect } from 'vitest';
import { answerers, ask } from '../helpers/answers.ts';
import { startLoad } from '../helpers/load.ts';
import { MAJORS } from '../helpers/majors.ts';
import { freePort, type Rig, testWith } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const SERVER = `
const cluster = require('node:cluster');
const http = require('node:http');
const answer = (request, response) => response.end(String(process.pid));
http.createServer(answer).listen(+process.env.PORT);
http.createServer(answer).listen('api.sock');
const any = http.createServer(answer).listen(0, '127.0.0.1', () => console.log('any ' + any.address().port));
const udp = require('node:dgram').createSocket('udp4');
udp.on('message', (message, from) => udp.send('pong ' + message, from.port, from.address));
udp.bind(+process.env.UDP_PORT, '127.0.0.1', () => console.log('bound'));
console.log('self ' + JSON.stringify({ node: process.versions.node, worker: cluster.isWorker, id: cluster.worker?.id ?? null, number: process.env.NODE_APP_INSTANCE }));
`;

/** What follows a word in the lines that the processes have printed, of their last lives. */
const said = (rig: Rig, word: string): string[] =>
  [...rig.read('logs/server-out.log').matchAll(new RegExp(`^${word} ?(.*)$`, 'gm'))].map((match) => match[1] ?? '');

const saidBy = (rig: Rig, word: string, count: number): Promise<string[]> =>
  until(
    () => (said(rig, word).length >= count ? said(rig, word) : undefined),
    () => `${count} lines "${word}"`,
  );

async function echoes(rig: Rig, port: number, count: number): Promise<void> {
  const client = createSocket('udp4');
  rig.onDispose(() => void client.close());
  let answers = 0;
  client.on('message', () => {
    answers++;
  });
  for (let i = 0; i < count; i++) client.send(`ping ${i}`, port, '127.0.0.1');
  await until(
    () => (answers === count ? true : undefined),
    () => `${count} datagrams; ${answers} came`,
  );
}

describe.each(MAJORS)('Node $major', ({ major, path }) => {
  const test = testWith(path);

  for (const [mode, count] of [
    ['cluster', 2],
    ['fork', 1],
  ] as const) {
    test(`${mode} mode: TCP, unix socket, any port and datagrams, before and after a restart`, async ({ rig }) => {
      const [port, udpPort] = [await freePort(), await freePort()];
      rig.write('server.js', SERVER);
      Object.assign(rig.env, { PORT: String(port), UDP_PORT: String(udpPort) });
      await rig.must('start', 'server.js', '--merge-logs', ...(mode === 'cluster' ? ['-i', '2'] : []));
      const all = async (lives: number): Promise<void> => {
        const pids = (await rig.list()).map((instance) => String(instance.pid)).sort();
        expect([...(await answerers({ port }, count))].sort()).toEqual(pids);
        expect([...(await answerers({ port, host: '::1' }, count))].sort()).toEqual(pids);
        expect([...(await answerers({ socketPath: `${rig.root}/api.sock` }, count))].sort()).toEqual(pids);
        const ports = new Set(await saidBy(rig, 'any', count * lives));
        if (mode === 'cluster') expect(ports.size).toBe(1);
        await answerers({ port: Number([...ports].at(-1)) }, count);
        await saidBy(rig, 'bound', count * lives);
        await echoes(rig, udpPort, 10);
      };
      await all(1);
      await rig.must('restart', 'server');
      await all(2);
      const selves = (await saidBy(rig, 'self', count * 2)).map((line) => JSON.parse(line));
      for (const self of selves) expect(Number.parseInt(self.node, 10)).toBe(major);
      expect(selves.map((self) => [self.worker, self.id, self.number]).sort()).toEqual(
        (mode === 'cluster'
          ? [
              [true, 1, '0'],
              [true, 2, '1'],
            ]
          : [[false, null, '0']]
        ).flatMap((one) => [one, one]),
      );
    });
  }

  test('a port in use reaches the app as the error of its own server', async ({ rig }) => {
    const other = await freePort();
    const { createServer } = await import('node:net');
    const holder = createServer().listen(other);
    rig.onDispose(() => void holder.close());
    rig.write(
      'server.js',
      `require('node:http').createServer().on('error', (e) => console.log('error ' + e.code)).listen(${other}); setInterval(() => {}, 1000);`,
    );
    await rig.must('start', 'server.js', '--merge-logs', '-i', '1');
    expect(await saidBy(rig, 'error', 1)).toEqual(['EADDRINUSE']);
  });

  test('the daemon dies: its successor has the sockets', async ({ rig }) => {
    const port = await freePort();
    Object.assign(rig.env, { PORT: String(port), UDP_PORT: String(await freePort()) });
    rig.write('server.js', SERVER);
    await rig.must('start', 'server.js', '--merge-logs', '-i', '2');
    const load = startLoad(port, { keepAlive: 3, fresh: 3 });
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    const before = (await rig.list()).map((instance) => instance.pid);
    await rig.must('restart', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    const after = (await rig.list()).map((instance) => String(instance.pid)).sort();
    expect([...(await answerers({ port }, 2))].sort()).toEqual(after);
    for (const pid of before) expect(after).not.toContain(String(pid));
    expect(await ask({ socketPath: `${rig.root}/api.sock` })).toMatch(/^\d+$/);
  });
});

describe('a daemon on a Node without the function that binds', () => {
  const test = testWith(process.execPath);

  for (const [mode, flags] of [
    ['cluster', ['-i', '1']],
    ['fork', []],
  ] as const) {
    test(`${mode} mode: the app binds by itself`, async ({ rig }) => {
      const [port, udpPort] = [await freePort(), await freePort()];
      const preload = rig.write(
        'later-node.cjs',
        `if (/daemon\\.cjs$/.test(process.argv[1] ?? '')) { delete require('node:net')._createServerHandle; }`,
      );
      rig.write('server.js', SERVER.replace(/^const udp[\s\S]*?'bound'\)\);$/m, ''));
      Object.assign(rig.env, { PORT: String(port), UDP_PORT: String(udpPort), NODE_OPTIONS: `--require ${preload}` });
      await rig.must('start', 'server.js', '--merge-logs', ...flags);
      await answerers({ port }, 1);
      await answerers({ socketPath: `${rig.root}/api.sock` }, 1);
      await answerers({ port: Number((await saidBy(rig, 'any', 1))[0]) }, 1);
      await rig.must('restart', 'server');
      await answerers({ port }, 1);
    });
  }
});
