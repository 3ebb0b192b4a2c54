/**
 * The lines of one block of bytes that satisfy a query, in the order of time. Without the way by blocks a search through a
 * gigabyte would make a string, and look at it, for each of ten million lines; most of them are not wanted.
 */
import { CUT_MARKER, LINE_LIMIT_BYTES, NEWLINE } from '../../core/lines.ts';
import type { Filter } from './filter.ts';
import type { LineClock, Written } from './line-clock.ts';
import { factsOf, type LineFacts, timeOf } from './line-facts.ts';
import type { FoundLine, Level, LogSource } from './query.ts';

/** A line that was found, with its place in the order of all lines. */
export interface Hit {
  readonly line: FoundLine;
  /** ms; the order of lines. Grows within a file. */
  readonly key: number;
  /** Of its file; null: not known (compressed by another program). */
  readonly inode: number | null;
  /** Of a rotated file. */
  readonly stamp: string | null;
  readonly offset: number;
}

/** What is asked, of what. */
export interface BlockContext {
  readonly source: LogSource;
  readonly filter: Filter;
  readonly clock: LineClock;
  readonly inode: number | null;
  readonly stamp: string | null;
  /** All of the file was written between these. */
  readonly from: number;
  readonly to: number;
  /** Told of a line of which nobody knows when it was written, and that may be of the time that is asked for. */
  undated(): void;
}

/** Lines are written later than the time in them by so much at most (loggers collect); otherwise they speak of another time. */
export const BEHIND_MS = 600_000;
/** Clocks of different programs. */
export const AHEAD_MS = 5_000;
/** How far back the line is looked for that another continues. */
const LOOK_BACK_LINES = 100;
const SPACE = 32;
const TAB = 9;
const ESCAPE = 27;
const RETURN = 13;

/** The time that a line hands down to those that continue it: its own, or one from so many lines before it. */
interface Handed {
  readonly start: number;
  readonly at: number | null;
  readonly distance: number;
}

export class Block {
  readonly #bytes: Buffer;
  /** Of the first byte in the file; it begins a line. */
  readonly #base: number;
  readonly #context: BlockContext;
  /** Of the line that was looked at last. */
  #last: Handed | null = null;

  constructor(bytes: Buffer, base: number, context: BlockContext) {
    this.#bytes = bytes;
    this.#base = base;
    this.#context = context;
  }

