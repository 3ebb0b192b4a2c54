/** Somebody deletes the home, or part of it, under a running daemon: it is made anew, and nobody starts a second daemon. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const APP = `let n = 0; setInterval(() => console.log('line', n++), 20);`;

test('the home is deleted: it is made anew within seconds, and the next daemon finds everything as it was', {
  timeout: 60_000,
}, async ({ rig }) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js', '-i', '2', '-x');
  const before = await rig.list();
  const daemon = await rig.daemonPid();
  rmSync(rig.home, { recursive: true });
  // A command at once: it waits for the daemon that is there, and starts none.
  const list = JSON.parse(await rig.must('jlist')) as { pid: number }[];
  expect(list.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  expect(await rig.daemonPid()).toBe(daemon);
  expect(JSON.parse(readFileSync(rig.paths.state, 'utf8')).apps).toHaveLength(1);
  // Without what was made anew the next daemon would neither know of the apps nor read what they write.
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  const log = join(rig.paths.logs, 'app-out-0.log');
  const size = (): number => rig.read(log).length;
  const atFirst = size();
  await until(
    () => (size() > atFirst ? true : undefined),
    () => `lines in ${log}`,
  );
  expect((await rig.list()).map(({ pid, restarts }) => ({ pid, restarts }))).toEqual(
    before.map(({ pid }) => ({ pid, restarts: 0 })),
  );
  // An end is noticed as ever.
  process.kill(before[0]?.pid as number, 'SIGKILL');
  await until(
    async () => ((await rig.list())[0]?.restarts === 1 ? true : undefined),
    () => 'a restart',
  );
});

test('only the folder of the lives is deleted: apps can be started and stopped all the same', async ({ rig }) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js', '--name', 'first');
  rmSync(rig.paths.run, { recursive: true });
  await rig.must('start', 'app.js', '--name', 'second');
  await until(
    () => (existsSync(join(rig.paths.run, '0', 'record.json')) ? true : undefined),
    () => 'the record to be written again',
  );
  await rig.must('stop', 'all');
  expect((await rig.list()).map(({ status }) => status)).toEqual(['stopped', 'stopped']);
});

test('the folder of one life is deleted: the app can be stopped, and its keeper goes with it', async ({ rig }) => {
  rig.write('app.js', APP);
  await rig.must('start', 'app.js');
  rmSync(join(rig.paths.run, '0', '1'), { recursive: true });
  await rig.must('delete', 'app');
  expect(await rig.list()).toEqual([]);
});
