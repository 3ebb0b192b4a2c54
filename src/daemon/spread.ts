/**
 * Tells processes that share a port to take new connections or to rest, as `core/accepting` decides. Without it a process
 * that happens to wake first gathers the connections that are opened slowly, and one that is not ready gets its share.
 */
import { whoRests } from '../core/accepting.ts';
import type { Runner } from '../supervisor/runner.ts';

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
    if (runner.instance.state.kind !== 'ready') {
      this.#open.delete(runner);
      this.#resting.delete(runner);
    }
    this.#even(runner);
  }

  /** Its line is new: it accepts until it is told otherwise. */
  reconsider(runner: Runner): void {
    this.#resting.delete(runner);
    this.#even(runner);
  }

  #even(runner: Runner): void {
    const up = this.#siblings(runner).flatMap((sibling) => {
      const { state } = sibling.instance;
      return state.kind === 'ready' ? [{ sibling, isUnready: state.unready !== undefined }] : [];
    });
    const rests = whoRests(
      up.map(({ sibling, isUnready }) => ({
        open: this.#open.get(sibling) ?? 0,
        isUnready,
        isResting: this.#resting.has(sibling),
      })),
    );
    up.forEach(({ sibling }, i) => {
      const rest = rests[i] === true;
      if (rest === this.#resting.has(sibling) || !sibling.rest(rest)) return;
      if (rest) this.#resting.add(sibling);
      else this.#resting.delete(sibling);
    });
  }
}
