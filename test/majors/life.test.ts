/** Reloads, draining, last words and the agent line, with daemon and apps on each major of Node, and on two at once. */
import { get } from 'node:http';
import { describe, expect } from 'vitest';
import { answerers } from '../helpers/answers.ts';
import { startLoad } from '../helpers/load.ts';
import { MAJORS, type Major, NEWEST, nodeOf, RUNNING } from '../helpers/majors.ts';
import { freePort, type Rig, testWith } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const server = (version: string): string => `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/slow') {
    console.log('slow');
    // It takes until the process drains.
    const wait = setInterval(() => {
      if (server.listening) return;
      clearInterval(wait);
      response.end('${version}');
    }, 20);
  }
  else if (request.url === '/node') response.end(process.versions.node);
  else response.end('${version}');
}).listen(+process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.env.PORT = String(port);
  rig.write('server.js', server('old'));
  await rig.must('start', 'server.js', '--merge-logs', '--min-healthy', '1s', ...args);
  return port;
}

const logged = (rig: Rig, name: string, text: string): Promise<true> =>
  until(
    () => (rig.read(`logs/${name}-out.log`).includes(text) ? true : undefined),
    () => `"${text}" in the log of ${name}`,
  );

describe.each(MAJORS)('Node $major', ({ path }) => {
  const test = testWith(path);

  for (const [mode, args] of [
    ['cluster', ['-i', '2']],
    ['fork', []],
  ] as const) {
    test(`${mode} mode: reload under load, keep-alive and not, 0 failed requests`, async ({ rig }) => {
      const port = await start(rig, ...args);
      const load = startLoad(port, { keepAlive: 6, fresh: 6 });
      rig.write('server.js', server('new'));
      await rig.must('reload', 'server');
      expect(await answerers({ port }, 1)).toEqual(new Set(['new']));
      await load.stop();
      expect(load.failures()).toEqual([]);
      expect(load.sent()).toBeGreaterThan(100);
    });
  }

  test('a slow request survives a stop, and its connection is closed', async ({ rig }) => {
    const port = await start(rig);
    const answer = new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/slow' }, (response) => {
        response.resume().on('end', () => resolve([response.statusCode, response.headers.connection]));
      }).on('error', reject);
    });
    await logged(rig, 'server', 'slow');
    await rig.must('stop', 'server');
    expect(await answer).toEqual([200, 'close']);
  });

  test('60,000 lines and then process.exit: every line arrives, once', async ({ rig }) => {
    rig.write('app.js', `for (let i = 0; i < 60000; i++) console.log(i + ' ' + 'x'.repeat(40)); process.exit(3);`);
    await rig.run('start', 'app.js', '--no-autorestart');
    await rig.when('app', (instance) => instance.status === 'stopped', 'stopped');
    await logged(rig, 'app', '\n59999 ');
    const numbers = rig
      .read('logs/app-out.log')
      .trimEnd()
      .split('\n')
      .map((line) => Number.parseInt(line, 10));
    expect(numbers).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 3 });
  });

  test('the daemon dies: no event in the app, and its messages reach the next one', async ({ rig }) => {
    rig.write(
      'app.js',
      `for (const name of ['disconnect', 'exit', 'uncaughtException']) process.on(name, () => console.log('event ' + name));
       process.on('SIGUSR2', () => { console.log('connected ' + process.connected); process.send('ready', () => console.log('sent')); });
       console.log('up'); setInterval(() => {}, 1000);`,
    );
    await rig.run('start', 'app.js', '--wait-ready', '--listen-timeout', '100');
    await logged(rig, 'app', 'up');
    await rig.when('app', (instance) => instance.reason.includes('not ready'), 'the limit to pass');
    const { pid } = await rig.one('app');
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    process.kill(pid, 'SIGUSR2');
    await rig.nextDaemon(daemon);
    await rig.when('app', (instance) => instance.reason === 'said that it is ready', 'the message to arrive');
    await logged(rig, 'app', 'sent');
    expect(rig.read('logs/app-out.log')).toBe('up\nconnected true\nsent\n');
  });

  test('an app with nothing left to do ends by itself', async ({ rig }) => {
    rig.write('done.js', `console.log('done')`);
    await rig.run('start', 'done.js', '--no-autorestart', '-i', '1');
    await rig.when('done', (instance) => instance.status === 'stopped', 'stopped');
    expect((await rig.one('done')).lastExit).toEqual({ kind: 'code', code: 0 });
  });
});

const running = nodeOf(RUNNING);
const other = NEWEST.major === RUNNING ? (MAJORS[0] as Major) : NEWEST;
describe.each([
  [running, other],
  [other, running],
])('a daemon on Node $major', (daemon, app) => {
  const test = testWith(daemon.path);

  test(`an app on Node ${app.major}, by its interpreter: shared, reloaded under load, drained`, async ({ rig }) => {
    const port = await start(rig, '-i', '2', '--interpreter', app.path);
    expect([...(await answerers({ port, path: '/node' }, 1))][0]).toMatch(new RegExp(`^${app.major}\\.`));
    const load = startLoad(port, { keepAlive: 4, fresh: 4 });
    rig.write('server.js', server('new'));
    await rig.must('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(await answerers({ port }, 1)).toEqual(new Set(['new']));
  });
});
