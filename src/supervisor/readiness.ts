/**
 * Watches instances that are starting until they listen, from outside: so that `start` can say "listening" of any
 * program. It looks often while a process is young, less later, and not at all when nothing is starting.
 */
import { declaresSockets } from '../core/declared.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { listeningAddresses } from '../platform/ports.ts';
import { descendantsOf } from '../platform/process.ts';
import { recentTable } from '../platform/process-table.ts';
import type { Runner } from './runner.ts';

const FIRST_LOOK_MS = 25;
const GROWTH = 1.5;
const SLOWEST_LOOK_MS = 250;
/** Children that are younger are seen at the next look. */
const TABLE_AGE_MS = 100;

export class ReadinessWatch {
  readonly #clock: Clock;
  readonly #timers = new Map<Runner, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called whenever an instance has changed. */
  consider(runner: Runner): void {
    const { state } = runner.instance;
    // Inherited sockets listen already: they tell nothing of the program.
    const { waitReady, probed = false } = runner.rules.readiness;
    if (state.kind !== 'starting' || waitReady || probed || declaresSockets(runner.spec)) {
      this.#timers.get(runner)?.cancel();
      this.#timers.delete(runner);
      return;
    }
    if (!this.#timers.has(runner)) this.#schedule(runner, state.running.incarnation, FIRST_LOOK_MS);
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #schedule(runner: Runner, incarnation: number, delayMs: number): void {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(runner);
      const { state } = runner.instance;
      if (state.kind !== 'starting' || state.running.incarnation !== incarnation) return;
      const { pid } = state.running.process;
      // A look at all processes, each time until the last of three hundred is up, would be what holds them up.
      runner.addresses = addressesOf(pid, (root) => descendantsOf(root) ?? descendantsInTable(root));
      if (runner.addresses.length > 0) runner.send({ type: 'became-ready', incarnation, how: 'listening' });
      else this.#schedule(runner, incarnation, Math.min(delayMs * GROWTH, SLOWEST_LOOK_MS));
    });
    this.#timers.set(runner, timer);
  }
}

const descendantsInTable = (pid: number): readonly number[] =>
  recentTable(TABLE_AGE_MS)
    .tree(pid, null)
    .map((entry) => entry.pid);

/** Addresses on which the process or one of its descendants listens. */
export function addressesOf(
  pid: number,
  descendants: (pid: number) => readonly number[] = descendantsInTable,
): string[] {
  const own = listeningAddresses([pid]);
  if (own.length > 0) return own;
  const below = descendants(pid);
  return below.length === 0 ? [] : listeningAddresses([pid, ...below]);
}
