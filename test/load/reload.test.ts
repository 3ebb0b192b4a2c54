/** `reload`: a new generation takes over under load, or fails and changes nothing. */
import { describe, expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const server = (version: string, bootMs = 0): string => `
setTimeout(() => {
  require('node:http').createServer((request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('${version}'), 1000);
    else response.end('${version}');
  }).listen(process.env.PORT, '127.0.0.1');
}, ${bootMs});
`;

async function start(rig: Rig, instances: number, text: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  rig.write('server.js', text);
  const { code, stderr } = await rig.runWith(
    { env: { PORT: String(port) } },
    'start',
    'server.js',
    '-i',
    String(instances),
    ...args,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return port;
}

const versions = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();

describe('under load, 0 failed requests', () => {
  for (const instances of [2, 4]) {
    test(`five reloads of ${instances} instances, keep-alive and not, with an app that knows no signal`, {
      timeout: 180_000,
    }, async ({ rig }) => {
      const port = await start(rig, instances, server('v0'));
      const load = startLoad(port, { keepAlive: 10, fresh: 10 });
      for (let i = 1; i <= 5; i++) {
        rig.write('server.js', server(`v${i}`));
        const before = (await rig.list()).map((instance) => instance.pid);
        await rig.must('reload', 'server', '--parallel', '2');
        const after = await rig.list();
        expect(after.map((instance) => instance.id)).toEqual(Array.from({ length: instances }, (_, id) => id));
        expect(
          after.every(
            (instance) => instance.restarts === i && instance.status === 'online' && !before.includes(instance.pid),
          ),
        ).toBe(true);
        expect(await versions(port)).toBe(`v${i}`);
      }
      await load.stop();
      console.log(JSON.stringify({ instances, requests: load.sent(), failed: load.failures().length }));
      expect(load.failures()).toEqual([]);
    });
  }

  test('an app that boots for 8 s, and one with requests of 1 s', { timeout: 180_000 }, async ({ rig }) => {
    const port = await start(rig, 2, server('old', 0));
    const load = startLoad(port, { keepAlive: 5, fresh: 5, path: '/slow' });
    rig.write('server.js', server('new', 8_000));
    await rig.must('reload', 'server', '--parallel', '2');
    expect(await versions(port)).toBe('new');
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  test('the daemon dies in the middle of a reload: nothing fails, and the next daemon finishes it', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, 2, server('old'));
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rig.write('server.js', server('new', 1_000));
    const reload = rig.run('reload', 'server');
    await until(
      async () =>
        (await rig.call('events.follow', { after: null })).events.some(
          (event) => event.reason === 'a candidate' || (event.kind === 'started' && (event.incarnation ?? 0) > 1),
        )
          ? true
          : undefined,
      () => 'a candidate to be started',
    );
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    expect((await reload).code).not.toBe(0);
    await rig.nextDaemon(daemon);
    await until(
      async () =>
        (await rig.call('events.follow', { after: null })).events.some((event) => event.kind === 'reloaded')
          ? true
          : undefined,
      () => 'the reload to be finished',
      60_000,
    );
    await load.stop();
    expect(load.failures()).toEqual([]);
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('new');
    expect(await rig.list()).toHaveLength(2);
  });
});

describe('a deploy that fails leaves the old generation serving', () => {
  const broken: Readonly<Record<string, string>> = {
    'syntax error': 'this is not JavaScript (',
    'throws at start': 'throw new Error("no database")',
    'listens and dies at once': `${server('bad')}\nsetTimeout(() => process.exit(3), 300);`,
    'never listens': 'setInterval(() => {}, 1000)',
  };
  for (const [name, text] of Object.entries(broken)) {
    test(name, { timeout: 120_000 }, async ({ rig }) => {
      const port = await start(rig, 2, server('good'));
      const before = await rig.list();
      const load = startLoad(port, { keepAlive: 5, fresh: 5, isRight: (status) => status === 200 });
      rig.write('server.js', text);
      const isSilent = name === 'never listens';
      // Its deadline is a minute; here it is given up by a later command.
      const reload = rig.run('reload', 'server');
      if (isSilent) {
        await until(
          async () =>
            (await rig.call('events.follow', { after: null })).events.some(
              (event) => event.kind === 'started' && (event.incarnation ?? 0) > 1,
            )
              ? true
              : undefined,
          () => 'a candidate',
        );
        await rig.must('scale', 'server', '3').catch(() => {});
      }
      const { code, stderr } = await reload;
      expect(code).toBe(1);
      expect(stderr).toMatch(/keeps serving/);
      if (name === 'throws at start') expect(stderr).toMatch(/no database/);
      await load.stop();
      expect(load.failures()).toEqual([]);
      const after = (await rig.list()).filter((instance) => before.some((old) => old.id === instance.id));
      expect(after.map(({ pid, restarts, status }) => ({ pid, restarts, status }))).toEqual(
        before.map(({ pid, restarts, status }) => ({ pid, restarts, status })),
      );
    });
  }
});

test('scale up, down, relative; the lowest free numbers are given again', async ({ rig }) => {
  const port = await start(rig, 2, server('v'));
  await rig.must('scale', 'server', '4');
  expect((await rig.list()).map((instance) => instance.slot).sort()).toEqual([0, 1, 2, 3]);
  await rig.must('scale', 'server', '-2');
  expect((await rig.list()).map((instance) => instance.id)).toEqual([2, 3]);
  await rig.must('scale', 'server', '+1');
  expect((await rig.list()).map((instance) => instance.slot).sort()).toEqual([0, 2, 3]);
  expect(await versions(port)).toBe('v');
  for (const bad of ['0', 'many', '3']) expect((await rig.run('scale', 'server', bad)).code).toBe(1);
});
