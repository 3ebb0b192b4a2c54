/** The list of apps, damaged in every way that a disk or a careless hand can. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Ends the daemon and its guard as a power cut would end them, but not the apps. */
async function killSupervisors(rig: Rig): Promise<void> {
  const daemon = await rig.daemonPid();
  process.kill(rig.guardPid(daemon) as number, 'SIGKILL');
  process.kill(daemon, 'SIGKILL');
}

async function twoApps(rig: Rig): Promise<void> {
  rig.write('app.js', 'setInterval(() => {}, 1000)');
  await rig.must('start', 'app.js', '--name', 'first');
  await rig.must('start', 'app.js', '--name', 'second');
}

describe('state.json', () => {
  test('cut in half: the last good copy is taken, the broken one is kept, the user is told', async ({ rig }) => {
    await twoApps(rig);
    const first = await rig.one('first');
    await killSupervisors(rig);
    const text = readFileSync(rig.paths.state, 'utf8');
    truncateSync(rig.paths.state, Math.floor(text.length / 2));
    await rig.must('list');
    expect(await rig.one('first')).toMatchObject({ pid: first.pid, status: 'online', restarts: 0 });
    expect(readdirSync(rig.home).filter((name) => name.startsWith('state.json.broken'))).toHaveLength(1);
    expect((await rig.call('instance.list', {})).notes.join()).toMatch(/state\.json/);
    // The copy was written before the second app came: it is found by its folder.
    expect(await rig.one('second')).toMatchObject({ status: 'online', restarts: 0 });
  });

  test('emptied, and the copy too: the apps are found again, nothing is overwritten, and the command says what happened', async ({
    rig,
  }) => {
    await twoApps(rig);
    await rig.must('stop', 'second');
    const before = await rig.list();
    await killSupervisors(rig);
    for (const file of [rig.paths.state, `${rig.paths.state}.bak`]) writeFileSync(file, '');
    const { stdout, stderr } = await rig.run('list');
    expect(stdout + stderr).toMatch(/state\.json/);
    const aside = readdirSync(rig.home).filter((name) => name.includes('.broken-'));
    expect(aside).toHaveLength(2);
    const after = await rig.list();
    expect(after.map(({ id, name, pid, status }) => ({ id, name, pid, status }))).toEqual(
      before.map(({ id, name, pid, status }) => ({ id, name, pid, status })),
    );
  });

  test('from a newer version: it is set aside, not misread and not overwritten', async ({ rig }) => {
    await rig.must('ping');
    await killSupervisors(rig);
    const newer = JSON.stringify({ format: 99, nextId: 7, apps: [], resume: [], secret: 'of the future' });
    writeFileSync(rig.paths.state, newer);
    rmSync(`${rig.paths.state}.bak`, { force: true });
    const { stdout, stderr } = await rig.run('list');
    expect(stdout + stderr).toMatch(/newer/);
    const aside = readdirSync(rig.home).find((name) => name.startsWith('state.json.broken')) as string;
    expect(readFileSync(join(rig.home, aside), 'utf8')).toBe(newer);
  });

  test('a full disk: the start is refused whole, everything else goes on, and it works again afterwards', async ({
    rig,
  }) => {
    // A home of its own on a small file system; the daemon must be able to fill it.
    execFileSync('mkdir', ['-p', rig.home]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'upkeep-test', rig.home]);
    rig.onDispose(async () => {
      await rig.run('kill');
      await until(
        () => {
          try {
            execFileSync('umount', [rig.home], { stdio: 'ignore' });
            return true;
          } catch {
            return undefined; // the daemon has answered, and is not quite gone
          }
        },
        () => 'the file system to be let go',
      );
    });
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    await rig.must('start', 'app.js', '--name', 'first');
    const first = await rig.one('first');
    const filler = join(rig.home, 'filler');
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
    } catch {
      // that is the point
    }
    const before = readFileSync(rig.paths.state, 'utf8');
    const refused = await rig.run('start', 'app.js', '--name', 'second');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/ENOSPC|no space/i);
    expect(readFileSync(rig.paths.state, 'utf8')).toBe(before);
    expect((await rig.list()).map((instance) => instance.name)).toEqual(['first']);
    // The next daemon could not begin here: this one stays.
    const daemon = await rig.daemonPid();
    const update = await rig.run('update');
    expect(update.code).toBe(1);
    expect(update.stderr).toMatch(/ENOSPC|no space/i);
    expect(await rig.daemonPid()).toBe(daemon);
    // A crash on the full disk is still answered.
    process.kill(first.pid, 'SIGKILL');
    const next = await rig.when(
      'first',
      (instance) => instance.pid !== 0 && instance.pid !== first.pid && instance.status === 'online',
      'restarted',
    );
    expect(next.restarts).toBe(1);
    rmSync(filler);
    await rig.must('start', 'app.js', '--name', 'second');
    expect(existsSync(`${rig.paths.state}.new`)).toBe(false);
  });
});
