/** `reload` with a readiness probe: a new process that listens and is not well never takes over. */
import { expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';

/** @param health the status of its nth check */
const server = (version: string, health: string): string => `
let checks = 0;
require('node:http').createServer((request, response) => {
  if (request.url === '/health') response.statusCode = ((n) => ${health})(++checks);
  response.end('${version}');
}).listen(process.env.PORT, '127.0.0.1');
`;

async function start(rig: Rig): Promise<number> {
  const port = await freePort();
  rig.write('server.js', server('v0', '200'));
  const file = rig.write(
    'apps.json',
    JSON.stringify({
      apps: [
        {
          name: 'server',
          script: 'server.js',
          instances: 2,
          exec_mode: 'cluster',
          readiness_probe: { http: '/health', interval: '200ms', failure_threshold: 2 },
          listen_timeout: '2s',
          min_healthy: '1s',
        },
      ],
    }),
  );
  const { code, stderr } = await rig.runWith({ env: { PORT: String(port) } }, 'start', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return port;
}

for (const [what, health, words] of [
  ['says 500', '500', /readiness probe did not pass within 2000 ms \(status 500\).*the old process keeps serving/],
  ['is well only at first', 'n === 1 ? 200 : 503', /failed 2 times: status 503.*the old process keeps serving/],
] as const) {
  test(`one whose probe ${what}: the reload fails, the old generation serves every request`, {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig);
    const before = await rig.list();
    const load = startLoad(port, {
      keepAlive: 5,
      fresh: 5,
      isRight: (status, body) => status === 200 && body === 'v0',
    });
    rig.write('server.js', server('v1', health));
    const { code, stderr } = await rig.run('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    console.log(JSON.stringify({ what, requests: load.sent(), failed: load.failures().length }));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(words) });
    const after = await rig.list();
    expect(after.map((one) => one.pid)).toEqual(before.map((one) => one.pid));
    expect(after.map((one) => [one.generation, one.readiness])).toEqual([
      [0, 'ready'],
      [0, 'ready'],
    ]);
  });
}

test('one that is well after a while takes over: no request fails, and the generation is shown', {
  timeout: 120_000,
}, async ({ rig }) => {
  const port = await start(rig);
  const load = startLoad(port, { keepAlive: 5, fresh: 5 });
  rig.write('server.js', server('v1', 'n < 4 ? 500 : 200'));
  const { code, stderr } = await rig.run('reload', 'server');
  await load.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(load.failures()).toEqual([]);
  console.log(JSON.stringify({ requests: load.sent(), failed: load.failures().length }));
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('v1');
  expect((await rig.list()).map((one) => [one.generation, one.readiness])).toEqual([
    [1, 'ready'],
    [1, 'ready'],
  ]);
  expect(await rig.must('describe', 'server')).toMatch(/generation\s+│?\s*1/);
});
