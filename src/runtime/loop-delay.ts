/**
 * How late the event loop is, over windows of ten seconds that whoever asks turns over. Several ask at different times, and without
 * the windows each would take away what the others had not seen yet.
 */
import type { IntervalHistogram } from 'node:perf_hooks';
import type { LoopDelay } from '../protocol/agent.ts';
import { LookPace } from './look-pace.ts';

/** The event loop is watched from then on: a program that ends at once does not pay for it. */
const WATCH_AFTER_MS = 1_000;
/** A little less than the rhythm in which the daemon asks, so that each of its questions ends a window. */
const WINDOW_MS = 9_500;

const NS_PER_MS = 1e6;

/** What is cheap to read off: the histogram has half a megabyte, and each figure goes through it. */
interface Worst {
  readonly p95: number;
  readonly p99: number;
}

type Window = LoopDelay & { readonly count: number; readonly p95: number };

export class DelayWatch {
  readonly #pace = new LookPace();
  #loop: IntervalHistogram | null = null;
  #lookMs = 0;
  #before: Worst | Window | null = null;
  #turnedAt = 0;
  #activeMs = 0;

  constructor() {
    setTimeout(() => this.#look(this.#pace.lookMs), WATCH_AFTER_MS).unref();
  }

  /** From now on so often, in a window of its own. */
  #look(everyMs: number): void {
    try {
      const { monitorEventLoopDelay } = require('node:perf_hooks') as typeof import('node:perf_hooks');
      const loop = monitorEventLoopDelay({ resolution: everyMs });
      loop.enable();
      this.#loop?.disable();
      this.#loop = loop;
      this.#lookMs = everyMs;
      this.#turnedAt = performance.now();
      this.#activeMs = performance.eventLoopUtilization().active;
    } catch {
      // A Node without one: nothing is said of the loop.
    }
  }

  /** Of the window before and what there is of this one; null: it has not been watched long enough. */
  p99(): number | null {
    this.#turn(false);
    const loop = this.#present();
    if (loop === null) return this.#before?.p99 ?? null;
    return Math.max(this.#before?.p99 ?? 0, late(loop.percentile(99), this.#lookMs));
  }

  /** What is worst is of the window before and this one; the rest of the one before, once there is one. */
  all(): LoopDelay | null {
    this.#turn(true);
    this.#pace.watched();
    if (this.#loop !== null && this.#lookMs !== this.#pace.lookMs) this.#look(this.#pace.lookMs);
    const loop = this.#present();
    const before = this.#before;
    if (before === null || !isWhole(before)) return loop === null ? null : shown(windowOf(loop, this.#lookMs, true));
    const max = loop === null ? 0 : late(loop.max, this.#lookMs);
    const p99 = loop === null ? 0 : late(loop.percentile(99), this.#lookMs);
    return { ...shown(before), max: Math.max(before.max, max), p99: Math.max(before.p99, p99) };
  }

  /** Of both windows; the mean of this one, where the one before was only glanced at. */
  usual(): { readonly meanMs: number; readonly p95Ms: number } | null {
    const loop = this.#present();
    const before = this.#before;
    const now = loop === null ? null : windowOf(loop, this.#lookMs, false);
    const windows = [before !== null && isWhole(before) ? before : null, now].filter((one) => one !== null);
    const count = windows.reduce((sum, one) => sum + one.count, 0);
    if (count === 0) return before === null ? null : { meanMs: before.p95, p95Ms: before.p95 };
    const meanMs = windows.reduce((sum, one) => sum + one.mean * one.count, 0) / count;
    return { meanMs, p95Ms: Math.max(before?.p95 ?? 0, now?.p95 ?? 0) };
  }

  #present(): IntervalHistogram | null {
    return this.#loop === null || this.#loop.count === 0 ? null : this.#loop;
  }

  /** @param withSpread the deviation costs a millisecond to work out: only for those who want it */
  #turn(withSpread: boolean): void {
    const loop = this.#present();
    const now = performance.now();
    if (loop === null || now - this.#turnedAt < WINDOW_MS) return;
    this.#before = withSpread ? windowOf(loop, this.#lookMs, true) : worstOf(loop, this.#lookMs);
    const { active } = performance.eventLoopUtilization();
    this.#pace.windowEnded(active - this.#activeMs, now - this.#turnedAt);
    this.#activeMs = active;
    this.#turnedAt = now;
    if (this.#lookMs === this.#pace.lookMs) loop.reset();
    else this.#look(this.#pace.lookMs);
  }
}

const late = (ns: number, lookMs: number): number => Math.max(0, ns / NS_PER_MS - lookMs);

const windowOf = (loop: IntervalHistogram, lookMs: number, withSpread: boolean): Window => ({
  count: loop.count,
  min: late(loop.min, lookMs),
  max: late(loop.max, lookMs),
  mean: late(loop.mean, lookMs),
  stddev: withSpread ? loop.stddev / NS_PER_MS : 0,
  p50: late(loop.percentile(50), lookMs),
  p90: late(loop.percentile(90), lookMs),
  p95: late(loop.percentile(95), lookMs),
  p99: late(loop.percentile(99), lookMs),
});

const worstOf = (loop: IntervalHistogram, lookMs: number): Worst => ({
  p95: late(loop.percentile(95), lookMs),
  p99: late(loop.percentile(99), lookMs),
});

const isWhole = (window: Worst | Window): window is Window => 'count' in window;

const shown = ({ min, max, mean, stddev, p50, p90, p99 }: Window): LoopDelay => ({
  min,
  max,
  mean,
  stddev,
  p50,
  p90,
  p99,
});
