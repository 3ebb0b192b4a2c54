/**
 * Compresses rotated files, one at a time, in the background. Without it a chatty app would keep ten
 * times as much on disk; without temp-and-rename a crash would leave half a `.gz` that looks whole.
 *
 * A `.gz` begins with an empty gzip member whose comment names the inode of the file it was made from.
 * Every gzip tool skips it, and a reader that holds a position in the old file can find its place.
 */
import { constants, createReadStream, createWriteStream, fstatSync, rmSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { atPlaceFor, openPlaced, type Place } from '../platform/owned-place.ts';

const PART_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

const COMMENT_FLAG = 0x10;
/** Deflate's empty block, then checksum and length of nothing. */
const EMPTY_MEMBER_END = [0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];
const COMMENT = /^upkeep inode=(\d+)$/;

/** Compressed without looking up. */
const PIECE_BYTES = 256 * 1024;
/** Busier than this, the thread reads a flood, and the program that writes it waits for every core that something else takes. */
const BUSY = 0.5;
/** How often that is looked at, and how long a piece waits at most: a flood without an end must not leave everything as it is. */
const LOOK_MS = 20;
const LONGEST_WAIT_MS = 200;

/** Lets a piece through when this thread is not busy. */
async function* whenIdle(pieces: AsyncIterable<Buffer>, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let since = performance.eventLoopUtilization();
  for await (const piece of pieces) {
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += LOOK_MS) {
      const isBusy = performance.eventLoopUtilization(since).utilization > BUSY;
      since = performance.eventLoopUtilization();
      if (!isBusy) break;
      await pause(LOOK_MS, undefined, signal === undefined ? {} : { signal });
    }
    yield piece;
  }
}

export function originMember(inode: number): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, COMMENT_FLAG, 0, 0, 0, 0, 0, 0xff]);
  return Buffer.concat([header, Buffer.from(`upkeep inode=${inode}\0`), Buffer.from(EMPTY_MEMBER_END)]);
}

/** The inode that the beginning of a `.gz` names; null when it is not one of ours. */
export function originOf(head: Uint8Array): number | null {
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[3] !== COMMENT_FLAG) return null;
  const end = head.indexOf(0, 10);
  const match = end === -1 ? null : COMMENT.exec(Buffer.from(head.subarray(10, end)).toString('latin1'));
  return match?.[1] === undefined ? null : Number(match[1]);
}

const partOf = (path: string): string => `${path}.gz.part`;

/** Makes `<path>.gz` and removes `path`. Throws what the system says; never leaves half a file under its final name. */
export async function compressFile(path: string, signal?: AbortSignal): Promise<void> {
  await atPlaceFor(path, (place) => compressAt(place, path, signal));
}

async function compressAt(place: Place, told: string, signal: AbortSignal | undefined): Promise<void> {
  const part = partOf(place.path);
  const source = openPlaced(place, told, constants.O_RDONLY, 0);
  // The streams close their descriptors themselves: not while something of theirs is still under way.
  const from = createReadStream('', { fd: source, highWaterMark: PIECE_BYTES });
  try {
    const before = fstatSync(source);
    const origin = originMember(before.ino);
    const withOrigin = async function* (compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      yield origin;
      yield* compressed;
    };
    const target = openPlaced({ ...place, path: part }, partOf(told), PART_FLAGS, before.mode & 0o777);
    const into = createWriteStream('', { fd: target });
    const calmly = (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> => whenIdle(pieces, signal);
    await pipeline(from, calmly, createGzip(), withOrigin, into, signal === undefined ? {} : { signal });
    const handle = await open(part, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      await handle.sync();
      await handle.utimes(before.atime, before.mtime);
    } finally {
      await handle.close();
    }
    await rename(part, `${place.path}.gz`);
  } catch (error) {
    from.destroy();
    rmSync(part, { force: true });
    throw error;
  }
  await unlink(place.path);
}

export class Compressor {
  readonly #queue: string[] = [];
  readonly #done: (path: string) => void;
  #current: Promise<void> | null = null;
  #path: string | null = null;
  readonly #stopping = new AbortController();

  /** `done` is called after each file, whether it could be compressed or not. */
  constructor(done: (path: string) => void) {
    this.#done = done;
  }

  /** Half a `.gz` that is being written: not one that a daemon left which died. */
  isWriting(part: string): boolean {
    return this.#path !== null && part === partOf(this.#path);
  }

  add(path: string): void {
    if (this.#path === path || this.#queue.includes(path)) return;
    this.#queue.push(path);
    this.#next();
  }

  #next(): void {
    if (this.#current !== null || this.#stopping.signal.aborted) return;
    const path = this.#queue.shift();
    if (path === undefined) return;
    this.#path = path;
    // A file that has been deleted meanwhile, or a full disk: it stays as it is, and the next start looks again.
    this.#current = compressFile(path, this.#stopping.signal)
      .catch(() => undefined)
      .then(() => {
        this.#current = null;
        this.#path = null;
        if (this.#stopping.signal.aborted) return;
        this.#done(path);
        this.#next();
      });
  }

  /** Gives up the file in work: it is still whole, and the next start takes it up again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current;
  }
}
