/** What Upkeep does better with the saved list than PM2: autodump, the journal of damage, secrets. */
import { spawn } from 'node:child_process';
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const STAY = `require('node:net').createServer().listen(0, '127.0.0.1')`;

interface Dump {
  readonly apps: readonly {
    readonly spec: { readonly name: string; readonly instances: number };
    readonly up: boolean;
  }[];
}

const saved = (rig: Rig): readonly (readonly [string, number, boolean])[] => {
  const text = rig.read(rig.paths.dump);
  return text === '' ? [] : (JSON.parse(text) as Dump).apps.map(({ spec, up }) => [spec.name, spec.instances, up]);
};

const whenSaved = (rig: Rig, wanted: ReturnType<typeof saved>): Promise<true> =>
  until(
    () => (JSON.stringify(saved(rig)) === JSON.stringify(wanted) ? true : undefined),
    () => `the saved list to be ${JSON.stringify(wanted)}; it is ${JSON.stringify(saved(rig))}`,
  );

test('pm2:autodump saves after every change, and a kill does not empty it', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('ping');
  writeFileSync(join(rig.home, 'module_conf.json'), JSON.stringify({ pm2: { autodump: 'true' } }));
  await rig.must('start', 'app.js', '--name', 'web', '-i', '1');
  await whenSaved(rig, [['web', 1, true]]);
  await rig.must('scale', 'web', '2');
  await whenSaved(rig, [['web', 2, true]]);
  await rig.must('stop', 'web');
  await whenSaved(rig, [['web', 2, false]]);
  await rig.must('restart', 'web');
  await whenSaved(rig, [['web', 2, true]]);
  await rig.must('kill');
  expect(saved(rig)).toEqual([['web', 2, true]]);
  await rig.must('resurrect');
  expect((await rig.list()).length).toBe(2);
  await rig.must('delete', 'web');
  await whenSaved(rig, []);
});

test('without the setting nothing is saved by itself', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('start', 'app.js');
  await rig.must('stop', 'app');
  await rig.must('delete', 'app');
  expect(rig.read(rig.paths.dump)).toBe('');
});

test('a save that fails leaves what was saved before as it was', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('start', 'app.js', '--name', 'first');
  await rig.must('save');
  const before = [rig.read(rig.paths.dump), rig.read('dump.pm2')];
  await rig.must('start', 'app.js', '--name', 'second', '-f');
  // Where it would be written first.
  mkdirSync(`${rig.paths.dump}.new`);
  const { code, stderr } = await rig.run('save');
  expect([code, stderr.includes(`cannot write ${rig.paths.dump}`)]).toEqual([1, true]);
  expect([rig.read(rig.paths.dump), rig.read('dump.pm2')]).toEqual(before);
});

test('the saved files are for their owner alone', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.runWith({ env: { API_TOKEN: 'secret' } }, 'start', 'app.js');
  await rig.must('save');
  for (const file of ['dump.json', 'dump.pm2']) expect(statSync(join(rig.home, file)).mode & 0o777).toBe(0o600);
});

test('the last word counts: a list that a dying daemon saved, then one that was copied there with its old date', async ({
  rig,
}) => {
  rig.write('app.js', STAY);
  const dump = join(rig.home, 'dump.pm2');
  await rig.must('start', 'app.js', '--name', 'web');
  await rig.must('start', 'app.js', '--name', 'mail', '-f');
  await rig.must('save');
  const theirs = rig.read(dump).replaceAll('"mail"', '"post"');
  writeFileSync(dump, theirs);
  await rig.must('delete', 'mail');
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGTERM');
  await until(
    () => (readProcess(daemon) === null ? true : undefined),
    () => 'the daemon to be gone',
  );
  await rig.must('resurrect');
  expect((await rig.list()).map(({ name }) => name)).toEqual(['web']);
  writeFileSync(dump, theirs);
  utimesSync(dump, new Date(0), new Date(0));
  await rig.must('resurrect');
  expect((await rig.list()).map(({ name }) => name)).toEqual(['web', 'post']);
});

test('where PM2 itself is alive in the home, its saved list is neither written nor started', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('start', 'app.js', '--name', 'ours');
  // As PM2's daemon calls itself.
  const neighbour = spawn(process.execPath, [
    '-e',
    'process.title = "PM2 v7.0.4: God Daemon"; setInterval(() => {}, 1000)',
  ]);
  rig.onDispose(() => void neighbour.kill('SIGKILL'));
  await until(
    () => (rig.read(`/proc/${neighbour.pid}/cmdline`).startsWith('PM2 v') ? true : undefined),
    () => 'its title',
  );
  const dump = join(rig.home, 'dump.pm2');
  const theirs = JSON.stringify([
    { name: 'theirs', pm_exec_path: join(rig.root, 'app.js'), pm_cwd: rig.root, exec_mode: 'fork_mode', env: {} },
  ]);
  writeFileSync(dump, theirs);
  writeFileSync(join(rig.home, 'pm2.pid'), String(neighbour.pid));
  for (const command of ['resurrect', 'save', 'cleardump']) {
    const { code, stderr } = await rig.run(command);
    expect([command, code, rig.read(dump)]).toEqual([command, 0, theirs]);
    if (command !== 'cleardump') expect(stderr).toContain(`pid ${neighbour.pid}`);
  }
  expect((await rig.list()).map(({ name }) => name)).toEqual(['ours']);
});

test('an entry of dump.pm2 that cannot be started costs only itself, and is named', async ({ rig }) => {
  rig.write('app.js', STAY);
  await rig.must('ping');
  const entry = {
    pm_exec_path: join(rig.root, 'app.js'),
    pm_cwd: rig.root,
    exec_mode: 'fork_mode',
    status: 'online',
    env: {},
  };
  writeFileSync(
    join(rig.home, 'dump.pm2'),
    JSON.stringify([
      { ...entry, name: 'good', env: { COLOUR: 'green', NUMBER: 3, nested: { a: 1 } } },
      { ...entry, name: 'gone', pm_exec_path: join(rig.root, 'gone.js') },
      { ...entry, name: 'module', pmx_module: true },
    ]),
  );
  const { stderr } = await rig.run('resurrect');
  expect(stderr).toContain('gone');
  expect((await rig.list()).map(({ name }) => name)).toEqual(['good']);
  const { env } = await rig.call('app.env', { target: 'good' });
  expect(env.inherited).toMatchObject({ COLOUR: 'green', NUMBER: '3' });
  expect(env.inherited).not.toHaveProperty('nested');
});
