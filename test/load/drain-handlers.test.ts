/** Apps with a handler of their own for their stop, under reloads and restarts: the handler is called, and nothing fails. */
import { get } from 'node:http';
import { expect } from 'vitest';
import { moreLoad } from '../helpers/clients.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const app = (handler: string, ms = 0): string => `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/slow') console.log('got it');
  setTimeout(() => response.end('answered'), request.url === '/slow' ? 3000 : ${ms});
});
server.listen(process.env.PORT, '127.0.0.1');
${handler}
`;
const CLOSE = `server.close(() => { console.log('closed'); process.exit(0); })`;
const APPS = {
  sigint: { text: app(`process.on('SIGINT', () => ${CLOSE});`, 5), options: {} },
  sigterm: { text: app(`process.on('SIGTERM', () => ${CLOSE});`, 5), options: { kill_signal: 'SIGTERM' } },
  message: {
    text: app(`process.on('message', (message) => { if (message === 'shutdown') ${CLOSE}; });`, 5),
    options: { shutdown_with_message: true },
  },
} as const;

for (const verb of ['reload', 'restart'] as const) {
  test(`five times ${verb} under load of 20 kept-alive connections each: own SIGINT, own SIGTERM, own message`, {
    timeout: 150_000,
  }, async ({ rig }) => {
    const names = Object.keys(APPS) as (keyof typeof APPS)[];
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
    for (const name of names) rig.write(`${name}.js`, APPS[name].text);
    const apps = names.map((name) => ({
      name,
      script: `${name}.js`,
      instances: 2,
      merge_logs: true,
      min_healthy: '500ms',
      env: { PORT: String(ports[name]) },
      ...APPS[name].options,
    }));
    rig.write('ecosystem.config.json', JSON.stringify({ apps }));
    await rig.must('start', 'ecosystem.config.json');
    const loads = names.map((name) => startLoad(ports[name] as number, { keepAlive: 20, fresh: 3 }));
    for (let i = 0; i < 5; i++) {
      await rig.must(verb, 'all', ...(verb === 'reload' ? ['--parallel', '2'] : []));
      for (const load of loads) await moreLoad(load, 50);
    }
    await Promise.all(loads.map((load) => load.stop()));
    const { events } = await rig.call('events.follow', { after: null });
    const ends = events.filter(({ kind }) => kind === 'killed' || kind === 'cut');
    const sent = loads.map((load) => load.sent());
    console.log(JSON.stringify({ verb, names, sent, failed: loads.map((load) => load.failures().length) }));
    expect(ends).toEqual([]);
    expect(loads.map((load) => load.failures())).toEqual([[], [], []]);
    // It was their own doing, each time.
    for (const name of names) expect(rig.read(`logs/${name}-out.log`).match(/closed/g)).toHaveLength(10);
  });
}

test('an app that exits at once in its handler loses nothing that was not in its hands', { timeout: 120_000 }, async ({
  rig,
}) => {
  const port = await freePort();
  rig.write('app.js', app(`process.on('SIGINT', () => process.exit());`));
  rig.env.PORT = String(port);
  await rig.must('start', 'app.js', '-i', '2', '--merge-logs', '--min-healthy', '500ms');
  const load = startLoad(port, { keepAlive: 20, fresh: 0 });
  for (let i = 0; i < 3; i++) {
    await rig.must('reload', 'app', '--parallel', '2');
    await moreLoad(load, 50);
  }
  await load.stop();
  console.log(JSON.stringify({ requests: load.sent(), failed: load.failures().length }));
  expect(load.failures()).toEqual([]);
});

test('a request of 3 s survives the classic server.close, though kill_timeout is 1.6 s', async ({ rig }) => {
  const port = await freePort();
  rig.write('app.js', APPS.sigint.text);
  rig.env.PORT = String(port);
  await rig.must('start', 'app.js');
  const answer = new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/slow' }, (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject);
    }).on('error', reject);
  });
  await until(
    () => (rig.read('logs/app-out.log').includes('got it') ? true : undefined),
    () => 'the request to arrive',
  );
  await rig.must('stop', 'app');
  expect(await answer).toBe('answered');
  expect((await rig.one('app')).lastExit).toEqual({ kind: 'code', code: 0 });
});
