/**
 * What a sink could not write yet: a bounded piece of memory, and the count of what did not fit.
 * Without the bound a full disk would become a full memory; without the count nobody would know
 * that a log has a hole.
 */
import { copyBytes, countLineEnds, joinBytes, lastLineEnd, NEWLINE } from '../core/lines.ts';

export const BACKLOG_LIMIT_BYTES = 256 * 1024;

/** Whoever writes to a sink; told of each byte that is lost for good. */
export interface Writer {
  lose(bytes: number): void;
}

export class Backlog {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Lost since the last marker line. */
  lostBytes = 0;
  lostLines = 0;
  #toldBytes = 0;
  #toldLines = 0;

  get totalLostBytes(): number {
    return this.#toldBytes + this.lostBytes;
  }

  get totalLostLines(): number {
    return this.#toldLines + this.lostLines;
  }

  /** The loss so far stands in the file, or is about to: begin a new count. */
  told(): void {
    this.#toldBytes += this.lostBytes;
    this.#toldLines += this.lostLines;
    this.lostBytes = 0;
    this.lostLines = 0;
  }

  /**
   * Keeps a copy, or counts. From the first byte that does not fit all is counted until the backlog is
   * written, so that the file has one hole with a border at a line. Says whether all was kept.
   */
  add(bytes: Uint8Array, writer: Writer): boolean {
    let kept = bytes;
    if (this.lostBytes > 0) kept = bytes.subarray(0, 0);
    else if (this.#bytes + bytes.length > BACKLOG_LIMIT_BYTES) {
      kept = bytes.subarray(0, lastLineEnd(bytes.subarray(0, BACKLOG_LIMIT_BYTES - this.#bytes)));
    }
    if (kept.length > 0) {
      this.#pieces.push(copyBytes(kept));
      this.#bytes += kept.length;
      if (this.#pieces.length > 256) this.#pieces = [joinBytes(this.#pieces)];
    }
    const lost = bytes.subarray(kept.length);
    if (lost.length === 0) return true;
    this.lostBytes += lost.length;
    this.lostLines += countLineEnds(lost);
    writer.lose(lost.length);
    return false;
  }

  /** All that is kept, to be written now; give the rest back with `putBack`. */
  takeAll(): Uint8Array {
    const all = joinBytes(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return all;
  }

  putBack(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.#pieces.unshift(rest);
    this.#bytes += rest.length;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}

/** The line that stands in the log where something is missing. */
export function lossLine(backlog: Backlog, why: string): Uint8Array {
  return Buffer.from(
    `[upkeep] ${backlog.lostBytes} bytes (${backlog.lostLines} lines) of this log were lost: ${why}\n`,
  );
}

export const isMidLine = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
