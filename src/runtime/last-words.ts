/**
 * Writes what the program has printed and Node has not written yet when it exits: Node drops what is queued for a pipe at
 * `process.exit`. While the program runs nothing is changed: its writes stay asynchronous, and nobody can make it wait.
 */
import type { Socket } from 'node:net';

/** A pipe that nobody reads holds an exit up no longer than this; one that is read slowly is waited for. */
const DEADLINE_MS = 2_000;
const PAUSE_MS = 1;

/** Monotonic. `performance` would be loaded for it, at the end of a program that may never have used it. */
function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

interface Entry {
  readonly chunk: string | Uint8Array;
  readonly encoding: BufferEncoding | 'buffer';
}
type Done = (error?: Error | null) => void;

/** The parts of a piped stdout that are looked at. */
interface PipedStream extends Socket {
  readonly _type?: string;
  readonly fd?: number;
  readonly _handle?: { readonly writeQueueSize?: number } | null;
  readonly _writableState: { getBuffer?(): readonly Entry[] };
  _write(chunk: string | Uint8Array, encoding: BufferEncoding, done: Done): void;
  _writev(entries: readonly Entry[], done: Done): void;
}

const bytesOf = ({ chunk, encoding }: Entry): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding === 'buffer' ? 'utf8' : encoding) : chunk;

/** What Node has been given and may not have written, of one stream. */
class Pending {
  readonly #stream: PipedStream;
  #inFlight: readonly Entry[] = [];
  readonly #written = new WeakSet<object>();
  /** Of the piece at which the last flush gave up. */
  #rest: Uint8Array | null = null;

  constructor(stream: PipedStream) {
    this.#stream = stream;
    const { _write: write, _writev: writev } = stream;
    stream._write = (chunk, encoding, done) => {
      this.#inFlight = [{ chunk, encoding }];
      write.call(stream, chunk, encoding, done);
    };
    stream._writev = (entries, done) => {
      this.#inFlight = entries;
      writev.call(stream, entries, done);
    };
  }

  /**
   * Each byte once, however often it is called.
   * @param writeSync says how many bytes it could write
   */
  flush(writeSync: (fd: number, bytes: Uint8Array) => number): void {
    const { fd, _handle: handle } = this.#stream;
    if (fd === undefined || handle == null) return;
    const write = (bytes: Uint8Array): boolean => {
      const done = writeSync(fd, bytes);
      this.#rest = done < bytes.length ? bytes.subarray(done) : null;
      return this.#rest === null;
    };
    if (this.#rest !== null && !write(this.#rest)) return;
    const unsent = handle.writeQueueSize ?? 0;
    if (unsent > 0 && !this.#written.has(this.#inFlight)) {
      this.#written.add(this.#inFlight);
      const bytes = Buffer.concat(this.#inFlight.map(bytesOf));
      if (!write(bytes.subarray(Math.max(0, bytes.length - unsent)))) return;
    }
    for (const entry of this.#stream._writableState.getBuffer?.() ?? []) {
      if (this.#written.has(entry)) continue;
      this.#written.add(entry);
      if (!write(bytesOf(entry))) return;
    }
  }
}

export function keepLastWords(): void {
  const streams: Pending[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(process, name);
    const open = descriptor?.get;
    if (descriptor?.configurable !== true || open === undefined) continue;
    let known: unknown;
    // Node makes the stream when it is first asked for; a program that never prints does not pay for it.
    Object.defineProperty(process, name, {
      ...descriptor,
      get() {
        const stream = open.call(process) as PipedStream;
        if (stream !== known) {
          known = stream;
          if (stream._type === 'pipe' && typeof stream._writev === 'function') streams.push(new Pending(stream));
        }
        return stream;
      },
    });
  }
  const flushAll = (): void => {
    for (const stream of streams) {
      try {
        stream.flush(writeAll);
      } catch {
        // The program ends all the same.
      }
    }
  };
  // An uncaught exception ends behind 'exit'; `process.exit` goes on to `reallyExit`, behind all that listeners print.
  process.on('exit', flushAll);
  const hooked = process as unknown as { reallyExit: (code?: number) => never };
  const { reallyExit } = hooked;
  hooked.reallyExit = (code) => {
    flushAll();
    return reallyExit.call(process, code);
  };
}

/** The descriptor does not block: a full pipe says EAGAIN until its reader comes. */
function writeAll(fd: number, bytes: Uint8Array): number {
  const { writeSync } = require('node:fs') as typeof import('node:fs');
  let done = 0;
  for (let deadline = nowMs() + DEADLINE_MS; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
      deadline = nowMs() + DEADLINE_MS;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (nowMs() > deadline) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return done;
}
