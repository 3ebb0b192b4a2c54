/**
 * Bytes of one file in whole lines, piece by piece: a plain file from any place forwards or backwards, a compressed one from
 * its beginning as it is unzipped. Without the limits here a line of a gigabyte, or a `.gz` of nothing but zeros, would have to
 * fit into memory.
 */
import { readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LINE_LIMIT_BYTES, NEWLINE } from '../../core/lines.ts';
import type { LineClock } from './line-clock.ts';

export interface Piece {
  /** Whole lines; the last may lack its newline, and be cut where it is longer than a line may be. */
  readonly bytes: Buffer;
  /** Offset of the first byte. */
  readonly base: number;
}

const STEP_BYTES = 16 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

function readAt(fd: number, from: number, to: number): Buffer {
  if (to <= from) return NOTHING;
  const bytes = Buffer.allocUnsafe(to - from);
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, from + length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** The end of the line that is unfinished at `from`: with its newline, or as much as a line may have. */
function readLineEnd(fd: number, from: number, fileEnd: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = from; at < fileEnd && at - from <= LINE_LIMIT_BYTES; ) {
    const piece = readAt(fd, at, Math.min(at + STEP_BYTES, fileEnd));
    if (piece.length === 0) break;
    const newline = piece.indexOf(NEWLINE);
    pieces.push(newline === -1 ? piece : piece.subarray(0, newline + 1));
    if (newline !== -1) break;
    at += piece.length;
  }
  return Buffer.concat(pieces);
}

/** The lines that begin in [from, to). */
export function readLines(fd: number, from: number, to: number, fileEnd: number): Piece {
  const before = from === 0 ? 0 : 1;
  const bytes = readAt(fd, from - before, to);
  // A line begins at `from` only if the one before it ends there.
  const start = before === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  if ((before === 1 && start === 0) || start >= bytes.length) return { bytes: NOTHING, base: to };
  const base = from - before + start;
  const lines = bytes.subarray(start);
  if (lines[lines.length - 1] === NEWLINE) return { bytes: lines, base };
  const rest = readLineEnd(fd, from - before + bytes.length, fileEnd);
  return { bytes: rest.length === 0 ? lines : Buffer.concat([lines, rest]), base };
}

/** Cuts a stream of chunks into pieces as the clock wants them. */
class Cutter {
  readonly #clock: LineClock;
  #held: Buffer = NOTHING;
  /** Offset of the first held byte. */
  #base = 0;
  #from = 0;
  /** The rest of a line that was longer than a line may be goes by. */
  #isSkipping = false;

  constructor(clock: LineClock) {
    this.#clock = clock;
  }

  *take(chunk: Buffer): Generator<Piece> {
    let bytes = chunk;
    if (this.#isSkipping) {
      const newline = bytes.indexOf(NEWLINE);
      const gone = newline === -1 ? bytes.length : newline + 1;
      this.#base += gone;
      if (newline === -1) return;
      this.#isSkipping = false;
      this.#from = this.#base;
      bytes = bytes.subarray(gone);
    }
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    yield* this.#cut();
  }

  *#cut(): Generator<Piece> {
    for (;;) {
      const end = this.#base + this.#held.length;
      const to = this.#clock.pieceEnd(this.#from, Number.MAX_SAFE_INTEGER);
      if (end < to) return;
      const newline = this.#held.indexOf(NEWLINE, Math.max(0, to - 1 - this.#base));
      if (newline === -1) {
        if (end - to <= LINE_LIMIT_BYTES) return;
        yield this.#give(this.#held.length);
        this.#isSkipping = true;
        return;
      }
      yield this.#give(newline + 1);
    }
  }

  #give(length: number): Piece {
    const piece = { bytes: this.#held.subarray(0, length), base: this.#base };
    this.#held = this.#held.subarray(length);
    this.#base += length;
    this.#from = this.#base;
    return piece;
  }

  *finish(): Generator<Piece> {
    if (this.#held.length > 0) yield this.#give(this.#held.length);
  }
}

function* chunksOf(fd: number): Generator<Buffer> {
  for (let at = 0; ; ) {
    const chunk = readAt(fd, at, at + CHUNK_BYTES);
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/** All of a compressed file. Throws what zlib says of a damaged one, after all that was whole. */
export async function* unzippedPieces(fd: number, clock: LineClock): AsyncGenerator<Piece> {
  // Not a file stream: that would close a descriptor which is not its own.
  const file = Readable.from(chunksOf(fd));
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => unzip.destroy(error));
  const cutter = new Cutter(clock);
  try {
    for await (const chunk of file.pipe(unzip)) yield* cutter.take(chunk as Buffer);
  } finally {
    file.destroy();
    unzip.destroy();
  }
  yield* cutter.finish();
}

/** Where the last whole line of a file ends. */
export function lastLineEndOf(fd: number, fileEnd: number): number {
  for (let to = fileEnd; to > 0; to -= STEP_BYTES) {
    const from = Math.max(0, to - STEP_BYTES);
    const newline = readAt(fd, from, to).lastIndexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
    if (fileEnd - from > LINE_LIMIT_BYTES) break;
  }
  return 0;
}
