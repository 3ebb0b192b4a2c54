/** The shell scripts under other shells than this machine's /bin/sh: Alpine's is busybox's, some systems' is bash. */
import { copyFileSync, existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { answerers } from '../helpers/answers.ts';
import { RUNTIME, startCompanion } from '../helpers/companion.ts';
import { startLoad } from '../helpers/load.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');
const SH = realpathSync('/bin/sh');

/** The command, and all that it starts, find that shell at /bin/sh. */
function under(rig: Rig, shell: string, ...command: readonly string[]): readonly string[] {
  // It goes by the name that it is called by.
  copyFileSync(shell, join(rig.root, 'sh'));
  const script = `mount --bind '${rig.root}/sh' ${SH} && exec "$@"`;
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asUser, '--mount', '--', 'bash', '-c', script, 'bash', ...command];
}

describe.each(['/bin/busybox', '/bin/bash'])('%s', (shell) => {
  test('apps under load outlive the daemon; restart and exit codes are as ever', async ({ rig }) => {
    const port = await freePort();
    rig.write('server.js', `require('node:http').createServer((_, r) => r.end(String(process.pid))).listen(${port})`);
    rig.write('quick.js', "process.on('SIGUSR2', () => process.exit(3)); setInterval(() => console.log('line'), 20)");
    rig.write(
      'apps.json',
      JSON.stringify({
        apps: [
          { script: 'server.js', instances: 2 },
          { script: 'quick.js', autorestart: false },
        ],
      }),
    );
    const start = startCompanion(rig, under(rig, shell, rig.node, CLI, 'start', 'apps.json'));
    expect(await start.ended, start.err()).toBe(0);
    const before = (await rig.list()).map(({ pid }) => pid);
    expect(before).toHaveLength(3);
    const load = startLoad(port, { keepAlive: 2, fresh: 2 });
    for (let i = 0; i < 3; i++) {
      const daemon = await rig.daemonPid();
      expect(statSync(`/proc/${rig.guardPid(daemon)}/exe`).ino).toBe(statSync(join(rig.root, 'sh')).ino);
      process.kill(daemon, 'SIGKILL');
      await rig.nextDaemon(daemon);
    }
    expect((await rig.list()).map(({ pid }) => pid)).toEqual(before);
    await rig.must('restart', 'server');
    await rig.must('reload', 'server');
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect((await answerers({ port }, 2)).size).toBe(2);
    process.kill((await rig.one('quick')).pid, 'SIGUSR2');
    const quick = await rig.when('quick', ({ status }) => status === 'stopped', 'to have ended');
    expect(quick.lastExit).toEqual({ kind: 'code', code: 3 });
    expect(rig.read('logs/quick-out.log')).toMatch(/^(line\n)+$/);
    expect(rig.read('logs/quick-error.log')).toBe('');
  });

  test('a container: its lines, its signals, its code, and a home that cannot be written', async ({ rig }) => {
    rig.write(
      'stays.js',
      "console.log('up'); process.on('SIGINT', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000)",
    );
    const sealed = join(rig.root, 'sealed', 'home');
    const seal = `mkdir '${rig.root}/sealed' && mount -t tmpfs -o ro none '${rig.root}/sealed' && exec "$@"`;
    const command = under(rig, shell, 'bash', '-c', seal, 'bash', RUNTIME, 'stays.js');
    const run = startCompanion(rig, command, { env: { UPKEEP_HOME: sealed, TMPDIR: rig.root } });
    await run.shows('up\n');
    expect(run.err()).toContain(`${sealed} cannot be written: ${rig.root}/upkeep is used`);
    const pidFile = join(rig.root, 'upkeep', 'daemon.pid');
    await until(
      () => (existsSync(pidFile) ? true : undefined),
      () => 'a daemon',
    );
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.out()).toBe('up\nbye\n');
  });
});
