/**
 * When which part of a log file was written: a small file beside the home's logs for each, read by searches. Without it
 * `--since` on a large log would read all of it, and lines that tell no time would have none.
 *
 * A header (magic, inode of the log, whether its times only grow), then records of 12 bytes: what stands in the log from this
 * offset on was written at this time or up to a second later. The names follow the log's through its rotations.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from '../platform/paths.ts';

const MAGIC = 'upkidx1\n';
export const HEADER_BYTES = 24;
export const RECORD_BYTES = 12;
const INODE_AT = 8;
export const DISORDER_AT = 16;
/** A record is for everything within this time of it. */
export const RESOLUTION_MS = 1000;
/** File systems take 255 bytes; a stamp and some room are left. */
const LONGEST_NAME = 200;
/** More of an index is not read: 5 million records. The oldest are left out then. */
const LARGEST_READ_BYTES = 64 * 1024 * 1024;

/** The index of a log (of one that was rotated: with its stamp). Named by the log's real path, so that two never share one. */
export function indexPath(folder: string, realPath: string, stamp: string | null): string {
  const name = encodeURIComponent(realPath);
  const short = name.length <= LONGEST_NAME ? name : `~${fingerprint(realPath)}`;
  return join(folder, stamp === null ? short : `${short}.${stamp}`);
}

/** The log that an index belongs to, by its name; null: its name does not tell. */
export function logOfIndex(name: string): string | null {
  if (name.startsWith('~')) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

export function headerOf(inode: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeDoubleLE(inode, INODE_AT);
  return header;
}

/** null: it is no header. */
export function inodeOfHeader(header: Buffer): number | null {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  return header.readDoubleLE(INODE_AT);
}

export function recordOf(at: number, offset: number): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUIntLE(Math.max(0, Math.floor(at)), 0, 6);
  record.writeUIntLE(offset, 6, 6);
  return record;
}

export class TimeIndex {
  readonly #records: Buffer;
  readonly count: number;
  /** Times only grow. */
  readonly isOrdered: boolean;

  constructor(records: Buffer, isOrdered: boolean) {
    this.#records = records;
    this.count = Math.floor(records.length / RECORD_BYTES);
    this.isOrdered = isOrdered;
  }

  at(record: number): number {
    return this.#records.readUIntLE(record * RECORD_BYTES, 6);
  }

  offset(record: number): number {
    return this.#records.readUIntLE(record * RECORD_BYTES + 6, 6);
  }

  /** The record in whose part this offset lies; -1: it was written before the first. */
  recordOf(offset: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offset(middle) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The first record of this time or a later one; `count`: there is none. */
  firstFrom(at: number): number {
    if (!this.isOrdered) {
      for (let record = 0; record < this.count; record++) if (this.at(record) >= at) return record;
      return this.count;
    }
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) >= at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * The index of a file, or null: there is none, it is another file's, or the file was emptied since.
 *
 * @param inode of the log, also before it was compressed
 * @param bytes of the log, asked when the index has been read: both may be growing; null: not known
 */
export function openIndex(path: string, inode: number, bytes: () => number | null): TimeIndex | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES || inodeOfHeader(header) !== inode) return null;
    const index = new TimeIndex(readRecords(fd), header[DISORDER_AT] === 0);
    if (index.count === 0) return null;
    const size = bytes();
    return size !== null && index.offset(index.count - 1) > size ? null : index;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function readRecords(fd: number): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (let at = HEADER_BYTES; ; ) {
    const piece = Buffer.allocUnsafe(64 * 1024 - ((64 * 1024) % RECORD_BYTES));
    const length = readSync(fd, piece, 0, piece.length, at);
    if (length === 0) break;
    pieces.push(piece.subarray(0, length));
    total += length;
    at += length;
    while (total > LARGEST_READ_BYTES && pieces.length > 1) total -= pieces.shift()?.length ?? 0;
  }
  return Buffer.concat(pieces);
}
