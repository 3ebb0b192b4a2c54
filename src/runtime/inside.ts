/**
 * How the process is inside, for whoever asks the daemon: heap, event loop, requests answered. It keeps a few numbers and no
 * timer of its own; without bounds on what it keeps a busy server would pay for being measured.
 */
import type { IntervalHistogram } from 'node:perf_hooks';
import type { Measures } from '../protocol/agent.ts';

/** The event loop is watched from then on: a program that ends at once does not pay for it. */
const WATCH_AFTER_MS = 1_000;
/** How often the loop is looked at; each look wakes the process up. */
const LOOP_LOOK_MS = 100;
const WINDOW_MS = 60_000;
/** Requests are counted by slices of this. */
const SLICE_MS = 5_000;
const SLICES = WINDOW_MS / SLICE_MS;
/** Latencies that are kept; the oldest go first. */
const MOST_LATENCIES = 500;
/** More requests than this within a second are measured one in sixteen. */
const ALL_WITHIN_A_SECOND = 50;
const ONE_IN = 16;

const NS_PER_MS = 1e6;

interface Answered {
  readonly response: object;
}

class Requests {
  readonly #counts = new Array<number>(SLICES).fill(0);
  #slice = 0;
  readonly #begun = new WeakMap<object, number>();
  readonly #latencies: { readonly at: number; readonly ms: number }[] = [];
  #second = 0;
  #inSecond = 0;
  #seen = false;
  #isWatched = false;

  /** A request costs nothing until somebody has looked: two messages each would slow a small server down by a tenth. */
  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const { subscribe } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
    subscribe('http.server.request.start', (message) => {
      const now = performance.now();
      const second = Math.trunc(now / 1_000);
      if (second !== this.#second) {
        this.#second = second;
        this.#inSecond = 0;
      }
      this.#inSecond++;
      if (this.#inSecond <= ALL_WITHIN_A_SECOND || this.#inSecond % ONE_IN === 0)
        this.#begun.set((message as Answered).response, now);
    });
    subscribe('http.server.response.finish', (message) => this.#count((message as Answered).response));
  }

  #count(response: object): void {
    const now = performance.now();
    this.#turnTo(now);
    this.#seen = true;
    this.#counts[this.#slice % SLICES] = (this.#counts[this.#slice % SLICES] ?? 0) + 1;
    const begun = this.#begun.get(response);
    if (begun === undefined) return;
    this.#latencies.push({ at: now, ms: now - begun });
    if (this.#latencies.length > MOST_LATENCIES) this.#latencies.shift();
  }

  /** Slices that are over a minute old are empty. */
  #turnTo(now: number): void {
    const slice = Math.trunc(now / SLICE_MS);
    if (slice - this.#slice >= SLICES) this.#counts.fill(0);
    else for (let one = this.#slice + 1; one <= slice; one++) this.#counts[one % SLICES] = 0;
    this.#slice = slice;
  }

  get measures(): Measures['http'] {
    if (!this.#seen) return null;
    const now = performance.now();
    this.#turnTo(now);
    const latencies = this.#latencies
      .filter(({ at }) => now - at < WINDOW_MS)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    const sum = latencies.reduce((total, ms) => total + ms, 0);
    return {
      perMinute: this.#counts.reduce((total, count) => total + count, 0),
      meanMs: latencies.length === 0 ? 0 : sum / latencies.length,
      p95Ms: latencies[Math.ceil(latencies.length * 0.95) - 1] ?? 0,
    };
  }
}

/** @returns what it is like now */
export function lookInside(): () => Measures {
  const requests = new Requests();
  let loop: IntervalHistogram | null = null;
  let resetAt = 0;
  setTimeout(() => {
    try {
      const { monitorEventLoopDelay } = require('node:perf_hooks') as typeof import('node:perf_hooks');
      loop = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS });
      loop.enable();
    } catch {
      // A Node without one: nothing is said of the loop.
    }
  }, WATCH_AFTER_MS).unref();

  const loopMeasures = (): Measures['loop'] => {
    if (loop === null || !Number.isFinite(loop.mean)) return null;
    const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - LOOP_LOOK_MS);
    const measures = { meanMs: late(loop.mean), p95Ms: late(loop.percentile(95)) };
    const now = performance.now();
    if (now - resetAt > WINDOW_MS) {
      resetAt = now;
      loop.reset();
    }
    return measures;
  };
  const active = process as unknown as { _getActiveHandles?(): unknown[]; _getActiveRequests?(): unknown[] };
  return () => {
    requests.watch();
    const { heapUsed, heapTotal } = process.memoryUsage();
    return {
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      activeRequests: active._getActiveRequests?.().length ?? 0,
      activeHandles: active._getActiveHandles?.().length ?? 0,
      loop: loopMeasures(),
      http: requests.measures,
    };
  };
}
