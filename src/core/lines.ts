/**
 * Lines as bytes: where they end, and how they are put together again from arbitrary chunks.
 * Without it a character or a line that falls on a chunk border would be torn, and a program that
 * never writes a newline could fill the daemon's memory.
 */

export const NEWLINE = 10;

/** A line that is held in memory is never longer; the raw file still gets every byte. */
export const LINE_LIMIT_BYTES = 1024 * 1024;

/** Stands where the rest of an over-long line was left out. */
export const CUT_MARKER = ' [upkeep: line cut here]';

const CUT_ENDING = Uint8Array.from(`${CUT_MARKER}\n`, (character) => character.charCodeAt(0));

/** The index just after the last newline; 0 when there is none. */
export function lastLineEnd(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

/** How many lines end in these bytes. */
export function countLineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** The largest length up to `wanted` at which no UTF-8 character is torn (as is, if the bytes are not UTF-8). */
export function characterBorder(bytes: Uint8Array, wanted: number): number {
  if (wanted >= bytes.length) return bytes.length;
  for (let at = wanted; at >= 0 && at > wanted - 4; at--) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return wanted;
}

/** A copy for certain: `slice` of a Buffer, which is a Uint8Array too, only gives another view. */
export const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Calls `each` with every line, without its newline; bytes after the last newline are a line too. */
export function forEachLine(bytes: Uint8Array, each: (start: number, end: number) => void): void {
  let start = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, start)) {
    each(start, at);
    start = at + 1;
  }
  if (start < bytes.length) each(start, bytes.length);
}

/**
 * Takes chunks as they come and gives back whole lines. What it keeps is a copy, because the
 * reader's buffer is used again for the next chunk.
 */
export class LineAssembler {
  readonly #limit: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** The held line has passed the limit: its rest is left out up to the newline. */
  #cut = false;

  constructor(limitBytes: number = LINE_LIMIT_BYTES) {
    this.#limit = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** All lines that are whole now, each with its newline, as one new array; null when there are none. */
  push(chunk: Uint8Array): Uint8Array | null {
    const end = lastLineEnd(chunk);
    if (end === 0) {
      this.#hold(chunk);
      return null;
    }
    const first = this.#heldBytes === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
    // The end of the held line is held too, so that the limit is applied in one place.
    if (first > 0) this.#hold(chunk.subarray(0, first - 1));
    const whole =
      first === 0 ? copyBytes(chunk.subarray(0, end)) : joinBytes([...this.#release(), chunk.subarray(first, end)]);
    this.#hold(chunk.subarray(end));
    return whole;
  }

  /** The partial last line, with a newline added; null when there is none. */
  finish(): Uint8Array | null {
    return this.#heldBytes === 0 ? null : joinBytes(this.#release());
  }

  /** The held bytes as they are, for whoever goes on with them. */
  peek(): Uint8Array {
    return joinBytes(this.#held);
  }

  #release(): Uint8Array[] {
    const line = [...this.#held, this.#cut ? CUT_ENDING : Uint8Array.of(NEWLINE)];
    this.#held = [];
    this.#heldBytes = 0;
    this.#cut = false;
    return line;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#cut) return;
    const room = this.#limit - this.#heldBytes;
    if (bytes.length > room) this.#cut = true;
    const kept = copyBytes(bytes.subarray(0, characterBorder(bytes, room)));
    this.#held.push(kept);
    this.#heldBytes += kept.length;
    // Many tiny writes without a newline must not become many tiny arrays.
    if (this.#held.length > 256) this.#held = [joinBytes(this.#held)];
  }
}
