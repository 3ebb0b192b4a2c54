/**
 * The law of rotation: when a log file ends, at which byte, how its successors are named and which
 * of them go. Without it a decision about deleting users' files would hide between system calls,
 * where no test can reach every case.
 */
import { compileDateFormat } from './date-format.ts';
import { characterBorder, lastLineEnd, NEWLINE } from './lines.ts';

/** What is known of a file that is being written. */
export interface WrittenFile {
  readonly bytes: number;
  /** Its last byte is not a newline. */
  readonly midLine: boolean;
  readonly bornAt: number;
}

export interface RotationLimits {
  /** 0: never by size. */
  readonly maxSizeBytes: number;
  /** 0: never by age. */
  readonly maxAgeMs: number;
}

/** Write so many bytes of the chunk; then, if `rotate`, begin a new file and ask again for the rest. */
export interface AppendPlan {
  readonly writeBytes: number;
  readonly rotate: boolean;
}

/**
 * Where a chunk has to be cut so that no line is split between two files. A line that would make a
 * file twice as large as allowed is split after all: a program that writes no newline must not fill the disk.
 */
export function planAppend(file: WrittenFile, limits: RotationLimits, chunk: Uint8Array, now: number): AppendPlan {
  const limit = limits.maxSizeBytes > 0 ? limits.maxSizeBytes : Number.POSITIVE_INFINITY;
  const aged = limits.maxAgeMs > 0 && file.bytes > 0 && now - file.bornAt >= limits.maxAgeMs;
  if (!aged && file.bytes + chunk.length <= limit) return { writeBytes: chunk.length, rotate: false };
  if (aged && !file.midLine) return { writeBytes: 0, rotate: true };

  const room = aged ? 0 : limit - file.bytes;
  const border = room > 0 ? lastLineEnd(chunk.subarray(0, room)) : 0;
  if (border > 0) return { writeBytes: border, rotate: true };
  if (file.bytes > 0 && !file.midLine) return { writeBytes: 0, rotate: true };

  const hardEnd = 2 * limit - file.bytes;
  const newline = chunk.indexOf(NEWLINE, Math.max(0, room));
  if (newline !== -1 && newline < hardEnd) {
    const end = newline + 1;
    // At the very end of the chunk the new file can wait until there is something to put in it.
    return { writeBytes: end, rotate: end < chunk.length };
  }
  if (chunk.length < hardEnd) return { writeBytes: chunk.length, rotate: false };
  const cut = hardEnd <= 0 ? 0 : characterBorder(chunk, hardEnd);
  return { writeBytes: file.bytes === 0 ? Math.max(1, cut) : cut, rotate: true };
}

const writeStamp = compileDateFormat('YYYYMMDD[T]HHmmssSSS[Z]');

/** `20261122T101112123Z`: sorts by time as text. */
export function rotationStamp(at: number): string {
  return writeStamp(at, 0);
}

/** When a stamp was made; 0: it is none. */
export function instantOfStamp(stamp: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(stamp);
  if (parts === null) return 0;
  const [, year, month, day, hour, minute, second, ms] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}

/** `plain` as rotated, `gzip` when compressed, `part` while that is being done. */
export type RotatedForm = 'plain' | 'gzip' | 'part';

export interface RotatedName {
  /** Name of the file that was rotated. */
  readonly base: string;
  readonly stamp: string;
  readonly form: RotatedForm;
}

const ROTATED = /^(.+)\.(\d{8}T\d{9}Z)(\.gz|\.gz\.part)?$/s;

/** Recognises the name (or path) of a rotated file. Nothing that does not match is ever deleted. */
export function parseRotatedName(name: string): RotatedName | null {
  const match = ROTATED.exec(name);
  if (match === null) return null;
  const [, base = '', stamp = '', ending] = match;
  return { base, stamp, form: ending === undefined ? 'plain' : ending === '.gz' ? 'gzip' : 'part' };
}

export interface RotatedFile extends RotatedName {
  readonly path: string;
  readonly bytes: number;
}

/** Oldest first; at the same instant the order is by name, so that it is the same on every run. */
export function byAge(a: RotatedFile, b: RotatedFile): number {
  return a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Those of one file's rotated files that are too many. A file in both forms counts once. */
export function beyondKeep(rotated: readonly RotatedFile[], keep: number): RotatedFile[] {
  const stamps = [...new Set(rotated.map((file) => file.stamp))].sort();
  const gone = new Set(stamps.slice(0, Math.max(0, stamps.length - Math.max(0, keep))));
  return rotated.filter((file) => gone.has(file.stamp));
}

/** What must go, oldest first and of whichever app, so that all files fit the budget. Files in use are never chosen. */
export function overBudget(rotated: readonly RotatedFile[], bytesInUse: number, budgetBytes: number): RotatedFile[] {
  if (budgetBytes <= 0) return [];
  let total = bytesInUse;
  for (const file of rotated) total += file.bytes;
  const victims: RotatedFile[] = [];
  for (const file of [...rotated].sort(byAge)) {
    if (total <= budgetBytes) break;
    // A file that is being compressed is its own copy for a moment; the copy is not the one to go.
    if (file.form === 'part') continue;
    victims.push(file);
    total -= file.bytes;
  }
  return victims;
}

export type Leftover = { readonly path: string; readonly act: 'delete' | 'compress' };

/** What a daemon that died while compressing left behind, and what to do with it. `compress`: the user's wish for this file. */
export function tidyLeftovers(rotated: readonly RotatedFile[], compress: boolean): Leftover[] {
  const compressed = new Set(
    rotated.filter((file) => file.form === 'gzip').map((file) => `${file.base}.${file.stamp}`),
  );
  const todo: Leftover[] = [];
  for (const file of [...rotated].sort(byAge)) {
    if (file.form === 'part') todo.push({ path: file.path, act: 'delete' });
    // A `.gz` gets its name only when it is complete, so the plain one is the copy.
    else if (file.form === 'plain' && compressed.has(`${file.base}.${file.stamp}`))
      todo.push({ path: file.path, act: 'delete' });
    else if (file.form === 'plain' && compress) todo.push({ path: file.path, act: 'compress' });
  }
  return todo;
}
