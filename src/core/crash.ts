/**
 * Which ends are crashes, which of them are recorded, and under which name. Without one rule a stop by command would leave a
 * crash record, or a crash loop would fill the disk with a thousand of the same.
 */
import type { After } from './instance.ts';
import { safeName } from './log-paths.ts';
import type { CrashRules, Exit, RestartRules } from './terms.ts';

/** What an app without rules of its own has: lists of before have none. */
export const DEFAULT_CRASH_RULES: CrashRules = { keep: 20, heapSnapshot: false };

export const crashRulesOf = (spec: { readonly crash?: CrashRules }): CrashRules => spec.crash ?? DEFAULT_CRASH_RULES;

/** Ends of one instance that are closer together belong to one loop. */
const LOOP_GAP_MS = 300_000;
/** The first ones of a loop are all recorded, then the fourth, the eighth, … */
const FIRST_OF_LOOP = 3;
/** A loop that goes on and on is recorded this often at least. */
const LOOP_RECORD_MS = 6 * 3_600_000;

/** Why the end of a process that an earlier boot of the machine took with it is not known. */
export const REBOOTED: Exit = { kind: 'unknown', why: 'the machine was restarted' };

/**
 * @param after what was to follow; null: nobody asked for the end
 * @returns it ended otherwise than anybody wanted
 */
export function isCrash(exit: Exit, after: After | null, { stopExitCodes }: RestartRules): boolean {
  if (after !== null) return after.kind === 'judge';
  switch (exit.kind) {
    case 'code':
      return exit.code !== 0 && !stopExitCodes.includes(exit.code);
    case 'signal':
      return true;
    case 'unknown':
      return exit.why !== (REBOOTED as { readonly why: string }).why;
  }
}

/** Crashes of one instance in a row. */
export interface CrashLoop {
  /** 1: the first, or the only one. */
  readonly count: number;
  readonly lastAt: number;
  readonly recordedAt: number;
}

/** @returns the loop with this crash in it, and whether it is recorded */
export function nextInLoop(
  before: CrashLoop | null,
  at: number,
): { readonly loop: CrashLoop; readonly isRecorded: boolean } {
  if (before === null || Math.abs(at - before.lastAt) > LOOP_GAP_MS)
    return { loop: { count: 1, lastAt: at, recordedAt: at }, isRecorded: true };
  const count = before.count + 1;
  const isRecorded = count <= FIRST_OF_LOOP || (count & (count - 1)) === 0 || at - before.recordedAt >= LOOP_RECORD_MS;
  return { loop: { count, lastAt: at, recordedAt: isRecorded ? at : before.recordedAt }, isRecorded };
}

/** A folder's name has 255 bytes at most. */
const LONGEST_NAME = 120;

/** How an app's name stands in the names of its records. */
export const nameInCrash = (name: string): string => safeName(name).slice(0, LONGEST_NAME);

/** Name of the folder of a crash record: sorts by time, and tells whose it is. */
export const crashName = (at: number, name: string, id: number): string =>
  `${new Date(at).toISOString().replace(/[-:.]/g, '')}-${nameInCrash(name)}-${id}`;

/** null: not the name of a crash record. */
export function parseCrashName(
  folder: string,
): { readonly stamp: string; readonly app: string; readonly id: number } | null {
  const [, stamp = '', app = '', id = ''] = /^(\d{8}T\d{9}Z)-(.+)-(\d+)$/s.exec(folder) ?? [];
  return stamp === '' ? null : { stamp, app, id: Number(id) };
}

export interface KeptCrash {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Which records go, oldest first: those of the app beyond what it keeps, then any until the home is within its bounds. The
 * newest always stays.
 */
export function outdatedCrashes(
  kept: readonly KeptCrash[],
  app: { readonly name: string; readonly keep: number },
  home: { readonly most: number; readonly bytes: number },
): readonly string[] {
  const oldestFirst = kept
    .filter(({ folder }) => parseCrashName(folder) !== null)
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const ofApp = oldestFirst.filter(({ folder }) => parseCrashName(folder)?.app === nameInCrash(app.name));
  const gone = new Set(ofApp.slice(0, Math.max(0, ofApp.length - Math.max(1, app.keep))).map(({ folder }) => folder));
  let left = oldestFirst.filter(({ folder }) => !gone.has(folder));
  let bytes = left.reduce((sum, one) => sum + one.bytes, 0);
  while (left.length > 1 && (left.length > home.most || bytes > home.bytes)) {
    const [oldest, ...rest] = left;
    if (oldest !== undefined) {
      gone.add(oldest.folder);
      bytes -= oldest.bytes;
    }
    left = rest;
  }
  return [...gone];
}
