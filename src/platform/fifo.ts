/**
 * FIFOs: made in batches by one `mkfifo`, opened without blocking, and asked whether a writer is left. Without
 * the batches every crash would wait for a program to start before the replacement could.
 */
import { execFile } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../core/errors.ts';

/** The FIFOs of one life of an instance. */
export const FIFO_NAMES = ['in', 'out', 'err', 'life'] as const;

/** Sets made at a time when nobody asked for more. */
const SPARE_SETS = 4;
/** Made with one program; of the first ones fewer, as somebody waits for them. */
const MOST_AT_ONCE = 256;
const FIRST_AT_ONCE = 32;

/** Opens for reading; never waits for a writer. */
export const openReader = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
/** Opens for writing; there must be a reader. */
export const openWriter = (path: string): number => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
/** Opens both ends, so that neither side ever sees an end of file (POSIX leaves it open; Linux and macOS do it). */
export const openBoth = (path: string): number => openSync(path, constants.O_RDWR);
/** A writer that blocks, as a program expects of its stdout. */
export const openBlockingWriter = (path: string): number => openSync(path, constants.O_WRONLY);

/**
 * Whether somebody holds a write end. Only for FIFOs in which no data matters: a byte may be read.
 * The kernel says it: end of file without a writer, EAGAIN with one.
 */
export function hasWriter(reader: number): boolean {
  const one = Buffer.alloc(1);
  for (;;) {
    try {
      if (readSync(reader, one, 0, 1, null) === 0) return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN';
    }
  }
}

/** Folders with the FIFOs of one life each, ready to be taken. */
export class FifoPool {
  readonly #folder: string;
  readonly #ready: string[] = [];
  #serial = 0;
  #waiting = 0;
  /** Launches that are still to come, as somebody said. */
  #expected = 0;
  #making: Promise<Result<null>> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
    // Left by an earlier daemon: nothing refers to them.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Moves a ready set to `target`, which must not exist. */
  async take(target: string): Promise<Result<null>> {
    this.#waiting++;
    try {
      while (this.#ready.length === 0) {
        const made = await this.#refill(Math.max(SPARE_SETS, this.#waiting));
        if (!made.ok) return made;
      }
    } finally {
      this.#waiting--;
    }
    const set = this.#ready.pop() as string;
    try {
      renameSync(set, target);
    } catch (error) {
      if (!existsSync(set)) return this.take(target); // deleted by somebody: others are made
      return fail('IO_FAILED', `cannot make ${target}: ${(error as Error).message}`);
    }
    this.#expected = Math.max(0, this.#expected - 1);
    // Before they run out if many more are expected: who starts hundreds need not wait in between.
    if (this.#ready.length === 0) void this.#refill(Math.max(SPARE_SETS, this.#expected));
    else if (this.#ready.length < Math.min(FIRST_AT_ONCE / 2, this.#expected)) void this.#refill(this.#expected);
    return ok(null);
  }

  /** So many launches are about to come. */
  expect(count: number): void {
    this.#expected = count;
    void this.#refill(Math.min(count, FIRST_AT_ONCE));
  }

  /** Makes sure that at least `count` sets are ready or being made, if that can be done at once. */
  #refill(count: number): Promise<Result<null>> {
    if (this.#making !== null) return this.#making;
    const missing = Math.min(count - this.#ready.length, MOST_AT_ONCE);
    if (missing <= 0) return Promise.resolve(ok(null));
    this.#making = this.#make(missing).finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #make(count: number): Promise<Result<null>> {
    const sets: string[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const set = join(this.#folder, String(this.#serial++));
        // Somebody may have deleted the folder.
        mkdirSync(set, { recursive: true, mode: 0o700 });
        sets.push(set);
      }
    } catch (error) {
      return fail('IO_FAILED', `cannot make a folder in ${this.#folder}: ${(error as Error).message}`);
    }
    // Names within the folder: with whole paths a command line would be full much earlier.
    const files = sets.flatMap((set) => FIFO_NAMES.map((name) => join(basename(set), name)));
    return new Promise((resolve) => {
      execFile('mkfifo', ['-m', '600', ...files], { cwd: this.#folder }, (error) => {
        if (error !== null) {
          resolve(
            fail(
              'IO_FAILED',
              `cannot make FIFOs with mkfifo: ${error.message.trim()}`,
              'mkfifo and a file system that has FIFOs are needed under UPKEEP_HOME',
            ),
          );
          return;
        }
        this.#ready.push(...sets);
        resolve(ok(null));
      });
    });
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Lists the numbered folders in a folder, ascending; an absent one is empty. */
export function numberedFolders(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) {
    try {
      closeSync(fd);
    } catch {
      // closed already
    }
  }
}
