/** The daemon dies between the start of a keeper and the keeper's first sign: the program must not notice. */
import { closeSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FifoPool, openWriter } from '../../src/platform/fifo.ts';
import { readStatus, spawnKeeper } from '../../src/platform/spawn.ts';
import { until } from '../helpers/until.ts';

test('nobody reads the life FIFO any more: the program is started all the same, and its status is kept', async () => {
  const root = mkdtempSync(join(tmpdir(), 'upkeep-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const pool = new FifoPool(join(root, 'spare'));
  const folder = join(root, 'life');
  await pool.take(folder);
  const wait = join(root, 'go');
  const script = join(root, 'script.sh');
  // Nothing is printed: output would need a reader of its own.
  writeFileSync(script, `while [ ! -e ${wait} ]; do sleep 0.01; done; exit 7`);
  // A keeper that waits until its daemon is gone, as one on a busy machine may.
  const keeper = join(root, 'keeper.sh');
  const gone = join(root, 'gone');
  writeFileSync(keeper, `while [ ! -e ${gone} ]; do sleep 0.01; done; . ./src/platform/shell/keeper.sh`);
  const spawned = await spawnKeeper({
    folder,
    keeperScript: keeper,
    label: '0',
    command: ['/bin/sh', script],
    cwd: process.cwd(),
    env: { PATH: process.env.PATH ?? '' },
    uid: null,
    gid: null,
    withChannel: false,
    sockets: [],
  });
  if (!spawned.ok) throw new Error(spawned.failure.reason);
  closeSync(spawned.value.lifeFd);
  writeFileSync(gone, '');
  await until(
    () => readStatus(folder).pid ?? undefined,
    () => 'the pid',
  );
  writeFileSync(wait, '');
  expect(
    await until(
      () => readStatus(folder).exitStatus ?? undefined,
      () => 'the exit status',
    ),
  ).toBe(7);
  const stdin = openWriter(join(folder, 'in'));
  writeFileSync(stdin, '\nupkeep-collected\n');
  closeSync(stdin);
  await until(
    () => (readdirSync('/proc').includes(String(spawned.value.keeperPid)) ? undefined : true),
    () => 'the keeper to be gone',
  );
});
