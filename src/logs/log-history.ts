/**
 * A log file together with its rotated predecessors, read as one. Without it everybody who reads logs
 * would have to know how they are rotated and compressed, and would lose lines while it happens.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { byAge } from '../core/rotation.ts';
import { originOf } from './compressor.ts';
import { rotatedOf } from './rotated-files.ts';

/** Longer than the origin that the pump writes at the beginning of a `.gz`. */
const HEAD_BYTES = 64;
/** No rotated file is that large unless somebody set the limits so; a damaged one must not fill the memory. */
const UNZIPPED_LIMIT_BYTES = 512 * 1024 * 1024;

/** The file in use, opened before its predecessors are listed, so that a rotation in between hides nothing. */
export interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  readonly bytes: number;
}

export function openLog(path: string): OpenLog | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isFile()) return { fd, inode: stat.ino, bytes: stat.size };
    closeSync(fd);
  } catch {
    // not there, or not ours to read
  }
  return null;
}

export interface Predecessor {
  readonly path: string;
  readonly gzip: boolean;
  /** Of the file as it was when it was written to, also when it is compressed now; null: unknown. */
  readonly inode: number | null;
  /** null for a compressed one. */
  readonly bytes: number | null;
}

function predecessorOf(path: string, gzip: boolean): Predecessor | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!gzip) {
        const stat = fstatSync(fd);
        return { path, gzip, inode: stat.ino, bytes: stat.size };
      }
      const head = Buffer.alloc(HEAD_BYTES);
      const length = readSync(fd, head, 0, HEAD_BYTES, 0);
      return { path, gzip, inode: originOf(head.subarray(0, length)), bytes: null };
    } finally {
      closeSync(fd);
    }
  } catch {
    // Compressed since it was listed, or deleted.
    return gzip ? null : predecessorOf(`${path}.gz`, true);
  }
}

/** Newest first. A file that is there in both forms is given once. */
export function* predecessors(path: string, current: OpenLog | null): Generator<Predecessor> {
  let realPath = path;
  try {
    realPath = realpathSync(path);
  } catch {
    // between two files, or never written: its predecessors stand under the name itself
  }
  const seen = new Set<string>();
  // Twice, because a file that is being replaced by its `.gz` can be missed in both forms by one listing.
  for (const file of [...rotatedOf(realPath), ...rotatedOf(realPath)].sort(byAge).reverse()) {
    if (file.form === 'part' || seen.has(file.stamp)) continue;
    seen.add(file.stamp);
    const found = predecessorOf(file.path, file.form === 'gzip');
    // A plain file with the inode of the open one: it was rotated after we had opened it.
    if (found === null || (!found.gzip && found.inode === current?.inode)) continue;
    yield found;
  }
}

/** All bytes of a rotated file; empty when it has gone or is damaged. */
export function contentOf(file: Predecessor): Buffer {
  try {
    const bytes = readFileSync(file.path);
    return file.gzip ? gunzipSync(bytes, { maxOutputLength: UNZIPPED_LIMIT_BYTES }) : bytes;
  } catch {
    return file.gzip ? Buffer.alloc(0) : contentOf({ ...file, path: `${file.path}.gz`, gzip: true });
  }
}
