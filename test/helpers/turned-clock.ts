/** A clock that stands until a test turns it; then timers fire in order, each at its own instant. */
import type { Clock } from '../../src/platform/clock.ts';

export const START = 1_800_000_000_000;

export class TurnedClock implements Clock {
  #now = START;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  now(): number {
    return this.#now;
  }
  after(delayMs: number, callback: () => void) {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
  get waiting(): number {
    return this.#timers.size;
  }
  turn(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }
}
