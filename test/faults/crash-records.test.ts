/** Crash records while the daemon dies, the disk is full, or the kernel has killed for lack of memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readCrash, readCrashes } from '../../src/client/crashes.ts';
import type { CrashRecord } from '../../src/protocol/observation.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Crashes when the file is there. */
const CRASHES = `
const { existsSync } = require('node:fs');
console.log('up');
setInterval(() => { if (existsSync('./crash-now')) throw new RangeError('at last'); }, 10);
`;

const newest = (rig: Rig, name: string): Promise<CrashRecord> =>
  until(
    async () => {
      const [summary] = await readCrashes(rig.home, [name], 1);
      return summary === undefined ? undefined : await readCrash(rig.home, summary.crash);
    },
    () => `a crash record of ${name}`,
  );

describe('the daemon is killed at the moment of a crash', () => {
  for (const point of ['after.reaping', 'swept'])
    test(`${point}: the next one makes the record`, async ({ rig }) => {
      const once = join(rig.root, 'once');
      Object.assign(rig.env, { UPKEEP_FAILPOINT: point, UPKEEP_FAILPOINT_ONCE: once });
      writeFileSync(once, '');
      rig.write('app.js', CRASHES);
      await rig.must('start', 'app.js', '--restart-delay', '60s');
      const pid = await rig.daemonPid();
      rmSync(once);
      rig.write('crash-now', '');
      await rig.nextDaemon(pid);
      const record = await newest(rig, 'app');
      expect(record).toMatchObject({ incarnation: 1, exit: { kind: 'code', code: 1 }, stackFrom: 'runtime' });
      expect(record.headline).toBe('RangeError: at last');
      expect(record.stack[0]).toContain('app.js:4');
      expect(record.files.map(({ name }) => name)).toEqual(['report.json']);
      // What the daemon before had read is in the log file, and that is said.
      expect(record.notes.join()).toContain('under an earlier daemon');
      expect((await readCrashes(rig.home)).length).toBe(1);
    });
});

test('a full disk: the record is left out and told, the app is restarted all the same', async ({ rig }) => {
  rig.write('app.js', CRASHES);
  await rig.must('start', 'app.js');
  const folder = rig.paths.crashes;
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) throw new Error(`this test needs the right to mount a tmpfs (root): ${mounted.stderr}`);
  rig.onDispose(() => void execFileSync('umount', [folder]));
  writeFileSync(join(folder, 'ballast'), Buffer.alloc(250_000));
  const before = await rig.one('app');
  rig.write('crash-now', '');
  await rig.when('app', ({ incarnation }) => incarnation > before.incarnation, 'to be restarted');
  rmSync(join(rig.root, 'crash-now'));
  const failed = await until(
    async () => {
      const { events } = await rig.call('events.follow', { after: 0 });
      return events.find(({ kind }) => kind === 'crash-record-failed');
    },
    () => 'the event that tells of it',
  );
  expect(failed.reason).toMatch(/could not be written.*ENOSPC/);
  expect(await readCrashes(rig.home)).toEqual([]);
  // Nothing half done takes up the little room there is.
  expect(readdirSync(folder)).toEqual(['ballast']);
  rmSync(join(folder, 'ballast'));
  await rig.when('app', ({ status }) => status === 'online', 'to run');
  rig.write('crash-now', '');
  expect((await newest(rig, 'app')).headline).toBe('RangeError: at last');
});

describe('the kernel kills for lack of memory', () => {
  test('is recognised by its log, or by what it counts', async ({ rig }) => {
    const kernel = join(rig.root, 'kernel');
    const write = (path: string, text: string): void => {
      mkdirSync(join(kernel, path, '..'), { recursive: true });
      writeFileSync(join(kernel, path), text);
    };
    write('proc/self/cgroup', '0::/app.slice\n');
    write('sys/fs/cgroup/app.slice/memory.events', 'low 0\nmax 3\noom 0\noom_kill 2\n');
    write('proc/vmstat', 'nr_free_pages 1\noom_kill 5\n');
    rig.env.UPKEEP_TEST_KERNEL = kernel;
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    for (const name of ['counted', 'logged', 'neither'])
      await rig.must('start', 'app.js', '--name', name, '--no-autorestart');
    const kill = async (name: string): Promise<CrashRecord> => {
      process.kill((await rig.one(name)).pid, 'SIGKILL');
      return newest(rig, name);
    };
    expect((await kill('neither')).memoryNote).toBeNull();
    write('sys/fs/cgroup/app.slice/memory.events', 'low 0\nmax 9\noom 1\noom_kill 3\n');
    expect((await kill('counted')).memoryNote).toBe(
      'the kernel killed a process for lack of memory in this control group at about that time',
    );
    const { pid } = await rig.one('logged');
    const line = `Memory cgroup out of memory: Killed process ${pid} (node) total-vm:900kB, anon-rss:600kB`;
    write(
      'dev/kmsg',
      `6,1,2,-;eth0: up\n3,2,3,-;Memory cgroup out of memory: Killed process 1${pid} (sh)\n3,3,4,-;${line}\n`,
    );
    expect((await kill('logged')).memoryNote).toBe(`the kernel killed it for lack of memory: ${line}`);
  });
});
