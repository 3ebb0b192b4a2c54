/**
 * One JSON value a line, bounded: the framing of every socket of ours. Without the bound one client that never
 * sends a line end would fill the daemon's memory.
 */

/** A start of a thousand apps with their environments fits; more is not a message. */
export const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

export const encodeFrame = (message: unknown): string => `${JSON.stringify(message)}\n`;

/** Bytes of unfinished messages that one process holds, over all its connections. */
export interface HeldBytes {
  readonly most: number;
  now: number;
}

const NOTHING = Buffer.alloc(0);
const FIRST_ROOM_BYTES = 4096;

/** Cuts a byte stream into lines and parses them. */
export class FrameReader {
  readonly #limit: number;
  readonly #held: HeldBytes | null;
  /** What has come of a line that is not whole, at the beginning of a buffer that grows by doubling: bytes may come one by one. */
  #room = NOTHING;
  #size = 0;

  constructor(limitBytes: number = LONGEST_FRAME_BYTES, held: HeldBytes | null = null) {
    this.#limit = limitBytes;
    this.#held = held;
  }

  /** @throws SyntaxError on a line that is not JSON, RangeError on one that is too long: the stream is lost then. */
  *read(chunk: Buffer): Generator<unknown> {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      const line = this.#size === 0 ? piece : Buffer.concat([this.#room.subarray(0, this.#size), piece]);
      this.release();
      from = end + 1;
      if (line.length > this.#limit) throw this.#tooLong();
      if (line.length > 0) yield JSON.parse(line.toString('utf8'));
    }
    // A copy: the caller may reuse the chunk's memory.
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** Lets go of an unfinished line: the connection has ended. */
  release(): void {
    if (this.#held !== null) this.#held.now -= this.#room.length;
    this.#room = NOTHING;
    this.#size = 0;
  }

  #keep(rest: Buffer): void {
    const size = this.#size + rest.length;
    if (size > this.#limit) throw this.#tooLong();
    if (size > this.#room.length) {
      const room = Math.max(FIRST_ROOM_BYTES, size, Math.min(2 * this.#room.length, this.#limit));
      const more = room - this.#room.length;
      if (this.#held !== null && this.#held.now + more > this.#held.most)
        throw new RangeError('too many long messages are on their way at once');
      if (this.#held !== null) this.#held.now += more;
      const grown = Buffer.allocUnsafeSlow(room);
      this.#room.copy(grown, 0, 0, this.#size);
      this.#room = grown;
    }
    rest.copy(this.#room, this.#size);
    this.#size = size;
  }

  #tooLong(): RangeError {
    return new RangeError(`a message is longer than ${this.#limit} bytes`);
  }
}
