/** `--no-daemon`, and the commands for the daemon itself: ping, kill, update. */
import { existsSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { CLI, livesFor, startCompanion } from '../helpers/companion.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const noDaemon = (rig: Rig, ...args: string[]) => startCompanion(rig, [rig.node, CLI, ...args]);
const STAYS = `console.log('up'); process.on('SIGINT', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000);`;

describe.concurrent('--no-daemon', () => {
  test('runs the command, shows lines with the time, and Ctrl-C stops the apps first', async ({ rig }) => {
    rig.write('app.js', STAYS);
    const run = noDaemon(rig, 'start', 'app.js', '--no-daemon');
    await run.shows(' | up\n');
    expect(run.out()).toMatch(/^\d\d:\d\d:\d\d 0\|app \| up$/m);
    await run.shows('app (0) is up');
    process.kill(-run.pid, 'SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.out()).toMatch(/0\|app +\| bye$/m);
    expect(livesFor(rig.home)).toEqual([]);
  });

  test('stands before the command too, is the script’s own behind --, and a mistake ends it with 1', async ({
    rig,
  }) => {
    rig.write('args.js', `console.log(process.argv.slice(2).join()); setInterval(() => {}, 1000);`);
    const run = noDaemon(rig, '--no-daemon', 'start', 'args.js', '--', '--no-daemon');
    await run.shows('| --no-daemon\n');
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    const wrong = noDaemon(rig, 'start', 'nowhere.js', '--no-daemon');
    expect(await wrong.ended).toBe(1);
    expect(wrong.err()).toContain('nowhere.js');
    expect(livesFor(rig.home)).toEqual([]);
  });

  test('its daemon is found by other commands, and upkeep kill ends both', async ({ rig }) => {
    rig.write('app.js', STAYS);
    const run = noDaemon(rig, 'start', 'app.js', '--no-daemon');
    await run.shows('app (0) is up');
    expect((await rig.list()).map(({ name }) => name)).toEqual(['app']);
    await rig.must('kill');
    expect(await run.ended).toBe(0);
  });

  test('with a daemon there it only attaches, and ends when that one ends', async ({ rig }) => {
    rig.write('app.js', `setInterval(() => console.log('tick'), 50);`);
    await rig.must('start', 'app.js');
    rig.write('other.js', STAYS);
    const run = noDaemon(rig, 'start', 'other.js', '--no-daemon');
    await run.shows(' | tick\n');
    expect((await rig.list()).map(({ name }) => name)).toEqual(['app', 'other']);
    await rig.must('kill');
    expect(await run.ended).toBe(0);
  });

  test('Ctrl-C while it is attached leaves the apps alone', async ({ rig }) => {
    rig.write('app.js', `setInterval(() => console.log('tick'), 50);`);
    await rig.must('start', 'app.js');
    const { pid } = await rig.one('app');
    const run = noDaemon(rig, 'logs', '--no-daemon');
    await run.shows(' | tick\n');
    run.signal('SIGINT');
    expect(await run.ended).toBe(0);
    expect((await rig.one('app')).pid).toBe(pid);
  });
});

describe.concurrent('the daemon', () => {
  test('ping starts one and prints its reply', async ({ rig }) => {
    expect(await rig.must('ping')).toBe("{ msg: 'pong' }\n");
    expect(livesFor(rig.home).length).toBeGreaterThan(0);
  });

  test('kill stops all, says so in two lines, and removes the pid file and the sockets', async ({ rig }) => {
    rig.write('app.js', STAYS);
    await rig.must('start', 'app.js');
    const out = await rig.must('kill');
    expect(out).toMatch(/^\[UPKEEP\] \[v\] All applications are stopped$/m);
    expect(out).toMatch(/^\[UPKEEP\] \[v\] The daemon has ended$/m);
    expect([rig.paths.pidFile, rig.paths.rpcSocket, rig.paths.agentSocket].filter(existsSync)).toEqual([]);
    expect(livesFor(rig.home)).toEqual([]);
  });

  test('kill without a daemon starts none and ends with 0', async ({ rig }) => {
    const { code, stdout } = await rig.run('kill');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/\[v\] All applications are stopped: no daemon[\s\S]*\[v\] No daemon is running/),
    ]);
    expect(existsSync(rig.home)).toBe(false);
  });

  test('update keeps the processes and their counts', async ({ rig }) => {
    rig.write('app.js', STAYS);
    await rig.must('start', 'app.js');
    await rig.must('restart', 'app');
    const before = await rig.one('app');
    const daemon = await rig.daemonPid();
    await rig.must('update');
    const after = await rig.one('app');
    expect([after.pid, after.restarts]).toEqual([before.pid, before.restarts]);
    expect(await rig.daemonPid()).not.toBe(daemon);
  });
});

test('the daemon ignores SIGHUP, opens log files anew at SIGUSR2, and lives in / without the caller’s secrets', async ({
  rig,
}) => {
  rig.write('app.js', `setInterval(() => console.log('tick'), 20);`);
  const { code } = await rig.runWith({ env: { SOME_TOKEN: 'abc' } }, 'start', 'app.js');
  expect(code).toBe(0);
  const pid = await rig.daemonPid();
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('SOME_TOKEN');
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  process.kill(pid, 'SIGHUP');
  process.kill(pid, 'SIGUSR1');
  const log = join(rig.paths.logs, 'app-out.log');
  renameSync(log, `${log}.moved`);
  process.kill(pid, 'SIGUSR2');
  await until(
    () => (rig.read(log).includes('tick') ? true : undefined),
    () => 'the file to be opened anew',
  );
  expect(await rig.daemonPid()).toBe(pid);
});
