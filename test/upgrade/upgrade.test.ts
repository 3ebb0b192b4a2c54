/**
 * From the release before this one to this one and back, with everything running: nothing is restarted, no request fails, no line
 * is lost or told twice.
 */
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { InstanceView } from '../../src/protocol/control.ts';
import { PYTHON_SERVER } from '../helpers/declared-server.ts';
import { type Load, startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { type Build, follow, must, PREVIOUS, run, serving, THIS } from './builds.ts';

const SERVER = `
require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1');
process.on('message', (message) => process.send({ topic: 'heard', data: message }));
`;
/** Numbered lines until it is told to end; then how many there were. */
const WRITER = `
let n = 0;
const timer = setInterval(() => { for (let i = 0; i < 5; i++) console.log('line ' + n++); }, 25);
process.on('SIGUSR2', () => { clearInterval(timer); console.log('all ' + n); setInterval(() => {}, 1000); });
`;

interface Scene {
  readonly loads: readonly Load[];
  readonly followers: readonly { output(): string }[];
  readonly listing: { stop(): Promise<readonly string[]> };
}

/**
 * Whose commands list meanwhile. That of 0.1.0 neither asks the next daemon when one ends under it, nor waits for the guard of one
 * that has just ended, and starts a daemon of its own build beside it.
 */
const LISTERS = PREVIOUS.name === '0.1.0' ? [THIS] : [PREVIOUS, THIS];

/** Lists all the time, with each command by turns; gives what went wrong. */
function keepListing(rig: Rig): Scene['listing'] {
  const failures: string[] = [];
  let isRunning = true;
  const loop = (async () => {
    for (let turn = 0; isRunning; turn++) {
      const build = LISTERS[turn % LISTERS.length] as Build;
      const { code, stderr } = await run(rig, build, ['jlist']);
      if (code !== 0) failures.push(`${build.name}: ${stderr}`);
    }
  })();
  const stop = async (): Promise<readonly string[]> => {
    isRunning = false;
    await loop;
    return failures;
  };
  rig.onDispose(async () => void (await stop()));
  return { stop };
}

async function start(rig: Rig, build: Build): Promise<Scene> {
  const [web, api, python] = [await freePort(), await freePort(), await freePort()];
  rig.write('server.js', SERVER);
  rig.write('writer.js', WRITER);
  rig.write('server.py', PYTHON_SERVER);
  const apps = [
    { name: 'web', script: 'server.js', instances: 2, exec_mode: 'cluster', env: { PORT: web } },
    { name: 'api', script: 'server.js', env: { PORT: api } },
    { name: 'python', script: 'server.py', exec_mode: 'fork', listen: `127.0.0.1:${python}` },
    { name: 'writer', script: 'writer.js' },
  ];
  rig.write('apps.json', JSON.stringify({ apps }));
  await must(rig, build, ['start', 'apps.json']);
  // A history to be kept.
  await must(rig, build, ['restart', 'api']);
  const loads = [
    startLoad(web, { keepAlive: 2, fresh: 2 }),
    startLoad(api, { keepAlive: 2, fresh: 2 }),
    startLoad(python, { keepAlive: 0, fresh: 2 }),
  ];
  for (const load of loads) rig.onDispose(() => load.stop());
  const followers = [PREVIOUS, THIS].map((one) => follow(rig, one, 'writer'));
  await until(
    () => (followers.every(({ output }) => output().includes('line ')) ? true : undefined),
    () => 'both followers to follow',
  );
  return { loads, followers, listing: keepListing(rig) };
}

const MORE = 30;

/** Some load under the daemon that is there now. */
async function goOn({ loads }: Scene): Promise<void> {
  const before = loads.map((load) => load.sent());
  await until(
    () => (loads.every((load, i) => load.sent() > (before[i] ?? 0) + MORE) ? true : undefined),
    () => 'some load',
  );
}

async function endLoad({ loads, listing }: Scene): Promise<void> {
  for (const load of loads) await load.stop();
  expect(await listing.stop()).toEqual([]);
  expect(loads.flatMap((load) => load.failures())).toEqual([]);
}

/** What must not change. */
const LASTING = [
  'id',
  'name',
  'slot',
  'appKey',
  'uniqueId',
  'namespace',
  'pid',
  'keeperPid',
  'incarnation',
  'restarts',
  'createdAt',
  'startedAt',
  'status',
  'generation',
] as const satisfies readonly (keyof InstanceView)[];

const lasting = (views: readonly InstanceView[]): unknown[] =>
  views.map((view) => Object.fromEntries(LASTING.map((key) => [key, view[key]])));

const livesOf = async (rig: Rig): Promise<unknown> =>
  (await rig.call('instance.why', { target: 'api' })).map(({ lives }) => lives);

async function change(rig: Rig, to: Build): Promise<void> {
  await must(rig, to, ['update']);
  expect((await serving(rig)).name).toBe(to.name);
}

const numbers = (text: string): number[] => [...text.matchAll(/^.*line (\d+)$/gm)].map(([, n]) => Number(n));

test('forth, back and forth under load: pids, counters, history and every line stay', { timeout: 180_000 }, async ({
  rig,
}) => {
  const scene = await start(rig, PREVIOUS);
  const before = lasting(await rig.list());
  const lives = await livesOf(rig);
  for (const build of [THIS, PREVIOUS, THIS]) {
    await change(rig, build);
    await goOn(scene);
    expect(lasting(await rig.list())).toEqual(before);
    expect(await livesOf(rig)).toEqual(lives);
  }
  await endLoad(scene);
  await must(rig, THIS, ['sendSignal', 'SIGUSR2', 'writer']);
  const texts = (): string[] => [rig.read('logs/writer-out.log'), ...scene.followers.map(({ output }) => output())];
  await until(
    () => (texts().every((text) => /all \d+/.test(text)) ? true : undefined),
    () => 'the last line everywhere',
  );
  const total = Number(/all (\d+)/.exec(rig.read('logs/writer-out.log'))?.[1]);
  const [file = [], ...followed] = texts().map(numbers);
  expect(file).toEqual(Array.from({ length: total }, (_, n) => n));
  // From where they began to follow.
  for (const lines of followed) expect(lines).toEqual(file.slice(lines[0]));
});

test('a start and a reload under way go on over the change, both ways; then each build stops and starts what the other began', {
  timeout: 180_000,
}, async ({ rig }) => {
  const scene = await start(rig, PREVIOUS);
  for (const [from, to] of [
    [PREVIOUS, THIS],
    [THIS, PREVIOUS],
  ] as const) {
    const name = `late-${to === THIS ? 'forth' : 'back'}`;
    rig.write('late.js', "setTimeout(() => process.send('ready'), 300); setInterval(() => {}, 1000);");
    const generation = (await rig.list()).find((one) => one.name === 'web')?.generation ?? 0;
    const starting = run(rig, from, ['start', 'late.js', '--name', name, '--wait-ready', '--listen-timeout', '60000']);
    await rig.when(name, ({ pid }) => pid > 0, 'to be launched');
    const reloading = run(rig, from, ['reload', 'web']);
    await until(
      async () =>
        (await rig.list().catch(() => [])).some((one) => one.name === 'web' && one.generation > generation)
          ? true
          : undefined,
      () => 'the reload to have begun',
    );
    await change(rig, to);
    await starting;
    expect(await reloading).toMatchObject({ code: 0 });
    const late = await rig.when(name, ({ status }) => status === 'online', 'online');
    expect([late.restarts, rig.read('events.jsonl')]).toEqual([0, expect.anything()]);
    const web = (await rig.list()).filter((one) => one.name === 'web');
    expect(web.map((one) => [one.status, one.generation])).toEqual([
      ['online', generation + 1],
      ['online', generation + 1],
    ]);
    // What the other build started drains, restarts and starts here.
    for (const words of [
      ['restart', 'api'],
      ['reload', 'web'],
      ['stop', name],
      ['start', name],
    ])
      await must(rig, to, words);
    await goOn(scene);
  }
  await endLoad(scene);
});

test('a daemon that is killed after the change is followed by one of its own build', { timeout: 180_000 }, async ({
  rig,
}) => {
  const scene = await start(rig, PREVIOUS);
  const before = lasting(await rig.list());
  for (const build of [THIS, PREVIOUS]) {
    await change(rig, build);
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    expect((await serving(rig)).name).toBe(build.name);
    await goOn(scene);
    expect(lasting(await rig.list())).toEqual(before);
  }
  await endLoad(scene);
  for (const { output } of scene.followers) {
    const lines = numbers(output());
    expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
  }
});

test('the package is replaced under a running daemon: it goes on starting and reloading, and the next daemon is of the new build', {
  timeout: 180_000,
}, async ({ rig }) => {
  const folder = join(rig.root, 'package');
  mkdirSync(folder);
  cpSync(PREVIOUS.dist, join(folder, 'dist'), { recursive: true });
  const installed: Build = { name: 'the installed one', dist: join(folder, 'dist') };
  const scene = await start(rig, installed);
  const before = lasting(await rig.list());
  // As npm does it: the old folder goes, the new one takes its place.
  cpSync(THIS.dist, join(folder, 'fresh'), { recursive: true });
  renameSync(installed.dist, join(folder, 'old'));
  renameSync(join(folder, 'fresh'), installed.dist);
  rmSync(join(folder, 'old'), { recursive: true });
  const daemon = await rig.daemonPid();
  expect(lasting(await rig.list())).toEqual(before);
  rig.write('fresh.js', "process.send('ready'); setInterval(() => {}, 1000);");
  await must(rig, installed, ['start', 'fresh.js', '--wait-ready']);
  await must(rig, installed, ['reload', 'web']);
  await must(rig, installed, ['restart', 'api']);
  expect(await rig.daemonPid()).toBe(daemon);
  await goOn(scene);
  const after = lasting(await rig.list());
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  await goOn(scene);
  expect(lasting(await rig.list())).toEqual(after);
  // Only this build answers so.
  expect((await rig.call('daemon.ping', { protocol: 9, oldest: 1 })).protocol).toBe(1);
  await must(rig, installed, ['update']);
  expect(lasting(await rig.list())).toEqual(after);
  await endLoad(scene);
});
