/**
 * Counts the requests that the servers of this process answer, while somebody wants to know. A request costs nothing before, and
 * then two short calls: an app must not pay for being looked at by those who do not look.
 */
import type { Measures, Requests } from '../protocol/agent.ts';
import { bucketOf, LATENCY_BOUNDS_MS, quantileMs } from '../protocol/latency.ts';
import { requestsInFlight } from './in-flight.ts';

const WINDOW_MS = 60_000;
/** Requests are counted by slices of this. */
const SLICE_MS = 5_000;
const SLICES = WINDOW_MS / SLICE_MS;
/** Counts of a slice: one for each bound, and one for those beyond. */
const WIDTH = LATENCY_BOUNDS_MS.length + 1;
const CLASSES = 6;

interface Outgoing {
  readonly statusCode: number;
}

class Identity {
  constructor(one: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what extends this puts its private field on the object given
    return one;
  }
}

/**
 * Since when an answer is being made, kept in the answer itself where nobody can see it. A map by object would cost five times as
 * much, and a property of its own would be found by those who look at the object.
 */
class Begun extends Identity {
  #at: number;

  constructor(one: object, at: number) {
    super(one);
    this.#at = at;
  }

  static note(one: object, at: number): void {
    if (#at in one) (one as Begun).#at = at;
    else new Begun(one, at);
  }

  /** null: it began before anybody counted. */
  static of(one: object): number | null {
    return #at in one ? (one as Begun).#at : null;
  }
}

export class RequestCounts {
  /** Of the last minute, a row for each slice. */
  readonly #slices = new Uint32Array(SLICES * WIDTH);
  readonly #sliceSums = new Float64Array(SLICES);
  /** Of what is older. */
  readonly #past = new Float64Array(WIDTH);
  readonly #answered = new Float64Array(CLASSES);
  #sumMs = 0;
  #slice = 0;
  #counting = 0;
  #hasRequests = false;
  #hasAnswers = false;
  #undo: (() => void) | null = null;

  begin(): void {
    if (this.#undo !== null) return;
    this.#counting++;
    this.#slice = Math.trunc(performance.now() / SLICE_MS);
    const channels = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
    const listeners: readonly (readonly [string, (message: unknown) => void])[] = [
      ['http.server.request.start', (message) => this.#onRequest((message as { response: object }).response)],
      ['http.server.response.finish', (message) => this.#onAnswer((message as { response: Outgoing }).response)],
      // Of Nodes that tell of HTTP/2.
      ['http2.server.stream.start', (message) => this.#onRequest((message as { stream: object }).stream)],
      ['http2.server.stream.finish', (message) => this.#onStream(message)],
    ];
    for (const [name, listener] of listeners) channels.subscribe(name, listener);
    this.#undo = () => {
      for (const [name, listener] of listeners) channels.unsubscribe(name, listener);
    };
  }

  end(): void {
    this.#undo?.();
    this.#undo = null;
  }

  #onRequest(answer: object): void {
    this.#hasRequests = true;
    Begun.note(answer, performance.now());
  }

  #onAnswer(answer: Outgoing): void {
    const at = Begun.of(answer);
    if (at !== null) this.#count(at, answer.statusCode);
  }

  #onStream(message: unknown): void {
    const { stream, headers } = message as { stream: object; headers?: Record<string, unknown> };
    const at = Begun.of(stream);
    if (at !== null) this.#count(at, Number(headers?.[':status']));
  }

  #count(begunAt: number, status: number): void {
    const now = performance.now();
    this.#hasAnswers = true;
    this.#turnTo(now);
    const ms = now - begunAt;
    const row = this.#slice % SLICES;
    const at = row * WIDTH + bucketOf(LATENCY_BOUNDS_MS, ms);
    this.#slices[at] = (this.#slices[at] as number) + 1;
    this.#sliceSums[row] = (this.#sliceSums[row] as number) + ms;
    const kind = Math.trunc(status / 100);
    if (kind >= 1 && kind < CLASSES) this.#answered[kind] = (this.#answered[kind] as number) + 1;
  }

  /** Slices that are over a minute old belong to the past. */
  #turnTo(now: number): void {
    const slice = Math.trunc(now / SLICE_MS);
    if (slice === this.#slice) return;
    const steps = Math.min(SLICES, slice - this.#slice);
    for (let step = 1; step <= steps; step++) {
      const row = (this.#slice + step) % SLICES;
      for (let i = 0; i < WIDTH; i++)
        this.#past[i] = (this.#past[i] as number) + (this.#slices[row * WIDTH + i] as number);
      this.#slices.fill(0, row * WIDTH, (row + 1) * WIDTH);
      this.#sumMs += this.#sliceSums[row] as number;
      this.#sliceSums[row] = 0;
    }
    this.#slice = slice;
  }

  #recent(): number[] {
    const counts = new Array<number>(WIDTH).fill(0);
    for (let i = 0; i < this.#slices.length; i++)
      counts[i % WIDTH] = (counts[i % WIDTH] as number) + (this.#slices[i] as number);
    return counts;
  }

  /** Of the last minute. */
  lately(): Measures['http'] {
    if (!this.#hasAnswers) return null;
    this.#turnTo(performance.now());
    const counts = this.#recent();
    const perMinute = counts.reduce((total, count) => total + count, 0);
    const sumMs = this.#sliceSums.reduce((total, ms) => total + ms, 0);
    return {
      perMinute,
      meanMs: perMinute === 0 ? 0 : sumMs / perMinute,
      p95Ms: quantileMs(LATENCY_BOUNDS_MS, counts, 0.95) ?? 0,
    };
  }

  /** Of all that was counted. */
  all(): Requests | null {
    if (!this.#hasRequests) return null;
    const counts = this.#recent().map((count, i) => count + (this.#past[i] as number));
    return {
      counting: this.#counting,
      inFlight: requestsInFlight(),
      answered: [...this.#answered.subarray(1)],
      durations: { counts, sumMs: this.#sumMs + this.#sliceSums.reduce((total, ms) => total + ms, 0) },
    };
  }
}
