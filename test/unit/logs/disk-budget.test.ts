import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogRules } from '../../../src/core/terms.ts';
import { DiskBudget, type KeptLog } from '../../../src/logs/disk-budget.ts';
import { until } from '../../helpers/until.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'upkeep-budget-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('a log that is opened again while its rotated file is compressed has it compressed in the end', async () => {
  const aside = join(folder, 'a.log.20260101T000000000Z');
  // Of more pieces than are compressed at once.
  writeFileSync(aside, 'a line that is long enough\n'.repeat(400_000));
  const log: KeptLog = {
    realPath: join(folder, 'a.log'),
    rules: { keep: 10, compress: true } as LogRules,
    knowStamp: () => {},
  };
  const budget = new DiskBudget(
    { diskBudgetBytes: 1e9, logFolder: folder, indexFolder: null },
    { now: Date.now, logs: () => [log], note: () => {} },
  );
  budget.opened(log);
  await until(
    () => (existsSync(`${aside}.gz.part`) ? true : undefined),
    () => 'compression to begin',
  );
  budget.opened(log);
  await until(
    () => (existsSync(aside) ? undefined : true),
    () => 'the rotated file to be compressed',
    10_000,
  );
  expect([existsSync(`${aside}.gz`), existsSync(`${aside}.gz.part`)]).toEqual([true, false]);
  await budget.stop();
});
