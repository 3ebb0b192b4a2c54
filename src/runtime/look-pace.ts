/**
 * How often the event loop is looked at: each look wakes the process up, and a hundred idle apps that are woken ten times a second
 * use more CPU than everything else of ours together.
 */

const USUAL_MS = 100;
/** Longer delays are seen all the same; shorter ones make the loop busy, and so are looked for from the next window on. */
const IDLE_MS = 1_000;
/** Of a window: less than this was no work. Looks themselves take less. */
const IDLE_SHARE = 0.005;
/** One window may be a pause. */
const IDLE_WINDOWS = 2;

export class LookPace {
  #idleWindows = 0;

  get lookMs(): number {
    return this.#idleWindows >= IDLE_WINDOWS ? IDLE_MS : USUAL_MS;
  }

  /** @param activeMs for so long the loop was busy in it */
  windowEnded(activeMs: number, spanMs: number): void {
    this.#idleWindows = activeMs < spanMs * IDLE_SHARE ? this.#idleWindows + 1 : 0;
  }

  /** Somebody wants all figures: as good as they can be. */
  watched(): void {
    this.#idleWindows = 0;
  }
}
