/**
 * Files that are whole or not there: written beside, then renamed, with a last good copy where it matters.
 * Without it a full disk or a power cut in the middle of a write would cost the user's list of apps.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withSpare } from './spare-descriptor.ts';

const PRIVATE = 0o600;

const writeWhole = (path: string, content: string | Uint8Array, durable: boolean): void =>
  withSpare(() => writeNow(path, content, durable));

function writeNow(path: string, content: string | Uint8Array, durable: boolean): void {
  const fd = openSync(path, 'w', PRIVATE);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    if (durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Replaces a file in one step; on any error the old one stays and the error is thrown.
 * @param durable also survives a power cut (fsync of file and folder); otherwise only the death of processes
 */
export function replaceFile(path: string, content: string | Uint8Array, durable: boolean): void {
  const fresh = `${path}.new`;
  try {
    writeWhole(fresh, content, durable);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  if (durable) withSpare(() => syncFolder(dirname(path)));
}

/** One write of so much goes into the page cache as a whole: whoever is killed leaves the old text or the new one. */
const WHOLE_WRITE_BYTES = 4096;

/**
 * Like `replaceFile`, not durable, but a small file is written where it is, and what is left of a longer text becomes spaces: for
 * formats to which spaces at the end mean nothing. A new file each time would leave the old one's inode behind, and ext4, which
 * does not use an inode again for five seconds, searches past all of those for each file that anybody makes.
 */
export function rewriteFile(path: string, text: string): void {
  const bytes = Buffer.from(text);
  if (bytes.length > WHOLE_WRITE_BYTES || !withSpare(() => overwrite(path, bytes))) replaceFile(path, bytes, false);
}

/** @returns false: it cannot be done with one write, or there is nothing yet: made here, it would be left empty on a full disk */
function overwrite(path: string, bytes: Buffer): boolean {
  if (!existsSync(path)) return false;
  const fd = openSync(path, constants.O_WRONLY);
  try {
    const { size } = fstatSync(fd);
    const whole = size > bytes.length ? Buffer.concat([bytes, Buffer.alloc(size - bytes.length, ' ')]) : bytes;
    return whole.length <= WHOLE_WRITE_BYTES && writeSync(fd, whole, 0, whole.length, 0) === whole.length;
  } finally {
    closeSync(fd);
  }
}

/** Like `replaceFile`, not durable, and without holding up the caller: for what is large and can be done without. */
export async function replaceFileBeside(path: string, content: Uint8Array): Promise<void> {
  const fresh = `${path}.next`;
  try {
    await writeFile(fresh, content, { mode: PRIVATE });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Like `replaceFile`, durable, and the file that was there stays as `<path>.bak`. */
export function replaceFileKeepingLast(path: string, text: string): void {
  const fresh = `${path}.new`;
  const last = `${path}.bak`;
  try {
    writeWhole(fresh, text, true);
    if (existsSync(path)) {
      rmSync(last, { force: true });
      linkSync(path, last);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export type ReadOutcome<T> =
  | {
      readonly kind: 'read';
      readonly value: T /** What was wrong with the newer file, if the copy was taken. */;
      readonly note: string | null;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly note: string };

/**
 * Reads a file, or its last good copy. A file that does not parse is set aside (`<path>.broken-<n>`), never
 * overwritten.
 * @param parse throws on a text that is not whole
 */
export function readWithLastGood<T>(path: string, parse: (text: string) => T): ReadOutcome<T> {
  const notes: string[] = [];
  for (const candidate of [path, `${path}.bak`]) {
    let text: string;
    try {
      text = readFileSync(candidate, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') notes.push(`${candidate}: ${(error as Error).message}`);
      continue;
    }
    try {
      return {
        kind: 'read',
        value: parse(text),
        note: notes.length === 0 ? null : `${notes.join('; ')}; took ${candidate}`,
      };
    } catch (error) {
      notes.push(`${candidate} cannot be read (${(error as Error).message}), set aside as ${setAside(candidate)}`);
    }
  }
  return notes.length === 0 ? { kind: 'absent' } : { kind: 'unreadable', note: notes.join('; ') };
}

/** Out of the way of what is written next, under a name of its own. @returns that name */
export function setAside(path: string): string {
  for (let n = 1; ; n++) {
    const aside = `${path}.broken-${n}`;
    if (existsSync(aside)) continue;
    renameSync(path, aside);
    return aside;
  }
}
