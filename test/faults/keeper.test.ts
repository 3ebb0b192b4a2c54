/** The keeper by itself: what the program gets of it, and that the program does not notice a daemon that dies before the first sign. */
import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FifoPool, openWriter } from '../../src/platform/fifo.ts';
import { readStatus, spawnKeeper } from '../../src/platform/spawn.ts';
import { until } from '../helpers/until.ts';

/** Starts a program under a keeper in a folder of its own, as the daemon does. */
async function launch(
  root: string,
  keeperScript: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ folder: string; keeperPid: number; lifeFd: number }> {
  const pool = new FifoPool(join(root, 'spare'));
  const folder = join(root, 'life');
  await pool.take(folder);
  const spawned = await spawnKeeper({
    folder,
    keeperScript,
    label: '0',
    command,
    cwd: process.cwd(),
    env: { PATH: process.env.PATH ?? '', ...env },
    uid: null,
    gid: null,
    withChannel: false,
    sockets: [],
  });
  if (!spawned.ok) throw new Error(spawned.failure.reason);
  return { folder, ...spawned.value };
}

/** Says that everything is read, and waits until the keeper has gone. */
async function collect(folder: string, keeperPid: number): Promise<void> {
  const stdin = openWriter(join(folder, 'in'));
  writeFileSync(stdin, '\nupkeep-collected\n');
  closeSync(stdin);
  await until(
    () => (readdirSync('/proc').includes(String(keeperPid)) ? undefined : true),
    () => 'the keeper to be gone',
  );
}

const exitOf = (folder: string): Promise<number> =>
  until(
    () => readStatus(folder).exitStatus ?? undefined,
    () => 'the exit status',
  );

function temporary(): string {
  const root = mkdtempSync(join(tmpdir(), 'upkeep-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

test('nobody reads the life FIFO any more: the program is started all the same, and its status is kept', async () => {
  const root = temporary();
  const wait = join(root, 'go');
  const script = join(root, 'script.sh');
  // Nothing is printed: output would need a reader of its own.
  writeFileSync(script, `while [ ! -e ${wait} ]; do sleep 0.01; done; exit 7`);
  // A keeper that waits until its daemon is gone, as one on a busy machine may.
  const keeper = join(root, 'keeper.sh');
  const gone = join(root, 'gone');
  writeFileSync(keeper, `while [ ! -e ${gone} ]; do sleep 0.01; done; . ./src/platform/shell/keeper.sh`);
  const { folder, keeperPid, lifeFd } = await launch(root, keeper, ['/bin/sh', script]);
  closeSync(lifeFd);
  writeFileSync(gone, '');
  await until(
    () => readStatus(folder).pid ?? undefined,
    () => 'the pid',
  );
  writeFileSync(wait, '');
  expect(await exitOf(folder)).toBe(7);
  await collect(folder, keeperPid);
});

test('a program gets each variable as it was given, whatever it is called, and no other; its pid is the one that is told', async () => {
  const root = temporary();
  const seen = join(root, 'seen');
  const given = { command: 'a', pid: 'b', word: 'c', rest: "it's $(d)", PWD: process.cwd() };
  const program = ['/bin/sh', '-c', `echo $$ >${seen}.pid; tr '\\0' '\\n' </proc/$$/environ >${seen}`];
  const { folder, keeperPid, lifeFd } = await launch(root, './src/platform/shell/keeper.sh', program, given);
  expect(await exitOf(folder)).toBe(0);
  closeSync(lifeFd);
  const variables = readFileSync(seen, 'utf8').trim().split('\n').sort();
  const expected = Object.entries({ ...given, PATH: process.env.PATH }).map(([name, value]) => `${name}=${value}`);
  expect(variables).toEqual(expected.sort());
  expect(readFileSync(`${seen}.pid`, 'utf8')).toBe(`${readStatus(folder).pid}\n`);
  await collect(folder, keeperPid);
});
