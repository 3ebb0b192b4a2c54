/** What released builds said and left behind, as recorded, against this build: their daemons, their commands, their homes, their guards. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { InstanceView, MethodName, Methods } from '../../src/protocol/control.ts';
import { fakeDaemon } from '../helpers/fake-daemon.ts';
import { RECORDED, RECORDED_ROOT, recordedCalls } from '../helpers/recorded.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const API = "require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')";
const WORKER = "process.on('message', () => {}); setInterval(() => console.log('line'), 50)";

function writeApps(rig: Rig): void {
  rig.write('api.js', API);
  rig.write('worker.js', WORKER);
}

/** What stands under a name of its owner's choice, not of the protocol's. */
const BY_NAME = /\.(collections|inherited|declared|instanceEnv|variables|metrics|settings)$/;

/** Paths of keys that a reader of the old answer would miss in the new one. Lists are compared by their first entries. */
function missing(old: unknown, now: unknown, at = ''): string[] {
  if (Array.isArray(old)) return old.length === 0 || !Array.isArray(now) ? [] : missing(old[0], now[0], `${at}[0]`);
  if (typeof old !== 'object' || old === null) return [];
  // Null then, told now, or the other way round: a reader knows both.
  if (now === null || BY_NAME.test(at)) return [];
  if (typeof now !== 'object') return [at];
  return Object.entries(old).flatMap(([name, value]) =>
    name in now ? missing(value, (now as Record<string, unknown>)[name], `${at}.${name}`) : [`${at}.${name}`],
  );
}

describe.each(RECORDED)('of $version', (recorded) => {
  test('what its daemon answers is understood by the commands', async ({ rig }) => {
    const calls = recordedCalls(recorded, rig.root);
    await fakeDaemon(
      rig,
      Object.fromEntries(Object.entries(calls).map(([method, { result }]) => [method, () => result])),
    );
    for (const words of [
      ['list'],
      ['jlist'],
      ['describe', 'api'],
      ['why', 'worker'],
      ['env', 'worker'],
      ['stop', 'resting'],
      ['restart', 'worker'],
      ['reload', 'api'],
      ['save'],
      ['reset', 'worker'],
    ]) {
      const { code, stdout, stderr } = await rig.run(...words);
      expect([words, code, stderr]).toEqual([words, 0, expect.not.stringMatching(/TypeError|INTERNAL/)]);
      expect(stdout).not.toMatch(/undefined|NaN/);
    }
    const listed = JSON.parse(await rig.must('jlist')) as readonly { readonly name: string; readonly pm_id: number }[];
    expect(listed.map(({ name, pm_id }) => `${pm_id} ${name}`)).toEqual(['0 api', '1 api', '2 worker', '3 resting']);
  });

  test('what its commands ask is answered, with all that they read', async ({ rig }) => {
    writeApps(rig);
    const port = await freePort();
    // What the recording does not have is made beforehand.
    await rig.runWith({ env: { PORT: String(port) } }, 'start', 'api.js', '--name', 'api', '-i', '2');
    await rig.must('start', 'worker.js', '--name', 'worker');
    const calls = Object.entries(recordedCalls(recorded, rig.root)) as [
      MethodName,
      { readonly params: never; readonly result: unknown },
    ][];
    expect(calls.length).toBeGreaterThan(10);
    // The start of `resting` comes before its stop.
    const order = ['app.start', 'app.stop'];
    const rank = (method: string): number => (method === 'daemon.kill' ? 9 : order.indexOf(method));
    for (const [method, { params, result }] of calls.sort(([a], [b]) => rank(a) - rank(b))) {
      const now: Methods[MethodName]['result'] = await rig.call(method, params);
      expect([method, missing(result, now)]).toEqual([method, []]);
    }
  });

  test('the home that it left is taken up: names, ids, counters, times, and what was up is up', async ({ rig }) => {
    writeApps(rig);
    mkdirSync(rig.home, { mode: 0o700 });
    const from = join(recorded.folder, 'home');
    for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      const to = join(rig.home, name);
      if (statSync(join(from, name)).isDirectory()) mkdirSync(to, { recursive: true });
      else writeFileSync(to, readFileSync(join(from, name), 'utf8').replaceAll(RECORDED_ROOT, rig.root));
    }
    const listed = recordedCalls(recorded, rig.root)['instance.list'];
    const before = (listed?.result as { instances: InstanceView[] } | undefined)?.instances ?? [];
    expect(before).toHaveLength(4);
    const kept = (views: readonly InstanceView[]): unknown[] =>
      views.map(({ id, name, appKey, slot, namespace, uniqueId, execMode, generation }) => [
        id,
        name,
        appKey,
        slot,
        namespace,
        uniqueId,
        execMode,
        generation,
      ]);
    const now = await until(
      async () => {
        const list = await rig.must('list').then(() => rig.list());
        return list.every(({ name, status }) => status === (name === 'resting' ? 'stopped' : 'online'))
          ? list
          : undefined;
      },
      () => 'everything as it was',
    );
    expect(kept(now)).toEqual(kept(before));
    expect((await rig.call('instance.list', {})).notes).toEqual([]);
    // The ends of the lives that were recorded are in the history.
    for (const { incarnation, id } of before)
      expect(now.find((one) => one.id === id)?.incarnation).toBeGreaterThanOrEqual(incarnation);
    const numbers = rig
      .read('events.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { number: number }).number);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i));
  });

  test('what its guard hands down is held', async ({ rig }) => {
    const handed = JSON.parse(readFileSync(join(recorded.folder, 'handed-sockets.json'), 'utf8')) as unknown[];
    expect(handed).toHaveLength(1);
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    rig.onDispose(() => void server.close());
    mkdirSync(rig.home, { mode: 0o700 });
    cpSync(join(recorded.folder, 'home', 'state.json'), join(rig.home, 'state.json'));
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const log = openSync(rig.paths.daemonLog, 'a', 0o600);
    const env = { ...rig.env, UPKEEP_GUARD_FAILED: '1', UPKEEP_HANDED_SOCKETS: JSON.stringify(handed) };
    spawn(process.execPath, [join(import.meta.dirname, '../../dist/daemon.cjs')], {
      env,
      detached: true,
      stdio: ['ignore', log, log, fd],
    }).unref();
    await until(
      () => (/1 sockets were handed down/.test(rig.read(rig.paths.daemonLog)) ? true : undefined),
      () => `the socket to be taken up: ${rig.read(rig.paths.daemonLog)}`,
    );
  });
});
