/**
 * One probe of one life: makes its checks one after the other, and tells when the verdict changes. It ends with the life,
 * so that no check of an old process speaks of the new one.
 */
import { afterResult, type CheckResult, type ProbeState, waitBefore } from '../core/probe.ts';
import type { ProbeRules } from '../core/terms.ts';
import type { Clock, Timer } from '../platform/clock.ts';

export interface ProbeLoopParts {
  readonly rules: ProbeRules;
  readonly launchedAt: number;
  readonly clock: Clock;
  /** What an earlier daemon knew. */
  readonly seed: ProbeState;
  /** Somebody waits for the first pass. */
  readonly isAwaited: boolean;
  /** null: it could not be made, which says nothing of the instance. */
  check(signal: AbortSignal): Promise<CheckResult | null>;
  onVerdict(state: ProbeState): void;
}

export class ProbeLoop {
  readonly #parts: ProbeLoopParts;
  readonly #ending = new AbortController();
  #state: ProbeState;
  #timer: Timer | null = null;
  #waitMs = 0;
  #checkedAt: number | null = null;

  constructor(parts: ProbeLoopParts) {
    this.#parts = parts;
    this.#state = parts.seed;
    this.#schedule();
  }

  get state(): ProbeState {
    return this.#state;
  }

  get checkedAt(): number | null {
    return this.#checkedAt;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#ending.abort();
  }

  #schedule(): void {
    const { rules, isAwaited, clock } = this.#parts;
    this.#waitMs = waitBefore(rules, this.#state, isAwaited, this.#waitMs);
    this.#timer = clock.after(this.#waitMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { rules, launchedAt, clock, check, onVerdict } = this.#parts;
    const { signal } = this.#ending;
    const result = await check(signal).catch(
      (error: Error): CheckResult => ({ ok: false, why: `could not be made: ${error.message}` }),
    );
    if (signal.aborted) return;
    if (result === null) {
      this.#schedule();
      return;
    }
    const before = this.#state.verdict;
    this.#checkedAt = clock.now();
    this.#state = afterResult(this.#state, rules, result, this.#checkedAt - launchedAt);
    if (this.#state.verdict !== before) onVerdict(this.#state);
    // The verdict may have ended the life.
    if (!signal.aborted) this.#schedule();
  }
}
