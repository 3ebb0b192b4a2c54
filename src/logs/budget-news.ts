/**
 * What the disk budget has to tell: that logs are deleted for its sake, and when it cannot be held. Without it somebody who
 * looks for last week's lines would find them gone and nobody who said so.
 */
import type { RotatedFile } from '../core/rotation.ts';
import type { Note } from './pump-messages.ts';

/** At a steady flood every rotation deletes a file: that is told once in so long. */
const TELL_DELETED_EVERY_MS = 3_600_000;
const MEBIBYTE = 1024 * 1024;

const megabytes = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

export class BudgetNews {
  readonly #budgetBytes: number;
  readonly #now: () => number;
  readonly #note: (note: Note) => void;
  #toldAt = Number.NEGATIVE_INFINITY;
  #files = 0;
  #bytes = 0;
  #isExceeded = false;

  constructor(budgetBytes: number, now: () => number, note: (note: Note) => void) {
    this.#budgetBytes = budgetBytes;
    this.#now = now;
    this.#note = note;
  }

  /**
   * @param deleted for the sake of the budget, just now
   * @param usedBytes of what is left, files in use included
   */
  enforced(deleted: readonly RotatedFile[], usedBytes: number): void {
    if (this.#budgetBytes <= 0) return;
    this.#files += deleted.length;
    for (const file of deleted) this.#bytes += file.bytes;
    this.#tellDeleted();
    this.#tellExceeded(usedBytes);
  }

  #tellDeleted(): void {
    if (this.#files === 0 || this.#now() - this.#toldAt < TELL_DELETED_EVERY_MS) return;
    const [files, bytes, budget] = [this.#files, this.#bytes, this.#budgetBytes];
    this.#note({
      kind: 'disk-budget',
      text: `${files} rotated log ${files === 1 ? 'file' : 'files'} (${megabytes(bytes)}) deleted to hold the disk budget of ${megabytes(budget)}`,
      details: { files, bytes, budget },
    });
    this.#toldAt = this.#now();
    this.#files = 0;
    this.#bytes = 0;
  }

  #tellExceeded(used: number): void {
    const isExceeded = used > this.#budgetBytes;
    if (isExceeded === this.#isExceeded) return;
    this.#isExceeded = isExceeded;
    const figures = `${megabytes(used)} of ${megabytes(this.#budgetBytes)}`;
    if (isExceeded)
      this.#note({
        kind: 'disk-budget-exceeded',
        text: `logs in use take ${figures}, and no rotated file is left to delete`,
        details: { used, budget: this.#budgetBytes },
      });
    else this.#note({ kind: 'disk-budget-held', text: `logs take ${figures}` });
  }
}
