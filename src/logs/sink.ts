/**
 * The end of the plumbing: everything that goes to one path, from however many programs. Without
 * one sink for each path two instances that share a file would rotate it under each other, and a
 * full disk would be found, reported and repaired by each of them alone.
 *
 *   writing ──write or open fails──► failing (backlog in memory, then counted) ──a retry succeeds──► writing
 */

import { NEWLINE } from '../core/lines.ts';
import { type AppendPlan, planAppend } from '../core/rotation.ts';
import type { LogRules } from '../core/terms.ts';
import type { FilePosition } from '../protocol/control.ts';
import { Backlog, isMidLine, lossLine, type Writer } from './backlog.ts';
import { IndexWriter } from './index-writer.ts';
import { errorCode, LogFile } from './log-file.ts';
import type { Note } from './pump-messages.ts';

/** What a sink needs from the pump around it. */
export interface SinkSurroundings {
  now(): number;
  note(note: Note): void;
  /** A file was moved aside. A chunk is half written at this moment: what can wait has to. */
  rotated(sink: Sink, aside: string): void;
  /** Where time indexes stand; null: none are written. */
  readonly indexFolder: string | null;
  /** Delete what the rules let go. */
  freeSpace(): void;
  /** Call `retry` in a moment, and again until it says that it is done. */
  retryLater(sink: Sink): void;
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const RETRY_MS = 100;
/** How often the path is compared with the open file, so that a log deleted by hand is not written into the void for ever. */
const MOVED_CHECK_MS = 5000;
const ROTATION_PAUSE_MS = 60_000;
const LINE_BREAK = Uint8Array.of(NEWLINE);

export class Sink {
  readonly path: string;
  rules: LogRules;
  /** Bytes taken so far, written or kept. */
  accepted = 0;
  readonly #around: SinkSurroundings;
  readonly #writers = new Set<Writer>();
  #file: LogFile | null = null;
  #failing: { readonly backlog: Backlog; code: string; triedAt: number } | null = null;
  /** Who wrote the unfinished line at the end; null when unknown (the file was found so). */
  #lineOf: Writer | null = null;
  /** State after everything accepted, written or still in the backlog. */
  #midLine = false;
  /** Those whose current line has lost its beginning: the rest of it goes too. */
  readonly #broken = new Set<Writer>();
  #movedCheckedAt: number;
  #rotationPausedUntil = 0;
  /** Stamps only grow, also within a millisecond and when the clock was set back: the oldest is what is deleted first. */
  #newestStampAt = 0;
  readonly #index: IndexWriter | null;

  constructor(path: string, rules: LogRules, around: SinkSurroundings) {
    this.path = path;
    this.rules = rules;
    this.#around = around;
    this.#movedCheckedAt = around.now();
    this.#index = around.indexFolder === null ? null : new IndexWriter(around.indexFolder);
    this.#open(around.now());
    this.#midLine = this.#file?.midLine ?? false;
  }

  get isShared(): boolean {
    return this.#writers.size > 1;
  }

  get isUnused(): boolean {
    return this.#writers.size === 0;
  }

  get isFailing(): boolean {
    return this.#failing !== null;
  }

  get isMidLine(): boolean {
    return this.#midLine;
  }

  get position(): FilePosition | null {
    return this.#file?.position ?? null;
  }

  get realPath(): string {
    return this.#file?.realPath ?? this.path;
  }

  /** A rotated file with this stamp is there already. */
  knowStamp(at: number): void {
    this.#newestStampAt = Math.max(this.#newestStampAt, at);
  }

