/**
 * A log after a position in pieces of bounded size, through any rotation and compression. Without the bound somebody who comes
 * back after a day would have to hold what was written meanwhile in memory, all of it.
 */
import { closeSync, createReadStream, existsSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { LineAssembler, lastLineEnd } from '../core/lines.ts';
import type { FilePosition } from '../protocol/control.ts';
import { findPlace } from './follow-file.ts';
import { textLines } from './line-text.ts';
import { type OpenLog, openLog, type Predecessor, predecessors } from './log-history.ts';

const PIECE_BYTES = 256 * 1024;

export interface Piece {
  readonly texts: readonly string[];
  /** After them; at the beginning of a line. */
  readonly position: FilePosition;
  /** The file of the position was gone: what it still held is not there any more. */
  readonly isAfterGap: boolean;
}

interface Place {
  /** Oldest first; without the one in use. */
  readonly files: readonly Predecessor[];
  readonly offset: number;
  readonly isAfterGap: boolean;
}

/** @param knownAt when the position was good: of files that are older everything was read */
function placeOf(position: FilePosition, log: OpenLog, knownAt: number): Place {
  const { files, isKnown } = findPlace(position, log);
  if (isKnown) return { files, offset: position.offset, isAfterGap: false };
  // Emptied in place: it goes on at its beginning.
  if (log.inode === position.inode) return { files: [], offset: 0, isAfterGap: false };
  const newer = [...predecessors(position.path, log)].filter(({ path }) => modifiedAt(path) >= knownAt).reverse();
  return { files: newer, offset: 0, isAfterGap: true };
}

function modifiedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * All whole lines after `position`, to the end of the file in use as it is when that is reached.
 * @param knownAt when the position was good, ms since the epoch
 */
export async function* piecesAfter(position: FilePosition, knownAt: number): AsyncGenerator<Piece> {
  const { path } = position;
  const lines = new LineAssembler();
  let from = position;
  let isAfterGap = false;
  for (;;) {
    const log = openLog(path);
    if (log === null) return;
    closeSync(log.fd);
    const place = placeOf(from, log, knownAt);
    isAfterGap ||= place.isAfterGap;
    const [file, next] = place.files;
    const inode = file === undefined ? log.inode : file.inode;
    const source = file === undefined ? plain(path, place.offset, log.bytes) : contentAfter(file, place.offset);
    let at = place.offset;
    for await (const chunk of source) {
      const end = lastLineEnd(chunk);
      const whole = lines.push(chunk);
      if (whole !== null) {
        // A compressed file of unknown origin cannot be pointed at: after a break it is read again.
        const after = inode === null ? from : { path, inode, offset: at + end };
        yield { texts: textLines(whole), position: after, isAfterGap };
        isAfterGap = false;
      }
      at += chunk.length;
    }
    if (file === undefined) {
      // Told even if nothing came: the place of before is not there any more.
      if (place.isAfterGap) yield { texts: [], position: { path, inode: log.inode, offset: place.offset }, isAfterGap };
      return;
    }
    from = { path, inode: next === undefined ? log.inode : (next.inode ?? log.inode), offset: 0 };
    knownAt = 0;
  }
}

/** Up to `end`: what is written meanwhile has its turn later. A file that is not there has nothing. */
async function* plain(path: string, start: number, end: number): AsyncGenerator<Buffer> {
  if (end <= start) return;
  try {
    yield* createReadStream(path, { start, end: end - 1, highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;
  } catch {
    // What came after it is found by the next look.
  }
}

async function* contentAfter(file: Predecessor, offset: number): AsyncGenerator<Buffer> {
  if (!file.gzip) {
    let isThere = false;
    for await (const chunk of plain(file.path, offset, Number.MAX_SAFE_INTEGER)) {
      isThere = true;
      yield chunk;
    }
    // Compressed since it was listed.
    if (!isThere && !existsSync(file.path)) yield* unzipped(`${file.path}.gz`, offset);
    return;
  }
  yield* unzipped(file.path, offset);
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
