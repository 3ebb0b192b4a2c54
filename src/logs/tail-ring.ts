/**
 * The last bytes of one stream in memory, cut into lines only when somebody asks. Without it a
 * crash report would have to search files that may be full, rotated or switched off.
 */
import { copyBytes, NEWLINE } from '../core/lines.ts';
import { textLines } from './line-text.ts';

const RING_BYTES = 16 * 1024;
const FIRST_BYTES = 1024;

export interface TailLine {
  readonly at: number;
  /** The life that wrote it; 0: not known. */
  readonly incarnation: number;
  readonly text: string;
}

/** What a ring holds, to be carried to another thread. */
export interface TailState {
  readonly bytes: Uint8Array;
  readonly marks: readonly Mark[];
  readonly dropped: boolean;
}

/** Bytes from this offset on (until the next mark) were read at this time, from this life. */
interface Mark {
  readonly from: number;
  readonly at: number;
  readonly incarnation: number;
}

export class TailRing {
  /** Twice the ring at most, so that bytes are moved to the front only once in a while. */
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #marks: Mark[] = [];
  #dropped = false;

  append(chunk: Uint8Array, at: number, incarnation = 0): void {
    const kept = chunk.length > RING_BYTES ? chunk.subarray(chunk.length - RING_BYTES) : chunk;
    if (kept.length < chunk.length) {
      this.#start = this.#end;
      this.#dropped = true;
    }
    if (this.#end + kept.length > this.#buffer.length) this.#makeRoom(kept.length);
    const last = this.#marks[this.#marks.length - 1];
    if (last === undefined || last.at !== at || last.incarnation !== incarnation)
      this.#marks.push({ from: this.#end, at, incarnation });
    this.#buffer.set(kept, this.#end);
    this.#end += kept.length;
  }

  #makeRoom(length: number): void {
    const keptBytes = Math.min(this.#end - this.#start, RING_BYTES - length);
    const from = this.#end - keptBytes;
    if (from > this.#start) this.#dropped = true;
    let capacity = Math.max(this.#buffer.length, FIRST_BYTES);
    while (capacity < Math.min(2 * RING_BYTES, 2 * (keptBytes + length))) capacity *= 2;
    const target = capacity === this.#buffer.length ? this.#buffer : Buffer.alloc(capacity);
    this.#buffer.copy(target, 0, from, this.#end);
    this.#buffer = target;
    const valid = this.#marks.findLastIndex((mark) => mark.from <= from);
    this.#marks = this.#marks
      .slice(Math.max(0, valid))
      .map((mark) => ({ ...mark, from: Math.max(0, mark.from - from) }));
    this.#start = 0;
    this.#end = keptBytes;
  }

  /** The unfinished last line, if there is one. */
  partial(): Uint8Array {
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    return bytes.subarray(bytes.lastIndexOf(NEWLINE) + 1);
  }

  /** The next life begins on a new line. */
  endLine(at: number, incarnation = 0): void {
    if (this.partial().length > 0) this.append(Uint8Array.of(NEWLINE), at, incarnation);
  }

  /** The last lines, oldest first. The first one is left out when its beginning has gone. */
  lines(count: number): TailLine[] {
    let start = this.#start;
    if (this.#dropped || this.#start > 0) {
      const border = this.#buffer.subarray(start, this.#end).indexOf(NEWLINE);
      // One line that is longer than the ring: its end is better than nothing.
      if (border !== -1 && start + border + 1 < this.#end) start += border + 1;
    }
    const bytes = this.#buffer.subarray(start, this.#end);
    const lines: TailLine[] = [];
    let offset = start;
    let mark = 0;
    for (const text of textLines(bytes)) {
      const found = this.#buffer.indexOf(NEWLINE, offset);
      const end = found === -1 || found >= this.#end ? this.#end - 1 : found;
      // A line has the time at which its end was read.
      for (let next = this.#marks[mark + 1]; next !== undefined && next.from <= end; next = this.#marks[mark + 1])
        mark++;
      const { at = 0, incarnation = 0 } = this.#marks[mark] ?? {};
      lines.push({ at, incarnation, text });
      offset = end + 1;
    }
    return count <= 0 ? [] : lines.slice(-count);
  }

  save(): TailState {
    const from = Math.max(this.#start, this.#end - RING_BYTES);
    return {
      bytes: copyBytes(this.#buffer.subarray(from, this.#end)),
      marks: this.#marks.map((mark) => ({ ...mark, from: Math.max(0, mark.from - from) })),
      dropped: this.#dropped || from > 0,
    };
  }

  static restore(state: TailState): TailRing {
    const ring = new TailRing();
    ring.append(state.bytes, 0);
    ring.#marks = [...state.marks];
    ring.#dropped = state.dropped;
    return ring;
  }
}
