/**
 * The daemon's own log: one dated line an event, appended by path so that it may be moved away or emptied, and bounded.
 * Without the bound the thing that rotates everybody's logs would itself fill the disk.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';

const LARGEST_BYTES = 5 * 1024 * 1024;
/** Looking at the size costs a call; it is done once in so many lines. */
const LINES_BETWEEN_LOOKS = 100;

export class Journal {
  readonly #path: string;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  write(text: string): void {
    try {
      if (this.#lines++ % LINES_BETWEEN_LOOKS === 0) this.#rotate();
      appendFileSync(this.#path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not cost the daemon its life; what happened is in the event log's memory too.
    }
  }

  #rotate(): void {
    try {
      if (statSync(this.#path).size > LARGEST_BYTES) renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // not there yet
    }
  }
}
