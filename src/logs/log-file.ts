/**
 * One log file on disk: opened for appending, written synchronously, rotated by rename. Without one
 * owner of the descriptor and of its size, rotation would work on a file that somebody else has
 * moved, emptied or replaced.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NEWLINE } from '../core/lines.ts';
import { rotationStamp } from '../core/rotation.ts';
import { atPlace, openAtPlace } from '../platform/owned-place.ts';
import type { FileHead, FilePosition } from '../protocol/control.ts';
import { headOfFile, isHeadShort } from './file-head.ts';

/** O_NONBLOCK: a path that is a FIFO without a reader fails instead of stopping the whole pump. */
const OPEN_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}

/** What is on disk under a path, or null. */
function inodeAt(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

function endsMidLine(path: string, bytes: number): boolean {
  if (bytes === 0) return false;
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const last = Buffer.alloc(1);
      return readSync(fd, last, 0, 1, bytes - 1) === 1 && last[0] !== NEWLINE;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // not readable: a new line at worst begins in the middle of an old one
  }
}

/** Within one folder, whoever may exchange that meanwhile. */
function renameBeside(from: string, to: string): void {
  atPlace(from, ({ path }) => renameSync(path, join(dirname(path), basename(to))));
}

export class LogFile {
  readonly path: string;
  /** Where the file really is: rotating a symbolic link must move its target, not the link. */
  #realPath: string;
  #fd: number;
  #inode: number;
  /** A device or a FIFO cannot be rotated or emptied. */
  readonly #regular: boolean;
  bytes: number;
  midLine: boolean;
  bornAt: number;
  #head: FileHead | null = null;
  /** The end of the file before: of an empty one there is nothing by which it could be known again. */
  #before: FilePosition | null = null;

  /** Throws what the system says when it cannot be opened; creates missing folders. */
  constructor(path: string, now: number) {
    this.path = path;
    this.#fd = openAtPlace(path, OPEN_FLAGS, 0o666);
    const stat = fstatSync(this.#fd);
    this.#inode = stat.ino;
    this.#regular = stat.isFile();
    this.#realPath = this.#regular ? realpathSync(path) : path;
    this.bytes = this.#regular ? stat.size : 0;
    this.midLine = this.#regular && endsMidLine(path, stat.size);
    // Where the file system keeps no birth time the field is 0 or changes with every write.
    this.bornAt = stat.birthtimeMs > 0 ? Math.min(stat.birthtimeMs, now) : now;
  }

  get realPath(): string {
    return this.#realPath;
  }

  get rotates(): boolean {
    return this.#regular;
  }

  get inode(): number {
    return this.#inode;
  }

  /** Reads the file only while it is short. */
  get position(): FilePosition {
    if (this.bytes === 0 && this.#before !== null) return this.#before;
    if (isHeadShort(this.#head, this.bytes)) this.#head = headOfFile(this.path, this.#inode, this.bytes) ?? this.#head;
    return { path: this.path, inode: this.#inode, offset: this.bytes, head: this.#head };
  }

  /** Writes as much as it can; `error` says why the rest could not be written. */
  write(bytes: Uint8Array): { readonly written: number; readonly error: string | null } {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written, bytes.length - written);
    } catch (error) {
      this.#count(bytes, written);
      return { written, error: errorCode(error) };
    }
    this.#count(bytes, written);
    return { written, error: null };
  }

  #count(bytes: Uint8Array, written: number): void {
    if (written === 0) return;
    this.bytes += written;
    this.midLine = bytes[written - 1] !== NEWLINE;
  }

  /** Somebody else may have emptied the file (`> app.log`): look before a decision that rests on its size. */
  measure(): void {
    if (!this.#regular) return;
    const { size } = fstatSync(this.#fd);
    if (size === this.bytes) return;
    if (size < this.bytes) this.#forget();
    this.bytes = size;
    if (size === 0) this.midLine = false;
  }

  /** The path no longer leads to the open file: it was moved or deleted. */
  isMoved(): boolean {
    return this.#regular && inodeAt(this.path) !== this.#inode;
  }

  empty(): void {
    if (!this.#regular) return;
    ftruncateSync(this.#fd, 0);
    this.bytes = 0;
    this.#forget();
    this.midLine = false;
  }

  /**
   * Moves the file aside and begins a new one. Gives the new name of the old and the instant in it, which is
   * `stampAt` or a little later; null when somebody else has moved it already. Throws, with the old file still in
   * use, when it cannot.
   */
  rotate(stampAt: number, now: number): { readonly aside: string; readonly stampAt: number } | null {
    if (this.isMoved()) {
      this.#reopen(now);
      return null;
    }
    let at = stampAt;
    let aside = `${this.#realPath}.${rotationStamp(at)}`;
    while (inodeAt(aside) !== null || inodeAt(`${aside}.gz`) !== null)
      aside = `${this.#realPath}.${rotationStamp(++at)}`;
    const before = this.position;
    renameBeside(this.#realPath, aside);
    try {
      this.#reopen(now);
      this.#before = before;
    } catch (error) {
      renameBeside(aside, this.#realPath);
      throw error;
    }
    return { aside, stampAt: at };
  }

  #forget(): void {
    this.#head = null;
    this.#before = null;
  }

  #reopen(now: number): void {
    const fd = openAtPlace(this.path, OPEN_FLAGS, fstatSync(this.#fd).mode & 0o777);
    closeSync(this.#fd);
    this.#fd = fd;
    const stat = fstatSync(fd);
    this.#inode = stat.ino;
    this.bytes = stat.size;
    this.#forget();
    this.midLine = endsMidLine(this.path, stat.size);
    this.bornAt = now;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
