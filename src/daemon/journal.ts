/**
 * The daemon's own log: one dated line an event, appended so that it may be moved away or emptied, and bounded.
 * Without the bound the thing that rotates everybody's logs would itself fill the disk.
 */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { compileDateFormat } from '../core/date-format.ts';
import { plainLines } from '../core/plain-text.ts';

const LARGEST_BYTES = 5 * 1024 * 1024;
/** Looking at the size costs a call; it is done once in so many lines. */
const LINES_BETWEEN_LOOKS = 100;

export class Journal {
  readonly #path: string;
  #lines = 0;
  #fd: number | null = null;

  readonly #dateFormat: string | undefined;

  /** @param dateFormat of each line's date; empty: none, undefined: ISO 8601 in UTC */
  constructor(path: string, dateFormat?: string) {
    this.#path = path;
    this.#dateFormat = dateFormat;
  }

  write(text: string): void {
    try {
      if (this.#lines++ % LINES_BETWEEN_LOOKS === 0) this.#rotate();
      this.#fd ??= openSync(this.#path, 'a', 0o600);
      writeSync(this.#fd, `${this.#date()}${plainLines(text, false)}\n`);
    } catch {
      // A full disk must not cost the daemon its life; what happened is in the event log's memory too.
      this.#close();
    }
  }

  /** The file has been deleted: what follows goes into a new one. */
  reopen(): void {
    this.#close();
  }

  #date(): string {
    if (this.#dateFormat === undefined) return `${new Date().toISOString()} `;
    if (this.#dateFormat === '') return '';
    const now = new Date();
    return `${compileDateFormat(this.#dateFormat)(now.getTime(), -now.getTimezoneOffset())} `;
  }

  #close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #rotate(): void {
    // Somebody may have moved the file away.
    this.#close();
    try {
      if (statSync(this.#path).size > LARGEST_BYTES) renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // not there yet
    }
  }
}
