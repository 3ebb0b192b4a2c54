/** Apps that cannot stay up, and processes that are not who their pid says. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APPS = 20;

function daemonCpuMs(pid: number): number {
  return readProcess(pid)?.cpuMs ?? 0;
}

describe('crash loops', () => {
  test(`${APPS} apps that exit at once, on busy cores, all end errored, and the daemon answers meanwhile`, {
    timeout: 180_000,
  }, async ({ rig }) => {
    rig.write('dies.js', 'console.error("no luck"); process.exit(3)');
    const apps = Array.from({ length: APPS }, (_, i) => ({ name: `dies-${i}`, script: './dies.js' }));
    rig.write('ecosystem.json', JSON.stringify({ apps }));
    // Two processes that never rest, so that every boot is late.
    const busy = [0, 1].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    rig.onDispose(() => busy.forEach((child) => void child.kill('SIGKILL')));
    await rig.must('ping');
    const started = rig.run('start', 'ecosystem.json');
    let slowestMs = 0;
    await until(
      async () => {
        const askedAt = performance.now();
        const list = await rig.list();
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        return list.length === APPS && list.every((instance) => instance.status === 'errored') ? true : undefined;
      },
      () => 'all apps to be errored',
      150_000,
    );
    expect((await started).code).toBe(1);
    for (const instance of await rig.list()) {
      expect(instance.reason).toMatch(/exit code 3.*16/);
      expect(instance.restarts).toBe(15);
    }
    console.log(JSON.stringify({ apps: APPS, slowestAnswerMs: Math.round(slowestMs) }));
    expect(slowestMs).toBeLessThan(5_000);
    // At rest again: nothing is being restarted in secret.
    const pid = await rig.daemonPid();
    const events = (await rig.call('events.follow', { after: null })).last;
    const cpu = daemonCpuMs(pid);
    for (let i = 0; i < 20; i++) await rig.call('daemon.ping', {});
    expect((await rig.call('events.follow', { after: null })).last).toBe(events);
    expect(daemonCpuMs(pid) - cpu).toBeLessThan(1_000);
  });

  test('backoff grows as promised, shows as waiting restart, and never gives up by default', async ({ rig }) => {
    rig.write('dies.js', 'process.exit(3)');
    await rig.run('start', 'dies.js', '--exp-backoff-restart-delay', '40');
    const seen = await rig.when(
      'dies',
      (instance) => instance.previousDelayMs >= 40 * 1.5 ** 4 && instance.status === 'waiting restart',
      'several backoffs',
    );
    expect(seen.dueAt).not.toBeNull();
    const events = (await rig.call('events.follow', { after: null })).events.filter((event) => event.name === 'dies');
    const ends = events.filter((event) => event.kind === 'backing-off');
    const starts = events.filter((event) => event.kind === 'started');
    let delayMs = 40;
    ends.slice(0, 4).forEach((end, i) => {
      const next = starts.find((event) => event.number > end.number);
      // Never early, but for the rounding of the timer and of both instants; late only as a busy machine is.
      expect((next?.at ?? 0) - end.at, `delay ${i}`).toBeGreaterThanOrEqual(delayMs - 2);
      delayMs = Math.floor(delayMs * 1.5);
    });
    await rig.must('stop', 'dies');
    expect(await rig.one('dies')).toMatchObject({ status: 'stopped', pid: 0 });
  });

  test('a restart forgives, and an app that was mended stays up', async ({ rig }) => {
    rig.write('app.js', 'process.exit(1)');
    expect((await rig.run('start', 'app.js', '--max-restarts', '3')).code).toBe(1);
    await rig.when('app', (instance) => instance.status === 'errored', 'errored');
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    await rig.must('restart', 'app');
    expect(await rig.one('app')).toMatchObject({ status: 'online', unstableRestarts: 0 });
  });
});

/** Changes the record that the next daemon will read. */
function forge(
  rig: Rig,
  id: number,
  change: (record: { instance: { state: { running: { process: { pid: number; startTime: string } } } } }) => void,
): void {
  const file = join(rig.home, 'run', String(id), 'record.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  change(record);
  writeFileSync(file, JSON.stringify(record));
}

describe('identity', () => {
  test('a recycled pid is never signalled: the stranger lives, the app is started anew', async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    await rig.must('start', 'app.js');
    const app = await rig.one('app');
    const daemon = await rig.daemonPid();
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    rig.onDispose(() => void stranger.kill('SIGKILL'));
    process.kill(rig.guardPid(daemon) as number, 'SIGKILL');
    process.kill(daemon, 'SIGKILL');
    process.kill(app.keeperPid, 'SIGKILL');
    process.kill(app.pid, 'SIGKILL');
    await until(
      () => (readProcess(app.pid) === null ? true : undefined),
      () => 'the app to be gone',
    );
    // As if the kernel had given the app's pid to somebody else.
    forge(rig, 0, (record) => {
      record.instance.state.running.process.pid = stranger.pid as number;
    });
    await rig.must('list');
    const next = await rig.when(
      'app',
      (instance) => instance.status === 'online' && instance.state === 'ready',
      'online again',
    );
    expect(next.pid).not.toBe(stranger.pid);
    expect(next.lastExit).toMatchObject({ kind: 'unknown' });
    await rig.must('delete', 'app');
    expect(readProcess(stranger.pid as number)).not.toBeNull();
  });

  test('after a reboot nothing is signalled and what was up is up again', async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    rig.env.UPKEEP_TEST_BOOT_ID = 'boot-1';
    await rig.must('start', 'app.js');
    await rig.must('start', 'app.js', '--name', 'resting');
    await rig.must('stop', 'resting');
    const app = await rig.one('app');
    const daemon = await rig.daemonPid();
    for (const pid of [rig.guardPid(daemon) as number, daemon, app.keeperPid, app.pid]) process.kill(pid, 'SIGKILL');
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    rig.onDispose(() => void stranger.kill('SIGKILL'));
    // The same pid and even the same start time, in another boot.
    forge(rig, 0, (record) => {
      record.instance.state.running.process = {
        ...record.instance.state.running.process,
        pid: stranger.pid as number,
        startTime: readProcess(stranger.pid as number)?.startTime as string,
      };
    });
    rig.env.UPKEEP_TEST_BOOT_ID = 'boot-2';
    await rig.must('list');
    const next = await rig.when('app', (instance) => instance.status === 'online', 'online again');
    expect(next.lastExit).toMatchObject({ kind: 'unknown', why: expect.stringContaining('restarted') });
    expect(readProcess(stranger.pid as number)).not.toBeNull();
    expect(await rig.one('resting')).toMatchObject({ status: 'stopped' });
  });
});
