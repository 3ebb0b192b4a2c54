/**
 * Writes the time index of one log while the log is written: a record a second, or one for four mebibytes. Without the pace an
 * index would cost as much as the log; without the checks of inode and size it would go on over a file that somebody else
 * emptied or replaced.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { rotationStamp } from '../core/rotation.ts';
import {
  DISORDER_AT,
  HEADER_BYTES,
  headerOf,
  indexPath,
  inodeOfHeader,
  RECORD_BYTES,
  RESOLUTION_MS,
  recordOf,
} from './time-index.ts';

/** What a flood writes within a second would be too much to look through. */
const RECORD_EACH_BYTES = 4 * 1024 * 1024;
/** After a failure (a full disk) it is not tried again at once. */
const PAUSE_MS = 10_000;

/** The log file as far as its index needs it. */
export interface IndexedLog {
  readonly realPath: string;
  readonly bytes: number;
  readonly inode: number;
  /** A regular file. */
  readonly rotates: boolean;
  /** Looks how large the file is. */
  measure(): void;
}

export class IndexWriter {
  readonly #folder: string;
  /** Of the log that the state below is of; null: nothing was written since this writer began. */
  #inode: number | null = null;
  #records = 0;
  #lastAt = 0;
  #lastOffset = 0;
  #pausedUntil = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** After each write; `bytes` of the log already hold what was written. */
  wrote(log: IndexedLog, written: number, now: number): void {
    if (written > 0 && log.rotates && this.#isDue(now, log.bytes - written)) this.#record(log, written, now);
  }

  /** It is time for a record. Asked with every chunk: nothing but comparisons. */
  #isDue(now: number, offset: number): boolean {
    if (now < this.#pausedUntil) return false;
    const since = now - this.#lastAt;
    return (
      since >= RESOLUTION_MS ||
      since < 0 ||
      offset - this.#lastOffset >= RECORD_EACH_BYTES ||
      offset < this.#lastOffset ||
      this.#inode === null
    );
  }

  #record(log: IndexedLog, written: number, now: number): void {
    try {
      // Offsets must be those of the file, also after somebody else has emptied it.
      log.measure();
      const { inode } = log;
      const offset = Math.max(0, log.bytes - written);
      const fd = this.#open(indexPath(this.#folder, log.realPath, null));
      try {
        if (inode !== this.#inode) this.#takeUp(fd, inode);
        if (offset < this.#lastOffset || this.#records === 0) this.#beginAnew(fd, inode);
        if (now < this.#lastAt) writeSync(fd, Uint8Array.of(1), 0, 1, DISORDER_AT);
        writeSync(fd, recordOf(now, offset), 0, RECORD_BYTES, HEADER_BYTES + this.#records * RECORD_BYTES);
        this.#records++;
        this.#lastAt = now;
        this.#lastOffset = offset;
      } finally {
        closeSync(fd);
      }
    } catch {
      // Searches go without; the log itself matters more.
      this.#inode = null;
      this.#pausedUntil = now + PAUSE_MS;
    }
  }

  #open(path: string): number {
    const flags = constants.O_RDWR | constants.O_CREAT;
    try {
      return openSync(path, flags, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(this.#folder, { mode: 0o700 });
      return openSync(path, flags, 0o600);
    }
  }

  /** Goes on with what an earlier writer left, if it is of the same file. */
  #takeUp(fd: number, inode: number): void {
    this.#inode = inode;
    this.#records = 0;
    this.#lastAt = 0;
    this.#lastOffset = 0;
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES || inodeOfHeader(header) !== inode) return;
    const { size } = fstatSync(fd);
    const records = Math.floor((size - HEADER_BYTES) / RECORD_BYTES);
    if (records === 0) return;
    const last = Buffer.alloc(RECORD_BYTES);
    readSync(fd, last, 0, RECORD_BYTES, HEADER_BYTES + (records - 1) * RECORD_BYTES);
    this.#records = records;
    this.#lastAt = last.readUIntLE(0, 6);
    this.#lastOffset = last.readUIntLE(6, 6);
  }

  #beginAnew(fd: number, inode: number): void {
    ftruncateSync(fd, 0);
    writeSync(fd, headerOf(inode), 0, HEADER_BYTES, 0);
    this.#records = 0;
    this.#lastAt = 0;
    this.#lastOffset = 0;
  }

  /** The log was moved aside under this stamp; the index goes with it. */
  rotated(realPath: string, stampAt: number): void {
    this.#inode = null;
    try {
      renameSync(indexPath(this.#folder, realPath, null), indexPath(this.#folder, realPath, rotationStamp(stampAt)));
    } catch {
      // there is none
    }
  }
}
