/**
 * A log after a place in pieces of bounded size, through any rotation and compression. Without the bound somebody who comes back
 * after a day would have to hold what was written meanwhile in memory, all of it.
 */
import { closeSync, createReadStream, existsSync, read, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { LineAssembler, lastLineEnd } from '../core/lines.ts';
import type { FileHead, FilePosition } from '../protocol/control.ts';
import { beginningOf, headOf, isHeadOf } from './file-head.ts';
import { textLines } from './line-text.ts';
import { type OpenLog, openLog, type Predecessor, predecessors } from './log-history.ts';

const PIECE_BYTES = 256 * 1024;
/** The time of a file is that of the kernel's last tick. */
const CLOCK_STEP_MS = 20;

/** Of a place before all that there is of a log: no file has this number. */
export const BEFORE_ALL = 0;

/** A position, with the mark of the file that it is in; null: the file was empty, or could not be read. */
export interface LogPlace extends FilePosition {
  readonly head: FileHead | null;
}

export interface Piece {
  readonly texts: readonly string[];
  /** After them; at the beginning of a line. */
  readonly place: LogPlace;
  /** Something before them is not there any more. */
  readonly isAfterGap: boolean;
}

interface Way {
  /** Oldest first; without the one in use. */
  readonly files: readonly Predecessor[];
  /** In the first of them, or in the one in use. */
  readonly offset: number;
  readonly isAfterGap: boolean;
}

/** @param knownAt when the place was good: of files that are older everything was read */
async function wayFrom(place: LogPlace, log: OpenLog, knownAt: number): Promise<Way> {
  const { head, inode, offset, path } = place;
  const isMarked = head !== null && head.bytes > 0;
  const isCurrent = log.inode === inode && log.bytes >= offset;
  if (isCurrent && isMarked && isHeadOf(head, beginningOf(log.fd))) return { files: [], offset, isAfterGap: false };
  const newer: Predecessor[] = [];
  /** Of an empty file nothing is known: then the oldest that was written to since is meant. */
  let unmarked: readonly Predecessor[] | null = null;
  for (const file of predecessors(path, log)) {
    newer.unshift(file);
    const isLongEnough = file.bytes === null || file.bytes >= offset;
    if (file.inode !== inode || !isLongEnough) continue;
    if (!isMarked && isSince(file, knownAt)) unmarked = [...newer];
    if (isMarked && isHeadOf(head, await firstOf(contentAfter(file, 0))))
      return { files: newer, offset, isAfterGap: false };
  }
  if (inode === BEFORE_ALL)
    return { files: newer.filter((file) => isSince(file, knownAt)), offset: 0, isAfterGap: false };
  if (unmarked !== null) return { files: unmarked, offset, isAfterGap: false };
  if (isCurrent && !isMarked) return { files: [], offset, isAfterGap: false };
  // Emptied in place: it goes on at its beginning.
  if (log.inode === inode) return { files: [], offset: 0, isAfterGap: false };
  return { files: newer.filter((file) => isSince(file, knownAt)), offset: 0, isAfterGap: true };
}

const isSince = ({ path }: Predecessor, instant: number): boolean => modifiedAt(path) >= instant - CLOCK_STEP_MS;

async function firstOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const chunk of chunks) return chunk;
  return Buffer.alloc(0);
}

function modifiedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** The newest of these files that `until` is in, null standing for the one in use; -1: none of them. */
async function lastToRead(files: readonly (Predecessor | null)[], until: FilePosition, log: OpenLog): Promise<number> {
  const { head = null, inode } = until;
  const isMarked = head !== null && head.bytes > 0;
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i] ?? null;
    if ((file === null ? log.inode : file.inode) !== inode) continue;
    const beginning = file === null ? beginningOf(log.fd) : await firstOf(contentAfter(file, 0));
    if (!isMarked || isHeadOf(head, beginning)) return i;
  }
  return -1;
}

/**
 * All whole lines after `place`, to the end of the file in use as it was when this began.
 * @param knownAt when the place was good, ms since the epoch
 * @param until what stands after this is not given
 */
export async function* piecesAfter(place: LogPlace, knownAt: number, until?: FilePosition): AsyncGenerator<Piece> {
  const { path } = place;
  const log = openLog(path);
  if (log === null) return;
  try {
    const way = await wayFrom(place, log, knownAt);
    const lines = new LineAssembler();
    let { isAfterGap } = way;
    let last = place;
    const files = [...way.files, null];
    const lastIndex = until === undefined ? -1 : await lastToRead(files, until, log);
    for (const [index, file] of files.entries()) {
      const limit = until !== undefined && index === lastIndex ? until.offset : Number.POSITIVE_INFINITY;
      const offset = index === 0 ? way.offset : 0;
      const inode = file === null ? log.inode : file.inode;
      let head = offset > 0 ? place.head : null;
      let at = offset;
      const chunks = file === null ? openContent(log, offset) : contentAfter(file, offset);
      for await (const all of chunks) {
        if (at === 0) head = headOf(all);
        const chunk = all.subarray(0, Math.max(0, limit - at));
        if (chunk.length === 0) break;
        const whole = lines.push(chunk);
        if (whole !== null) {
          // A compressed file of unknown origin cannot be pointed at: after a break it is read again.
          if (inode !== null) last = { path, inode, offset: at + lastLineEnd(chunk), head };
          yield { texts: textLines(whole), place: last, isAfterGap };
          isAfterGap = false;
        }
        at += chunk.length;
      }
      if (index === lastIndex) break;
      // Deleted since it was listed.
      if (file !== null && at === 0 && !existsSync(file.path)) isAfterGap = true;
    }
    // Told even if nothing came: the place of before is not there any more.
    if (isAfterGap) yield { texts: [], place: { path, inode: log.inode, offset: 0, head: null }, isAfterGap };
  } finally {
    closeSync(log.fd);
  }
}

const readInto = promisify(read);

/** Up to the end that the file had when it was opened: what is written meanwhile has its turn later. */
async function* openContent({ fd, bytes }: OpenLog, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; at < bytes; ) {
    const block = Buffer.alloc(Math.min(PIECE_BYTES, bytes - at));
    const { bytesRead } = await readInto(fd, block, 0, block.length, at);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function* contentAfter({ path, gzip }: Predecessor, offset: number): AsyncGenerator<Buffer> {
  if (gzip) {
    yield* unzipped(path, offset);
    return;
  }
  let isThere = false;
  try {
    for await (const chunk of createReadStream(path, { start: offset, highWaterMark: PIECE_BYTES })) {
      isThere = true;
      yield chunk as Buffer;
    }
  } catch {
    // Gone: perhaps to its compressed form.
  }
  if (!isThere && !existsSync(path)) yield* unzipped(`${path}.gz`, offset);
}

async function* unzipped(path: string, offset: number): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const unpacked = createGunzip({ chunkSize: PIECE_BYTES });
  packed.once('error', (error) => unpacked.destroy(error));
  let skip = offset;
  try {
    for await (const chunk of packed.pipe(unpacked) as AsyncIterable<Buffer>) {
      const left = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - left.length;
      if (left.length > 0) yield left;
    }
  } catch {
    // Damaged, or deleted while it was read: what could be read was.
  } finally {
    packed.destroy();
  }
}
