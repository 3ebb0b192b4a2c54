/**
 * The time as an argument: wall clock and timers behind one small interface. Without it neither a clock that
 * jumps nor an hour of backoff could be tested.
 */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Calls back once after a delay; never early by more than a millisecond, never in the same tick. */
  after(delayMs: number, callback: () => void): Timer;
}

/** setTimeout overflows past this and would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return { cancel: () => clearTimeout(timer) };
  },
};
