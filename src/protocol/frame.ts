/**
 * One JSON value a line, bounded: the framing of every socket of ours. Without the bound one client that never
 * sends a line end would fill the daemon's memory.
 */

/** A start of a thousand apps with their environments fits; more is not a message. */
export const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

export const encodeFrame = (message: unknown): string => `${JSON.stringify(message)}\n`;

/** Cuts a byte stream into lines and parses them. */
export class FrameReader {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(limitBytes: number = LONGEST_FRAME_BYTES) {
    this.#limit = limitBytes;
  }

  /** @throws SyntaxError on a line that is not JSON, RangeError on one that is too long: the stream is lost then. */
  *read(chunk: Buffer): Generator<unknown> {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      const line = this.#parts.length === 0 ? piece : Buffer.concat([...this.#parts, piece]);
      this.#parts = [];
      this.#size = 0;
      from = end + 1;
      if (line.length > 0) yield JSON.parse(line.toString('utf8'));
    }
    if (from < chunk.length) {
      const rest = chunk.subarray(from);
      this.#size += rest.length;
      if (this.#size > this.#limit) throw new RangeError(`a message is longer than ${this.#limit} bytes`);
      // A copy: the caller may reuse the chunk's memory.
      this.#parts.push(Buffer.from(rest));
    }
  }
}
