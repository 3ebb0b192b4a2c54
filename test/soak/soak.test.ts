/**
 * Everything at once for as long as one likes, and then rest: what a daemon holds must be what it held before. `npm run soak`
 * takes an hour, ten minutes in the night; here it is short.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startLoad } from '../helpers/load.ts';
import { Receiver } from '../helpers/receiver.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { startWeb } from '../helpers/web.ts';
import { playAbandoned } from './abandoned.ts';
import {
  Cast,
  playChanges,
  playCommands,
  playCrashes,
  playFollowers,
  playPage,
  playReplacements,
  seeded,
} from './actors.ts';
import { LineCheck } from './line-check.ts';
import { LINE_BYTES, writeScene } from './programs.ts';
import { memorySlopes, table } from './report.ts';
import { askInside, cpuMsOf, fdKinds, type Sample, takeSample } from './samples.ts';

const minutes = Number(process.env.UPKEEP_SOAK_MINUTES ?? 0.35);
const seed = Number(process.env.UPKEEP_SOAK_SEED ?? Date.now() % 2 ** 31);
/** A folder for heap snapshots of the daemon at rest, before and after. */
const snapshots = process.env.UPKEEP_SOAK_SNAPSHOTS;
const LOAD_MS = minutes * 60_000;
/** The last part of the load is one in which daemons come and go. */
const SHARE_OF_REPLACEMENTS = 0.15;
/** Of the heartbeat: windows of whole rounds can be compared. */
const ROUND_MS = 10_000;
const isLong = minutes >= 5;
const REST_MS = isLong ? 6 * ROUND_MS : ROUND_MS;
const SAMPLE_EVERY_MS = Math.min(10_000, Math.max(500, LOAD_MS / 300));
const LOGGERS = ['steady', 'slow'] as const;
/** Design 1.4: what a SIGKILL can lose is the one chunk between read and write, of each stream. */
const CHUNK_BYTES = 64 * 1024;

/** Code that was compiled meanwhile, history of an hour, and what the allocator does not give back at once. */
const MOST_MB_KEPT = 40;
const MOST_HEAP_MB_KEPT = 8;
const MOST_GROWTH_MB_PER_HOUR = 10;

