/**
 * Many logs as one, in the order of time. Every log is read only as far as the others have come, so that memory holds a block
 * of each at most; without that one log with few matches would be read to its end while the others wait.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Hit } from './block.ts';
import type { Step } from './scan.ts';

export interface Stream {
  /** Of the log; decides between lines of the same time. */
  readonly path: string;
  readonly steps: AsyncGenerator<Step>;
}

export interface Merged {
  readonly hit: Hit;
  readonly path: string;
}

/** Others get a turn after so long: a server goes on answering while it searches. */
const TURN_MS = 20;

interface Head {
  readonly path: string;
  readonly steps: AsyncGenerator<Step>;
  hits: readonly Hit[];
  at: number;
  /** Of what is to be read. */
  bound: number;
  /** Of the next line, or the bound. */
  key: number;
  isKnown: boolean;
}

export class Merge {
  readonly #sign: 1 | -1;
  /** A heap; the first is the next. */
  readonly #heads: Head[] = [];
  readonly #deadline: number;
  readonly #from: number;
  #hasGiven = false;
  #turnAt = performance.now();

  /**
   * @param direction `forward`: oldest first
   * @param budget `next` gives up after so many ms, but not before it has come below `from`: who asks again comes to an end
   */
  constructor(
    streams: readonly Stream[],
    direction: 'forward' | 'backward',
    budget: { readonly ms: number; readonly from: number } | null = null,
  ) {
    this.#sign = direction === 'forward' ? 1 : -1;
    this.#deadline = performance.now() + (budget?.ms ?? Number.POSITIVE_INFINITY);
    this.#from = budget?.from ?? Number.POSITIVE_INFINITY;
    const key = this.#sign * Number.NEGATIVE_INFINITY;
    for (const { path, steps } of streams)
      this.#heads.push({ path, steps, hits: [], at: 0, bound: key, key, isKnown: false });
  }

  /** Where the search stands: all lines on this side of the key were given. null: at the end. */
  get frontier(): number | null {
    return this.#heads[0]?.key ?? null;
  }

  /** The next line; `end`: there is none; `late`: the time is over. */
  async next(): Promise<Merged | 'end' | 'late'> {
    for (;;) {
      const head = this.#heads[0];
      if (head === undefined) return 'end';
      const hit = head.isKnown ? head.hits[head.at] : undefined;
      if (hit !== undefined) {
        head.at++;
        this.#hasGiven = true;
        this.#settle(head);
        return { hit, path: head.path };
      }
      const now = performance.now();
      // The place where it stands must be a time, so that one can go on from there.
      const isAhead = this.#hasGiven || head.key < this.#from;
      if (now > this.#deadline && isAhead && Number.isFinite(head.key)) return 'late';
      if (now - this.#turnAt > TURN_MS) {
        await nextTurn();
        this.#turnAt = performance.now();
      }
      await this.#step(head);
    }
  }

  async #step(head: Head): Promise<void> {
    const { value, done } = await head.steps.next();
    if (done === true) {
      const last = this.#heads.pop();
      if (last !== undefined && last !== head) {
        this.#heads[0] = last;
        this.#sink();
      }
      return;
    }
    head.hits = value.hits;
    head.at = 0;
    head.bound = value.bound;
    this.#settle(head);
  }

  #settle(head: Head): void {
    const next = head.hits[head.at];
    head.isKnown = next !== undefined;
    head.key = next?.key ?? head.bound;
    this.#sink();
  }

  /** Puts the first head, whose key has changed, where it belongs. */
  #sink(): void {
    const heads = this.#heads;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (left < heads.length && this.#isBefore(heads[left] as Head, heads[first] as Head)) first = left;
      if (right < heads.length && this.#isBefore(heads[right] as Head, heads[first] as Head)) first = right;
      if (first === at) return;
      const moved = heads[at] as Head;
      heads[at] = heads[first] as Head;
      heads[first] = moved;
      at = first;
    }
  }

  #isBefore(a: Head, b: Head): boolean {
    if (a.key !== b.key) return this.#sign * (a.key - b.key) < 0;
    // What is not known yet may hold a line of the same time that comes first.
    if (a.isKnown !== b.isKnown) return !a.isKnown;
    return this.#sign === 1 ? a.path < b.path : a.path > b.path;
  }

  async close(): Promise<void> {
    for (const { steps } of this.#heads.splice(0)) await steps.return(undefined);
  }
}
