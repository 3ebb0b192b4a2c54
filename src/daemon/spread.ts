/**
 * Evens out the long-lived connections of processes that share a port: one that has more than its share rests until the
 * others have caught up. Without it a process that happens to wake first gathers those that are opened slowly.
 */
import type { Runner } from '../supervisor/runner.ts';

/** A share is passed by this much before a process rests: connections come and go. */
const TOLERANCE = 1.1;
const SLACK = 0.5;

export class Spread {
  readonly #siblings: (runner: Runner) => readonly Runner[];
  readonly #open = new WeakMap<Runner, number>();
  readonly #resting = new WeakSet<Runner>();

  constructor(siblings: (runner: Runner) => readonly Runner[]) {
    this.#siblings = siblings;
  }

  count(runner: Runner, open: number): void {
    this.#open.set(runner, open);
    this.#even(runner);
  }

  /** To be called when an instance has changed: who ends has no share any more. */
  consider(runner: Runner): void {
    const isUp = runner.instance.state.kind === 'ready';
    if (!isUp && !this.#open.delete(runner)) return;
    if (!isUp) this.#resting.delete(runner);
    this.#even(runner);
  }

  #even(runner: Runner): void {
    const up = this.#siblings(runner).filter((sibling) => sibling.instance.state.kind === 'ready');
    if (up.length === 0) return;
    const openOf = (sibling: Runner): number => this.#open.get(sibling) ?? 0;
    const mean = up.reduce((sum, sibling) => sum + openOf(sibling), 0) / up.length;
    for (const sibling of up) {
      // Who has the fewest is never above the mean: somebody always accepts.
      const open = openOf(sibling);
      if (this.#resting.has(sibling) && open <= mean) {
        this.#resting.delete(sibling);
        sibling.rest(false);
      } else if (!this.#resting.has(sibling) && open > mean * TOLERANCE + SLACK) {
        this.#resting.add(sibling);
        sibling.rest(true);
      }
    }
  }
}