const say = (text: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Everything is as at rest: what runs at rest runs, and nothing else is there. */
async function calm(rig: Rig): Promise<void> {
  await rig.must('stop', 'steady', 'slow', 'talker');
  if ((await rig.list()).filter(({ name }) => name === 'scaled').length > 1) await rig.must('scale', 'scaled', '1');
  await until(
    async () => {
      const seen = (await rig.list()).map(({ name, status }) => `${name} ${status}`).sort();
      const wanted = [
        'scaled online',
        'slow stopped',
        'steady stopped',
        'talker stopped',
        'upkeep-web online',
        'watched online',
        'web online',
        'web online',
      ];
      return JSON.stringify(seen) === JSON.stringify(wanted) ? true : undefined;
    },
    () => 'every app in the state that it should be in',
  );
}

/** CPU of the daemon while nobody does anything, in percent of a core. */
async function cpuAtRest(pid: number): Promise<number> {
  // What the last commands have left to do is not rest.
  await sleep(ROUND_MS / 2);
  const before = cpuMsOf(pid);
  const from = performance.now();
  await sleep(REST_MS);
  return ((cpuMsOf(pid) - before) / (performance.now() - from)) * 100;
}

test('under everything at once no request and no line is lost, nothing grows, and afterwards the daemon rests as before', {
  timeout: LOAD_MS + 6 * REST_MS + 240_000,
}, async ({ rig }) => {
  say(`soak: ${minutes} minutes, seed ${seed}`);
  const random = seeded(seed);
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  const port = await freePort();
  const scene = writeScene(rig, port);
  const receiver = new Receiver(rig);
  await receiver.listen();
  rig.write(
    'alerts.json',
    JSON.stringify({
      group_wait: '100ms',
      rules: { errored: true },
      destinations: { here: { webhook: receiver.url('/') } },
    }),
  );
  // A daemon that tells of its heap.
  const probed = async (...words: string[]): Promise<void> =>
    expect(await rig.runWith({ env: scene.daemonEnv }, ...words)).toMatchObject({ code: 0, stderr: '' });
  await probed('ping');
  await rig.must('alerts', 'use', 'alerts.json');
  await rig.must('start', scene.resting);
  const web = await startWeb(rig);
  const checks = LOGGERS.map((name) => new LineCheck(rig, name));
  const settleLogs = async (): Promise<void> => {
    await until(
      () => (checks.every((check) => check.isSettled) ? true : undefined),
      () => 'rotated logs to be compressed',
    );
    for (const check of checks) check.finish();
    await rig.must('flush', ...LOGGERS);
  };
  say('everything is started; rest before');
  await calm(rig);
  await settleLogs();
  const look = async (word: 'look' | 'collect' = 'look'): Promise<Sample> =>
    takeSample(rig, await rig.daemonPid(), since(), scene.probeSocket, word);
  const daemon = await rig.daemonPid();
  const restBefore = await cpuAtRest(daemon);
  const before = await look('collect');
  if (snapshots !== undefined) await askInside(scene.probeSocket, join(snapshots, 'before.heapsnapshot'));
  const fdsBefore = fdKinds(daemon);

  // One daemon under everything at once.
  const beginLogging = async (): Promise<void> => {
    for (const check of checks) check.begin();
    await rig.must('restart', 'steady', 'slow', 'talker');
  };
  const endLogging = async (): Promise<void> => {
    await rig.must('stop', 'steady', 'slow');
    await settleLogs();
  };
  say('load');
  await beginLogging();
  const load = startLoad(port, { keepAlive: 2, fresh: 1 });
  const cast = new Cast(random);
  playFollowers(rig, cast);
  playCommands(rig, cast);
  playChanges(rig, cast, scene);
  playCrashes(rig, cast, scene);
  playPage(cast, web);
  playAbandoned(rig, cast);
  const samples: Sample[] = [];
  const endsAt = since() + LOAD_MS * (1 - SHARE_OF_REPLACEMENTS);
  while (since() < endsAt) {
    await cast.pause(SAMPLE_EVERY_MS);
    samples.push(await look());
    for (const check of checks) check.look();
    if (samples.length % 30 === 0) say(table([before, ...samples.slice(-1)]));
  }
  say('the load ends');
  await cast.stop();
  say('logs are read');
  await rig.run('delete', 'gives-up', 'throws');
  await endLogging();
  const linesWithOneDaemon = checks.map(({ lost, doubled, broken, hasEnded }) => ({ lost, doubled, broken, hasEnded }));
  expect(await rig.daemonPid(), 'the daemon has lived all the time').toBe(daemon);
  say('rest after');
  await calm(rig);
  const restAfter = await cpuAtRest(daemon);
  const after = await look('collect');
  if (snapshots !== undefined) await askInside(scene.probeSocket, join(snapshots, 'after.heapsnapshot'));
  const fdsAfter = fdKinds(daemon);

  // Daemons come and go.
  say('daemons come and go');
  await beginLogging();
  let kills = 0;
  const others = new Cast(random, true);
  playFollowers(rig, others);
  playCommands(rig, others);
  playAbandoned(rig, others);
  playReplacements(rig, others, () => kills++);
  await others.pause(LOAD_MS * SHARE_OF_REPLACEMENTS);
  say('they stay');
  await others.stop();
  await load.stop();
  await endLogging();
  await calm(rig);
  await probed('update');
  const restAtEnd = await cpuAtRest(await rig.daemonPid());
  const atEnd = await look('collect');

  const slopes = memorySlopes(samples);
  const lost = checks.reduce((sum, check) => sum + check.lost, 0);
  const report = {
    minutes,
    seed,
    restPercent: { before: restBefore, after: restAfter, atEnd: restAtEnd },
    requests: { sent: load.sent(), failed: load.failures().length, how: load.failures().slice(0, 20) },
    lines: {
      read: checks.reduce((sum, check) => sum + check.lines, 0),
      rotations: checks.reduce((sum, check) => sum + check.rotations, 0),
      lostWithOneDaemon: linesWithOneDaemon.reduce((sum, one) => sum + one.lost, 0),
      lost,
      kills,
    },
    alerts: receiver.received.length,
    done: Object.fromEntries([...cast.counts, ...[...others.counts].map(([name, n]) => [`${name} (replacements)`, n])]),
    slopes,
  };
  say(table([before, ...samples.filter((_, i) => i % Math.ceil(samples.length / 20) === 0), after, atEnd]));
  say(JSON.stringify(report, null, 1));

  // All of them are told, whichever fails.
  const check = expect.soft;
  check([...cast.failures, ...others.failures]).toEqual([]);
  check(load.failures(), 'failed requests').toEqual([]);
  for (const one of linesWithOneDaemon) check(one).toEqual({ lost: 0, doubled: 0, broken: 0, hasEnded: true });
  for (const one of checks) {
    check(one).toMatchObject({ doubled: 0, hasEnded: true });
    check(one.lost, 'lines lost by kills').toBeLessThanOrEqual((kills * CHUNK_BYTES) / LINE_BYTES);
  }
  check(fdsAfter, 'files that the daemon holds open').toEqual(fdsBefore);
  for (const what of ['fifos', 'processes'] as const) {
    check(after[what], what).toBe(before[what]);
    check(atEnd[what], what).toBe(before[what]);
  }
  check(after.privateMb, 'private memory').toBeLessThan(before.privateMb + MOST_MB_KEPT);
  check(after.heapMb, 'heap').toBeLessThan((before.heapMb ?? 0) + MOST_HEAP_MB_KEPT);
  check(restAfter, 'CPU at rest').toBeLessThan(restBefore + (isLong ? 0.2 : 1));
  if (isLong) {
    const { perHour, error } = slopes.privateMb;
    check(perHour - 2 * error, 'MB an hour that are sure to be growth').toBeLessThan(MOST_GROWTH_MB_PER_HOUR);
  }
});
