/**
 * The files of one log, oldest first: what Upkeep rotated, what another program rotated beside it, and the file in use. Without
 * the times between which each was written every search would open and unzip all of them.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { instantOfStamp, parseRotatedName } from '../../core/rotation.ts';
import { originOf } from '../compressor.ts';
import type { OpenLog } from '../log-history.ts';
import { indexPath, openIndex, type TimeIndex } from '../time-index.ts';

export interface Segment {
  readonly path: string;
  readonly form: 'plain' | 'gzip';
  /** The file in use, opened when the search began and read up to its end of then; null: a rotated one. */
  readonly current: OpenLog | null;
  /** null: in use, or rotated by another program. */
  readonly stamp: string | null;
  readonly realPath: string;
  /** Written between these, in ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

export type OpenSegment = { readonly index: TimeIndex | null; readonly inode: number | null } & (
  | { readonly form: 'plain'; readonly fd: number; readonly bytes: number }
  | { readonly form: 'gzip'; readonly fd: number }
);

/** Longer than the origin that the pump writes at the beginning of a `.gz`. */
const HEAD_BYTES = 64;
/** `.1`, `.2.gz`, `-20261124`, `-20261124.gz`: as logrotate names them. */
const FOREIGN = /^(?:\.\d{1,4}|[-.]\d{8}(?:[-T]?\d{2,10})?)(\.gz)?$/;

/** Names of a folder by the log that they are a rotated file of. Read once for all logs of a search. */
export class Folders {
  readonly #names = new Map<string, readonly string[]>();

  #list(folder: string): readonly string[] {
    let names = this.#names.get(folder);
    if (names === undefined) {
      // Twice, because a file that is being replaced by its `.gz` can be missed in both forms by one listing.
      names = [...new Set([...namesIn(folder), ...namesIn(folder)])].sort();
      this.#names.set(folder, names);
    }
    return names;
  }

  /** Names in the folder that begin with this one, and are longer. */
  beside(realPath: string): readonly string[] {
    const names = this.#list(dirname(realPath));
    const name = basename(realPath);
    let [low, high] = [0, names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((names[middle] ?? '') <= name) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (names[end]?.startsWith(name) === true) end++;
    return names.slice(low, end);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // between two files, or never written: its predecessors stand under the name itself
  }
}

interface Rotated {
  readonly path: string;
  readonly form: 'plain' | 'gzip';
  readonly stamp: string | null;
  readonly to: number;
}

function rotatedOf(realPath: string, folders: Folders, currentInode: number | null): Rotated[] {
  const [folder, name] = [dirname(realPath), basename(realPath)];
  const found = new Map<string, Rotated>();
  for (const candidate of folders.beside(realPath)) {
    const path = join(folder, candidate);
    const ours = parseRotatedName(candidate);
    if (ours !== null && ours.base === name && ours.form !== 'part') {
      const known = found.get(ours.stamp);
      // In both forms: the `.gz` is there only when it is whole.
      if (known === undefined || ours.form === 'gzip')
        found.set(ours.stamp, { path, form: ours.form, stamp: ours.stamp, to: instantOfStamp(ours.stamp) });
      continue;
    }
    const foreign = FOREIGN.exec(candidate.slice(name.length));
    if (foreign === null) continue;
    try {
      const stat = statSync(path);
      if (!stat.isFile() || stat.ino === currentInode) continue;
      const form = foreign[1] === undefined ? 'plain' : 'gzip';
      found.set(candidate, { path, form, stamp: null, to: stat.mtimeMs });
    } catch {
      // gone since
    }
  }
  return [...found.values()].sort((a, b) => a.to - b.to || (a.path < b.path ? -1 : 1));
}

/** It was rotated, and perhaps compressed, after it had been opened as the one in use. */
function isSameFile({ path, form }: Rotated, current: OpenLog): boolean {
  try {
    if (form === 'plain') return statSync(path).ino === current.inode;
    // While it is open its inode number is given to no other file.
    return fstatSync(current.fd).nlink === 0 && originAt(path) === current.inode;
  } catch {
    return false; // compressed or deleted since it was listed
  }
}

function originAt(path: string): number | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readOrigin(fd);
  } finally {
    closeSync(fd);
  }
}

function readOrigin(fd: number): number | null {
  const head = Buffer.alloc(HEAD_BYTES);
  return originOf(head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)));
}

/** Oldest first. */
export function segmentsOf(path: string, current: OpenLog | null, folders: Folders): Segment[] {
  const realPath = realPathOf(path);
  const segments: Segment[] = [];
  let from = 0;
  for (const file of rotatedOf(realPath, folders, current?.inode ?? null)) {
    if (current !== null && isSameFile(file, current)) continue;
    segments.push({ ...file, current: null, realPath, from });
    from = Math.max(from, file.to);
  }
  if (current !== null) {
    const { mtimeMs } = fstatSync(current.fd);
    segments.push({ path, form: 'plain', current, stamp: null, realPath, from, to: Math.max(mtimeMs, from) });
  }
  return segments;
}

/** null: there is none, or the file is another program's. */
function indexOf(segment: Segment, folder: string | null, fd: number, inode: number | null): TimeIndex | null {
  const { realPath, stamp, current, form } = segment;
  if (folder === null || inode === null || (stamp === null && current === null)) return null;
  const bytes = (): number | null => (form === 'plain' ? fstatSync(fd).size : null);
  const index = openIndex(indexPath(folder, realPath, stamp), inode, bytes);
  if (index !== null || current === null) return index;
  // The file may be rotated while it is searched; its index then has another name.
  const stamps = new Folders().beside(realPath).flatMap((name) => parseRotatedName(name)?.stamp ?? []);
  const last = stamps[stamps.length - 1];
  return last === undefined ? null : openIndex(indexPath(folder, realPath, last), inode, bytes);
}

/** null: it has gone. A rotated file may have been compressed since it was listed. */
export function openSegment(segment: Segment, indexFolder: string | null): OpenSegment | null {
  const { current } = segment;
  if (current !== null) {
    const { fd, inode, bytes } = current;
    return { form: 'plain', fd, bytes, inode, index: indexOf(segment, indexFolder, fd, inode) };
  }
  try {
    const fd = openSync(segment.path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (segment.form === 'plain') {
      const { ino, size } = fstatSync(fd);
      return { form: 'plain', fd, bytes: size, inode: ino, index: indexOf(segment, indexFolder, fd, ino) };
    }
    const inode = readOrigin(fd);
    return { form: 'gzip', fd, inode, index: indexOf(segment, indexFolder, fd, inode) };
  } catch {
    if (segment.form === 'gzip') return null;
    return openSegment({ ...segment, path: `${segment.path}.gz`, form: 'gzip' }, indexFolder);
  }
}

export function closeSegment(segment: OpenSegment): void {
  try {
    closeSync(segment.fd);
  } catch {
    // closed already
  }
}
