/**
 * When the lines of one file were written, by its time index, and in which pieces it is read. Without the narrow limits of
 * the index a line could claim any time, and lines of several files could not be put in order piece by piece.
 */
import { RESOLUTION_MS, type TimeIndex } from '../time-index.ts';

/** Read and looked through at once. Of a file without an index also the piece in which lines are put in order. */
export const BLOCK_BYTES = 128 * 1024;
/** A part between two records can be larger where the index has a hole. */
const LARGEST_PART_BYTES = 8 * 1024 * 1024;
/** Of the last record: what follows came within the time of one record, and a moment for the clock. */
const LAST_PART_MS = 2 * RESOLUTION_MS;

/** Written between these, in ms since the epoch. */
export interface Written {
  readonly from: number;
  readonly to: number;
}

export class LineClock {
  readonly #index: TimeIndex | null;
  readonly #latest: number;
  #record = -2;
  #partEnd = -1;
  #partStart = 0;
  #written: Written | null = null;

  /** @param latest all of it was written before this */
  constructor(index: TimeIndex | null, latest: number) {
    this.#index = index;
    this.#latest = latest;
  }

  /** Of a line that begins at this offset; null: before the index began, or there is none. */
  written(offset: number): Written | null {
    if (this.#index === null) return null;
    if (offset < this.#partStart || offset >= this.#partEnd) this.#goTo(this.#index, offset);
    return this.#written;
  }

  #goTo(index: TimeIndex, offset: number): void {
    this.#record = index.recordOf(offset);
    const next = this.#record + 1;
    this.#partStart = this.#record < 0 ? 0 : index.offset(this.#record);
    this.#partEnd = next < index.count ? index.offset(next) : Number.POSITIVE_INFINITY;
    if (this.#record < 0) {
      this.#written = null;
      return;
    }
    const from = index.at(this.#record);
    const latest = Math.max(from, Math.min(from + LAST_PART_MS, this.#latest));
    // Where the clock was set back the next record is earlier.
    const to = next < index.count ? Math.max(from, Math.min(index.at(next), latest)) : latest;
    this.#written = { from, to };
  }

  /** Where the part begins in which this offset lies: lines belong together within it. */
  partStart(offset: number): number {
    if (this.#index === null) return 0;
    this.written(offset);
    return this.#partStart;
  }

  /** End of the piece that begins at this offset. */
  pieceEnd(from: number, fileEnd: number): number {
    const index = this.#index;
    const first = index?.count === undefined || index.count === 0 ? fileEnd : Math.min(index.offset(0), fileEnd);
    if (index === null || from < first) return Math.min(alignedAfter(from), first, fileEnd);
    const record = index.recordOf(from);
    let end = record + 1;
    while (end < index.count && index.offset(end) <= from) end++;
    while (end + 1 < index.count && index.offset(end + 1) - from <= BLOCK_BYTES) end++;
    const to = end < index.count ? Math.min(index.offset(end), fileEnd) : fileEnd;
    return to - from > LARGEST_PART_BYTES ? Math.min(alignedAfter(from), fileEnd) : to;
  }

  /** Beginning of the piece that ends at this offset, which is not 0. */
  pieceStart(to: number): number {
    const index = this.#index;
    const record = index === null ? -1 : index.recordOf(to - 1);
    if (index === null || record < 0) return alignedBefore(to);
    let start = record;
    while (start > 0 && to - index.offset(start - 1) <= BLOCK_BYTES) start--;
    const from = index.offset(start);
    return to - from > LARGEST_PART_BYTES ? Math.max(alignedBefore(to), from) : from;
  }

  /** Lines written at this time or later begin here, or after; what was written before the index began counts too. */
  firstOffsetFrom(at: number): number | null {
    const index = this.#index;
    if (index === null) return null;
    const record = index.firstFrom(at - LAST_PART_MS);
    if (record === 0) return null;
    // What belongs to the record before may have come up to that time.
    return index.offset(record < index.count ? record : index.count - 1);
  }

  /** Lines written up to this time begin before here; null: anywhere. */
  lastOffsetUpTo(at: number): number | null {
    const index = this.#index;
    if (index === null || !index.isOrdered) return null;
    const record = index.firstFrom(at + 1);
    return record < index.count ? index.offset(record) : null;
  }

  /** Times only grow with the offset, as far as the index knows. */
  get isOrdered(): boolean {
    return this.#index?.isOrdered !== false;
  }

  /** Up to here nobody noted times. */
  undatedBytes(fileEnd: number): number {
    return this.#index === null ? fileEnd : Math.min(this.#index.offset(0), fileEnd);
  }

  /** What stands before the first record was written before this; null: there is no index. */
  get beganAt(): number | null {
    return this.#index === null ? null : this.#index.at(0);
  }
}

const alignedAfter = (from: number): number => (Math.floor(from / BLOCK_BYTES) + 1) * BLOCK_BYTES;
const alignedBefore = (to: number): number => Math.floor((to - 1) / BLOCK_BYTES) * BLOCK_BYTES;