  /** The first time that a line tells; null: none of the first lines does. */
  headTime(): number | null {
    let start = 0;
    for (let line = 0; line < LOOK_BACK_LINES && start < this.#bytes.length; line++) {
      const end = this.#lineEnd(start);
      const at = timeOf(this.#textOf(start, end), this.#context.source);
      if (at !== null) return at;
      start = end + 1;
    }
    return null;
  }

  /** Sorted by time; those of one time as they stand in the file. */
  hits(): Hit[] {
    const found: Hit[] = [];
    let isSorted = true;
    this.#eachCandidate((start, end) => {
      const hit = this.#look(start, end);
      if (hit === null) return;
      const last = found[found.length - 1];
      if (last !== undefined && last.key > hit.key) isSorted = false;
      found.push(hit);
    });
    return isSorted ? found : found.sort((a, b) => a.key - b.key || a.offset - b.offset);
  }

  #lineEnd(start: number): number {
    const end = this.#bytes.indexOf(NEWLINE, start);
    return end === -1 ? this.#bytes.length : end;
  }

  #eachCandidate(each: (start: number, end: number) => void): void {
    const text = this.#searchable();
    if (text !== null) {
      this.#eachMatch(text, each);
      return;
    }
    const { length } = this.#bytes;
    for (let start = 0; start < length; ) {
      const end = this.#lineEnd(start);
      each(start, end);
      start = end + 1;
    }
  }

  /** The block as one text in which an index is an offset, or null: lines must be looked at one by one. */
  #searchable(): string | null {
    const { source, filter } = this.#context;
    const { candidates } = filter;
    if (candidates === null || source.isJson || (candidates.hasStart && source.datePattern !== null)) return null;
    if (this.#bytes.includes(ESCAPE)) return null;
    const text = this.#bytes.toString('utf8');
    return text.length === this.#bytes.length ? text : null;
  }

  #eachMatch(text: string, each: (start: number, end: number) => void): void {
    const { candidates } = this.#context.filter;
    if (candidates === null) return;
    for (let from = 0; from < text.length; ) {
      const at = candidates.find(text, from);
      // A match of nothing at the very end of the last line is none of a line after it.
      if (at === -1 || at >= text.length) return;
      const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
      const end = this.#lineEnd(at);
      // The match may go on into the next lines: each line is asked alone.
      each(start, end);
      from = end + 1;
    }
  }

  #textOf(start: number, end: number): string {
    const stop = end > start && this.#bytes[end - 1] === RETURN ? end - 1 : end;
    if (stop - start <= LINE_LIMIT_BYTES) return this.#bytes.toString('utf8', start, stop);
    return this.#bytes.toString('utf8', start, start + LINE_LIMIT_BYTES) + CUT_MARKER;
  }

  #facts(start: number, end: number): LineFacts {
    return factsOf(this.#textOf(start, end), this.#context.source);
  }

  #look(start: number, end: number): Hit | null {
    const { filter, clock, source, inode, stamp } = this.#context;
    const facts = this.#facts(start, end);
    const place = this.#timeOf(facts, start);
    const at = place.at;
    if (at !== null && ((filter.since !== null && at < filter.since) || (filter.until !== null && at > filter.until)))
      return null;
    if (!filter.matches(facts, () => this.#headingLevel(start))) return null;
    if (at === null && !this.#mayBeAsked(clock.beganAt)) return null;
    const { id, name, namespace, stream } = source;
    const line: FoundLine = {
      id: facts.id ?? id,
      name: facts.name ?? name,
      namespace,
      stream: facts.stream ?? stream,
      at,
      text: facts.text,
      level: facts.level,
      fields: facts.fields,
    };
    return { line, key: place.key, inode, stamp, offset: this.#base + start };
  }

  /** A line of an unknown time is given rather than withheld. */
  #mayBeAsked(beganAt: number | null): boolean {
    const { filter, from, to, undated } = this.#context;
    if (filter.since === null && filter.until === null) return true;
    const latest = Math.min(to, beganAt ?? to);
    if ((filter.since !== null && latest < filter.since) || (filter.until !== null && from > filter.until))
      return false;
    undated();
    return true;
  }

  #timeOf(facts: LineFacts, start: number): { readonly at: number | null; readonly key: number } {
    const { clock, from } = this.#context;
    const written = clock.written(this.#base + start);
    const isOwn = facts.at !== null && isPlausible(facts.at, written);
    this.#last = isOwn ? { start, at: facts.at, distance: 0 } : this.#inherited(start, written);
    const own = this.#last.at;
    if (written === null) return { at: own, key: own ?? from };
    return { at: own ?? written.from, key: Math.min(Math.max(own ?? written.from, written.from), written.to) };
  }

  /** A line without a time continues the one before it, within the part that was written at once. */
  #inherited(start: number, written: Written | null): Handed {
    const floor = Math.max(0, this.#context.clock.partStart(this.#base + start) - this.#base);
    const none: Handed = { start, at: null, distance: 0 };
    let end = start - 1;
    for (let distance = 1; distance <= LOOK_BACK_LINES && end >= floor; distance++) {
      const begin = end === 0 ? 0 : this.#bytes.lastIndexOf(NEWLINE, end - 1) + 1;
      if (begin < floor) return none;
      if (begin === this.#last?.start) {
        const total = distance + this.#last.distance;
        return this.#last.at === null || total > LOOK_BACK_LINES ? none : { start, at: this.#last.at, distance: total };
      }
      const at = timeOf(this.#textOf(begin, end), this.#context.source);
      if (at !== null && isPlausible(at, written)) return { start, at, distance };
      end = begin - 1;
    }
    return none;
  }

  #isIndented(start: number): boolean {
    const { isJson, datePattern } = this.#context.source;
    const isBare = !isJson && datePattern === null;
    const first = isBare ? this.#bytes[start] : this.#facts(start, this.#lineEnd(start)).text.charCodeAt(0);
    return first === SPACE || first === TAB;
  }

  /** Of the line that an indented one belongs to: a stack trace has the level of its error. */
  #headingLevel(start: number): Level | null {
    const floor = Math.max(0, this.#context.clock.partStart(this.#base + start) - this.#base);
    let begin = start;
    for (let line = 0; line < LOOK_BACK_LINES && this.#isIndented(begin) && begin > floor; line++) {
      const end = begin - 1;
      begin = end === 0 ? 0 : this.#bytes.lastIndexOf(NEWLINE, end - 1) + 1;
      if (!this.#isIndented(begin)) return begin < floor ? null : this.#facts(begin, end).level;
    }
    return null;
  }
}

function isPlausible(at: number, written: Written | null): boolean {
  return written === null || (at >= written.from - BEHIND_MS && at <= written.to + AHEAD_MS);
}
