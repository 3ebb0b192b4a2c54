/**
 * Looks at the machine every so often, so that a list can show what it does without waiting. Without the rhythm here a
 * rate would have no beginning, or `list` would have to wait for one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostCounters, type HostView, hostView } from '../core/host.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { readFileSystems, readHostCounters } from '../platform/host-counters.ts';

/** Between two readings, for somebody who asks before the first round is over. */
const SHORT_SPAN_MS = 500;

export class HostWatch {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #isWanted: () => boolean;
  #before: HostCounters | null = null;
  #view: HostView | null = null;
  #timer: Timer | null = null;

  /** @param isWanted asked before every look */
  constructor(clock: Clock, everyMs: number, isWanted: () => boolean) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#isWanted = isWanted;
  }

  /** The last look; null: there was none yet, or it is turned off. */
  get view(): HostView | null {
    return this.#isWanted() ? this.#view : null;
  }

  start(): void {
    this.#timer = this.#clock.after(this.#everyMs, () => void this.#round());
    if (this.#isWanted()) this.#before = readHostCounters(this.#clock.now());
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** The last look, or one taken now. */
  async look(): Promise<HostView | null> {
    if (!this.#isWanted() || this.#view !== null) return this.view;
    const before = readHostCounters(this.#clock.now());
    await sleep(SHORT_SPAN_MS);
    await this.#take(before);
    return this.view;
  }

  async #round(): Promise<void> {
    if (this.#isWanted()) await this.#take(this.#before);
    // Rounds never overlap; and none follows a close.
    if (this.#timer !== null) this.#timer = this.#clock.after(this.#everyMs, () => void this.#round());
  }

  async #take(before: HostCounters | null): Promise<void> {
    const now = readHostCounters(this.#clock.now());
    this.#before = now;
    if (before !== null) this.#view = hostView(before, now, await readFileSystems());
  }
}
