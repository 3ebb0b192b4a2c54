/** `reload`: a new generation takes over under load, or fails and changes nothing. */
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { EventRecord } from '../../src/protocol/control.ts';
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

/** Instances of a fresh home begin with life 1. */
const isSecondLife = (event: EventRecord): boolean => event.kind === 'started' && (event.incarnation ?? 0) > 1;

const happened = (rig: Rig, isIt: (event: EventRecord) => boolean, what: string): Promise<true> =>
  until(
    async () => ((await rig.call('events.follow', { after: null })).events.some(isIt) ? true : undefined),
    () => `${what}:\n${rig.read('daemon.log')}`,
    60_000,
  );

const versions = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();

describe('under load, 0 failed requests', () => {
  for (const instances of [2, 4]) {
    test(`five reloads of ${instances} instances, keep-alive and not, with an app that knows no signal`, {
      timeout: 180_000,
    }, async ({ rig }) => {
      const port = await start(rig, instances, server('v0'), '--min-healthy', '1s');
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
    const port = await start(rig, 2, server('old', 0), '--min-healthy', '1s');
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
    const port = await start(rig, 2, server('old'), '--min-healthy', '2s');
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
    expect(await reload).toMatchObject({ code: 0, stderr: expect.stringContaining('the next one finished it') });
    await rig.nextDaemon(daemon);
    await happened(rig, (event) => event.kind === 'reloaded', 'the reload to be finished');
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
    'dies after 3 s': `${server('bad')}\nsetTimeout(() => { throw new Error("no database") }, 3000);`,
    'never listens': 'console.error("waits for no database"); setInterval(() => {}, 1000)',
  };
  for (const [name, text] of Object.entries(broken)) {
    test(name, { timeout: 120_000 }, async ({ rig }) => {
      const port = await start(rig, 2, server('good'), '--listen-timeout', '3s');
      const before = await rig.list();
      const load = startLoad(port, {
        keepAlive: 5,
        fresh: 5,
        isRight: (status, body) => status === 200 && body === 'good',
      });
      rig.write('server.js', text);
      const { code, stderr } = await rig.run('reload', 'server');
      expect(code).toBe(1);
      expect(stderr).toMatch(/keeps serving/);
      if (text.includes('no database')) expect(stderr).toMatch(/no database/);
      await load.stop();
      expect(load.failures()).toEqual([]);
      const summary = (await rig.list()).map(({ pid, restarts, status }) => ({ pid, restarts, status }));
      expect(summary).toEqual(before.map(({ pid, restarts, status }) => ({ pid, restarts, status })));
      // What failed leaves nothing in the way of the next one.
      rig.write('server.js', server('mended'));
      await rig.must('reload', 'server', '--min-healthy', '1s');
      for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('mended');
    });
  }

  test('the second process fails though the first did not: it stays half done, and says so; the next reload replaces both', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, 2, server('good'), '--min-healthy', '1s');
    const before = (await rig.list()).map(({ pid }) => pid);
    const flag = rig.write('first-only', '');
    rig.write(
      'server.js',
      `const fs = require('node:fs');\nif (!fs.existsSync('${flag}')) process.exit(4);\nfs.rmSync('${flag}');\n${server('new')}`,
    );
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    const { code, stderr } = await rig.run('reload', 'server');
    expect(code).toBe(1);
    expect(stderr).toMatch(/keeps serving/);
    // Asked of the list: a process that has more than its share of connections may answer no new ones for a while.
    expect((await rig.list()).filter(({ pid, status }) => before.includes(pid) && status === 'online')).toHaveLength(1);
    rig.write('server.js', server('newest'));
    await rig.must('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('newest');
  });
});

describe('what a reload brings into effect', () => {
  test('a second reload during the first raises the target: both end with it', { timeout: 120_000 }, async ({
    rig,
  }) => {
    const port = await start(rig, 2, server('v0'), '--min-healthy', '1s');
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rig.write('server.js', server('v1', 500));
    const first = rig.must('reload', 'server');
    await happened(rig, isSecondLife, 'a candidate');
    rig.write('server.js', server('v2'));
    await Promise.all([first, rig.must('reload', 'server')]);
    await load.stop();
    expect(load.failures()).toEqual([]);
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('v2');
    expect(await rig.list()).toHaveLength(2);
  });

  test('the daemon is updated in the middle of a reload: nothing fails, and the next daemon finishes it', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, 2, server('old'), '--min-healthy', '2s');
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rig.write('server.js', server('new', 500));
    const reload = rig.run('reload', 'server');
    await happened(rig, isSecondLife, 'a candidate');
    await rig.must('update');
    expect(await reload).toMatchObject({ code: 0, stderr: expect.stringContaining('the next one finished it') });
    await happened(rig, (event) => event.kind === 'reloaded', 'the reload to be finished');
    await load.stop();
    expect(load.failures()).toEqual([]);
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('new');
    expect(await rig.list()).toHaveLength(2);
  });

  test('a process of an interrupted reload that wants to listen while it ends gets no further life', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await start(rig, 2, server('old'), '--min-healthy', '1s', '--kill-timeout', '20s');
    // Only the first of the new ones, which the next daemon ends: it asks for its socket when it is told to.
    rig.write(
      'server.js',
      `const { existsSync, writeFileSync } = require('node:fs');
       if (existsSync(__dirname + '/first')) { ${server('new')} }
       else {
         writeFileSync(__dirname + '/first', '');
         process.on('SIGINT', () => {
           require('node:http').createServer().on('error', () => {}).listen(process.env.PORT, '127.0.0.1');
           setTimeout(() => process.exit(), 1000);
         });
         setInterval(() => {}, 1000);
       }`,
    );
    const reload = rig.run('reload', 'server');
    await happened(rig, isSecondLife, 'a candidate');
    await until(
      () => (existsSync(`${rig.root}/first`) ? true : undefined),
      () => 'it to run',
    );
    await rig.must('update');
    expect(await reload).toMatchObject({ code: 0, stderr: expect.stringContaining('the next one finished it') });
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('new');
    expect(await rig.list()).toHaveLength(2);
  });

  test('a release behind a changed symlink, arguments of Node, environment, and the number of instances', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await freePort();
    const app = (version: string): string =>
      `require('node:http').createServer((_, response) => response.end('${version} ' + process.env.COLOUR + ' ' + process.title)).listen(${port}, '127.0.0.1')`;
    rig.write('releases/1/server.js', app('one'));
    rig.write('releases/2/server.js', app('two'));
    symlinkSync('releases/1', `${rig.root}/current`);
    const config = (colour: string, title: string, instances: number): void =>
      void rig.write(
        'ecosystem.json',
        JSON.stringify({
          apps: [
            {
              name: 'server',
              cwd: `${rig.root}/current`,
              script: 'server.js',
              node_args: `--title=${title}`,
              env: { COLOUR: colour },
              instances,
              exec_mode: 'cluster',
              min_healthy: '500ms',
            },
          ],
        }),
      );
    config('red', 'first', 2);
    await rig.must('start', 'ecosystem.json');
    expect(await versions(port)).toBe('one red first');
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rmSync(`${rig.root}/current`);
    symlinkSync('releases/2', `${rig.root}/current`);
    await rig.must('reload', 'server');
    for (let i = 0; i < 6; i++) expect(await versions(port)).toBe('two red first');
    config('blue', 'second', 3);
    await rig.must('reload', 'ecosystem.json');
    expect(await rig.list()).toHaveLength(3);
    for (let i = 0; i < 6; i++) expect(await versions(port)).toBe('two blue second');
    config('blue', 'second', 1);
    await rig.must('reload', 'ecosystem.json');
    expect(await rig.list()).toHaveLength(1);
    await load.stop();
    expect(load.failures()).toEqual([]);
  });

  test('a fork-mode app overlaps if its config allows it: the old process answers until the new one does', {
    timeout: 120_000,
  }, async ({ rig }) => {
    const port = await freePort();
    rig.env.PORT = String(port);
    rig.write('server.js', server('old'));
    await rig.must('start', 'server.js', '--reload-order', 'start-first', '--min-healthy', '500ms');
    const load = startLoad(port, { keepAlive: 5, fresh: 5 });
    rig.write('server.js', server('new', 1_500));
    const reload = rig.must('reload', 'server');
    await happened(rig, isSecondLife, 'a second process');
    expect(await versions(port)).toBe('old');
    await reload;
    for (let i = 0; i < 10; i++) expect(await versions(port)).toBe('new');
    rig.write('server.js', 'process.exit(5)');
    expect((await rig.run('reload', 'server')).code).toBe(1);
    expect(await versions(port)).toBe('new');
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect((await rig.one('server')).status).toBe('online');
  });
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