  /** An unfinished line that was found in the file belongs to the first who comes, unless he disowns it. */
  attach(writer: Writer): void {
    this.#writers.add(writer);
    if (this.#midLine && this.#lineOf === null) this.#lineOf = writer;
  }

  disown(writer: Writer): void {
    if (this.#lineOf === writer) this.#lineOf = null;
  }

  detach(writer: Writer): void {
    this.#writers.delete(writer);
    this.#broken.delete(writer);
    this.disown(writer);
  }

  append(bytes: Uint8Array, writer: Writer): void {
    const now = this.#around.now();
    const rest = this.#broken.size > 0 && this.#broken.has(writer) ? this.#dropBrokenLine(bytes, writer) : bytes;
    if (rest.length === 0) return;
    if (this.#midLine && this.#lineOf !== writer) this.#put(LINE_BREAK, writer, now);
    this.#put(rest, writer, now);
    this.#lineOf = writer;
  }

  /** Ends the unfinished line if this writer wrote it. */
  endLine(writer: Writer): void {
    if (this.#midLine && this.#lineOf === writer) this.append(LINE_BREAK, writer);
  }

  #put(bytes: Uint8Array, writer: Writer, now: number): void {
    if (this.#failing !== null && (now - this.#failing.triedAt < RETRY_MS || !this.retry())) {
      this.#keep(bytes, writer);
      return;
    }
    const written = this.#write(bytes, now);
    this.accepted += written;
    if (written === bytes.length) this.#midLine = isMidLine(bytes);
    else this.#keep(bytes.subarray(written), writer);
  }

  #keep(bytes: Uint8Array, writer: Writer): void {
    if (this.#failing === null) return;
    this.accepted += bytes.length;
    if (this.#failing.backlog.add(bytes, writer)) {
      this.#midLine = isMidLine(bytes);
      return;
    }
    this.#midLine = false;
    if (isMidLine(bytes)) this.#broken.add(writer);
  }

  #dropBrokenLine(bytes: Uint8Array, writer: Writer): Uint8Array {
    const end = bytes.indexOf(NEWLINE) + 1;
    if (end > 0) this.#broken.delete(writer);
    const lost = end > 0 ? end : bytes.length;
    if (this.#failing !== null && this.#failing.backlog.lostBytes > 0) {
      this.#failing.backlog.lostBytes += lost;
      if (end > 0) this.#failing.backlog.lostLines++;
    }
    writer.lose(lost);
    return bytes.subarray(lost);
  }

  /** Writes with rotation on the way. How many bytes are on disk; fewer than given means that the sink is failing now. */
  #write(bytes: Uint8Array, now: number): number {
    if (now - this.#movedCheckedAt > MOVED_CHECK_MS) this.#followPath(now);
    let done = 0;
    while (done < bytes.length) {
      const file = this.#file;
      if (file === null) return done;
      const rest = bytes.subarray(done);
      const plan = this.#plan(file, rest, now);
      const { written, error } = file.write(rest.subarray(0, plan.writeBytes));
      done += written;
      this.#index?.wrote(file, written, now);
      if (error !== null) {
        this.#fail(error, now);
        return done;
      }
      if (plan.rotate) this.#rotate(file, now);
    }
    return done;
  }

  #plan(file: LogFile, rest: Uint8Array, now: number): AppendPlan {
    if (!file.rotates || now < this.#rotationPausedUntil) return { writeBytes: rest.length, rotate: false };
    const plan = planAppend(file, this.rules, rest, now);
    if (!plan.rotate) return plan;
    file.measure();
    return planAppend(file, this.rules, rest, now);
  }

  #rotate(file: LogFile, now: number): void {
    try {
      const rotated = file.rotate(Math.max(now, this.#newestStampAt + 1), now);
      if (rotated === null) return;
      this.#newestStampAt = rotated.stampAt;
      this.#index?.rotated(file.realPath, rotated.stampAt);
      this.#around.rotated(this, rotated.aside);
    } catch (error) {
      this.#rotationPausedUntil = now + ROTATION_PAUSE_MS;
      this.#around.note({
        kind: 'write-failed',
        path: this.path,
        text: `${this.path} could not be rotated (${errorCode(error)}); it goes on growing, and the next attempt is in a minute`,
      });
    }
  }

  #open(now: number): boolean {
    try {
      this.#file = new LogFile(this.path, now);
      return true;
    } catch (error) {
      this.#fail(errorCode(error), now);
      return false;
    }
  }

  #fail(code: string, now: number): void {
    if (this.#failing !== null) {
      this.#failing.code = code;
      this.#failing.triedAt = now;
      return;
    }
    this.#failing = { backlog: new Backlog(), code, triedAt: now };
    this.#around.note({
      kind: FULL.has(code) ? 'disk-full' : 'write-failed',
      path: this.path,
      text: `${this.path} cannot be written (${code}); the program goes on, up to 256 KiB of its output wait in memory and the rest is counted as lost`,
      isLosing: true,
    });
    if (FULL.has(code)) this.#around.freeSpace();
    this.#around.retryLater(this);
  }

  /** Tries to write what waits. Says whether the sink works again. */
  retry(): boolean {
    const failing = this.#failing;
    if (failing === null) return true;
    const now = this.#around.now();
    failing.triedAt = now;
    if (this.#file === null && !this.#open(now)) return false;
    const waiting = failing.backlog.takeAll();
    const written = this.#write(waiting, now);
    failing.backlog.putBack(waiting.subarray(written));
    if (written < waiting.length || !this.#writeLoss(failing, now)) return false;
    this.#failing = null;
    this.#around.note({
      kind: 'disk-recovered',
      path: this.path,
      text: `${this.path} is written again; ${failing.backlog.totalLostBytes} bytes (${failing.backlog.totalLostLines} lines) were lost`,
    });
    return true;
  }

  #writeLoss(failing: { readonly backlog: Backlog; readonly code: string }, now: number): boolean {
    const { backlog, code } = failing;
    if (backlog.lostBytes === 0) return true;
    const why = FULL.has(code) ? 'the disk was full' : `the file could not be written (${code})`;
    const torn = this.#file?.midLine === true;
    const line = lossLine(backlog, why);
    const marker = torn ? Buffer.concat([LINE_BREAK, line]) : line;
    // Half a marker would be a line of nonsense: what a full disk leaves of it is taken up again.
    const written = this.#write(marker, now);
    this.#midLine = false;
    if (written === marker.length) return true;
    backlog.putBack(marker.subarray(written));
    backlog.told();
    return false;
  }

  /** The path was moved or deleted by somebody: go on at the path. */
  #followPath(now: number): void {
    this.#movedCheckedAt = now;
    if (this.#file?.isMoved() === true) this.reopen();
  }

  reopen(): void {
    const before = this.#file?.inode;
    this.#file?.close();
    this.#file = null;
    if (this.#failing !== null) this.retry();
    else this.#open(this.#around.now());
    // The other part of an unfinished line is in the file that has gone.
    if (this.position?.inode !== before) this.#midLine = false;
  }

  /** Empties the file; what waits for the disk belongs to what is to go. */
  empty(): void {
    this.#failing?.backlog.clear();
    this.#file?.empty();
    this.#midLine = false;
    if (this.#failing !== null) this.retry();
  }

  close(): void {
    this.retry();
    this.abandon();
  }

  /** Lets go of the file without another attempt to write. */
  abandon(): void {
    this.#file?.close();
    this.#file = null;
  }
}
