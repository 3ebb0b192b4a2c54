/**
 * Remembers with which options and variables each instance last went well, so that a crash can be shown with what has changed
 * since. Beside the instance's record; of secrets only a salted fingerprint.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChangedKey, changesBetween, printOf, type SpecPrint } from '../core/changed-keys.ts';
import type { AppSpec } from '../core/terms.ts';
import { replaceFile } from '../platform/durable-file.ts';
import { instanceFolder } from '../supervisor/record.ts';

const FILE = 'good.json';
const PRINT_LENGTH = 24;

interface GoodStart {
  readonly format: 1;
  readonly salt: string;
  readonly print: SpecPrint;
}

const digestWith =
  (salt: string) =>
  (text: string): string =>
    createHash('sha256').update(salt).update(text).digest('hex').slice(0, PRINT_LENGTH);

function read(run: string, id: number): GoodStart | null {
  try {
    const start = JSON.parse(readFileSync(join(instanceFolder(run, id), FILE), 'utf8')) as Partial<GoodStart>;
    return start.format === 1 && typeof start.salt === 'string' && typeof start.print === 'object'
      ? (start as GoodStart)
      : null;
  } catch {
    return null;
  }
}

/** A life with this spec went well. A disk that is full costs this knowledge, nothing else. */
export function noteGoodStart(run: string, id: number, spec: AppSpec): void {
  const before = read(run, id);
  const salt = before?.salt ?? randomBytes(16).toString('hex');
  const print = printOf(spec, digestWith(salt));
  if (before !== null && changesBetween(before.print, print).length === 0) return;
  const start: GoodStart = { format: 1, salt, print };
  try {
    replaceFile(join(instanceFolder(run, id), FILE), JSON.stringify(start), false);
  } catch {
    // It is being deleted, or the disk is full.
  }
}

/** @param main what runs in the slot beside a process that was to replace it; null: nothing does */
export function changesSinceGoodStart(
  run: string,
  id: number,
  spec: AppSpec,
  main: AppSpec | null,
): readonly ChangedKey[] {
  if (main !== null) {
    const digest = digestWith(randomBytes(16).toString('hex'));
    return changesBetween(printOf(main, digest), printOf(spec, digest));
  }
  const before = read(run, id);
  return before === null ? [] : changesBetween(before.print, printOf(spec, digestWith(before.salt)));
}
