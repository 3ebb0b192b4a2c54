/**
 * The way of one stream into one file: formats what comes and keeps the lines of several programs
 * apart. Without it the halves of two instances' lines would meet in a shared file.
 *
 * Alone in a file, chunks go through as they come. In a shared file a partial line waits in memory
 * for its newline, but not longer than HOLD_MS after it began and not beyond HOLD_BYTES; then it is
 * written as it is, and if another program writes before it goes on, a line break is put between.
 */
import { copyBytes, joinBytes, lastLineEnd } from '../core/lines.ts';
import type { LogRules } from '../core/terms.ts';
import type { Writer } from './backlog.ts';
import { type LineFormat, type LineSource, lineFormat } from './line-format.ts';
import type { Sink } from './sink.ts';

/** Where an outlet's bytes go: a file, or the console of a daemon in the foreground. */
export type LineSink = Pick<
  Sink,
  'path' | 'position' | 'accepted' | 'isShared' | 'isMidLine' | 'attach' | 'disown' | 'detach' | 'append' | 'endLine'
>;

/** Long enough for a program that writes a line in two calls and is delayed between them. */
export const HOLD_MS = 1000;
export const HOLD_BYTES = 64 * 1024;

export interface OutletSource extends LineSource {
  readonly rules: LogRules;
}

/** @param midLine the first byte to come continues a line whose beginning is there already */
export type MakeFormat = (source: OutletSource, midLine: boolean) => LineFormat;

const AS_RULED: MakeFormat = (source, midLine) => lineFormat(source.rules, source, midLine);

export class Outlet implements Writer {
  readonly sink: LineSink;
  readonly #source: OutletSource;
  #format: LineFormat;
  readonly #lose: (bytes: number) => void;
  readonly #makeFormat: MakeFormat;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #heldSince = 0;
  readonly #isMeantToBeShared: boolean;

  /**
   * `isShared`: the file is for several programs, or for both streams of one. An unfinished line at the end of the
   * file is taken for this program's own, until `startAnew` says otherwise.
   */
  constructor(
    sink: LineSink,
    source: OutletSource,
    isShared: boolean,
    lose: (bytes: number) => void,
    makeFormat: MakeFormat = AS_RULED,
  ) {
    this.sink = sink;
    this.#source = source;
    this.#lose = lose;
    this.#isMeantToBeShared = isShared;
    this.#makeFormat = makeFormat;
    this.#format = makeFormat(source, sink.isMidLine);
    sink.attach(this);
  }

  /** The program is a new one and begins on a new line. Before its first byte. */
  startAnew(): void {
    this.sink.disown(this);
    this.#format = this.#makeFormat(this.#source, false);
  }

  /** Meant to be counts too: the others may not be there yet. */
  get #isShared(): boolean {
    return this.#isMeantToBeShared || this.sink.isShared;
  }

  lose(bytes: number): void {
    this.#lose(bytes);
  }

  /** Something waits here that `release` would write. */
  get isHolding(): boolean {
    return this.#heldBytes > 0;
  }

  take(chunk: Uint8Array, at: number): void {
    const bytes = this.#format.take(chunk, at);
    if (bytes === null) return;
    if (this.#format.givesWholeLines || (!this.#isShared && this.#heldBytes === 0)) {
      this.sink.append(bytes, this);
      return;
    }
    const end = this.#isShared ? lastLineEnd(bytes) : bytes.length;
    if (end > 0) {
      const lines = bytes.subarray(0, end);
      this.sink.append(this.#heldBytes === 0 ? lines : joinBytes([...this.#takeHeld(), lines]), this);
    }
    if (end < bytes.length) this.#hold(bytes.subarray(end), at);
  }

  #hold(bytes: Uint8Array, at: number): void {
    if (this.#heldBytes === 0) this.#heldSince = at;
    this.#held.push(copyBytes(bytes));
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > HOLD_BYTES) this.#writeHeld();
    else if (this.#held.length > 256) this.#held = [joinBytes(this.#held)];
  }

  #takeHeld(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #writeHeld(): void {
    if (this.#heldBytes > 0) this.sink.append(joinBytes(this.#takeHeld()), this);
  }

  /** Writes a partial line that has waited long enough. */
  release(now: number): void {
    if (now - this.#heldSince >= HOLD_MS) this.#writeHeld();
  }

  /** What is in memory only, so that another thread can go on with it. */
  handOver(): Uint8Array {
    return joinBytes([...this.#held, this.#format.held()]);
  }

  /** Takes up what an earlier thread held. It was formatted already, except for JSON, which holds lines as they came. */
  takeOver(held: Uint8Array, at: number): void {
    if (held.length === 0) return;
    if (this.#format.givesWholeLines) this.#format.take(held, at);
    else this.#hold(held, at);
  }

  /** The program has ended: what is left is written, and its last line is ended so that the next life begins on a new one. */
  finish(at: number): void {
    this.#writeHeld();
    const rest = this.#format.finish(at);
    if (rest !== null) this.sink.append(rest, this);
    this.sink.endLine(this);
    this.sink.detach(this);
  }

  /** The program goes on without this pump: the line is ended only where another could come between. */
  leave(at: number): void {
    if (this.#isShared || this.#format.givesWholeLines) {
      this.finish(at);
      return;
    }
    this.#writeHeld();
    this.sink.detach(this);
  }
}
