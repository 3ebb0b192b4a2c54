/**
 * Judges what follows an end that nobody asked for: restart (when, why), stay down, or give up. Kept apart
 * from the machine so that every verdict has a reason and each rule can be tested alone.
 */
import { describeExit, exitCodeOf } from './exit.ts';
import type { Exit, RestartRules } from './terms.ts';

/** Ends within this window count together, however long each life was. */
export const CRASH_WINDOW_MS = 60_000;

/** What the policy remembers of an instance between two ends. */
export interface CrashHistory {
  /** Lives in a row that were shorter than `minUptimeMs`. */
  readonly unstable: number;
  /** Ends within the window, oldest first. */
  readonly recentEndsAt: readonly number[];
  /** The last delay before jitter; 0 if there was none. */
  readonly previousDelayMs: number;
}

export const NO_HISTORY: CrashHistory = { unstable: 0, recentEndsAt: [], previousDelayMs: 0 };

export type Verdict =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'stay-down'; readonly reason: string }
  | { readonly kind: 'give-up'; readonly reason: string };

export interface Judgement {
  readonly verdict: Verdict;
  readonly history: CrashHistory;
}

/** Why a process was ended on its own account. */
export interface Cause {
  readonly reason: string;
  /** It never worked in this life: however long that was, it counts as unstable. */
  readonly unstable: boolean;
}

/** A growth of half each time and up to a tenth of jitter, so that apps that fell together do not rise together. */
const BACKOFF_GROWTH = 1.5;
const JITTER = 0.1;

function delayBefore(
  rules: RestartRules,
  history: CrashHistory,
  lifeMs: number,
  random: number,
): { waitMs: number; baseMs: number } {
  if (rules.backoffInitialMs === null) return { waitMs: rules.restartDelayMs, baseMs: rules.restartDelayMs };
  const previous = lifeMs >= rules.backoffResetMs ? 0 : history.previousDelayMs;
  const next = previous === 0 ? rules.backoffInitialMs : Math.floor(previous * BACKOFF_GROWTH);
  const baseMs = Math.min(next, rules.backoffMaxMs);
  return { baseMs, waitMs: Math.min(Math.round(baseMs * (1 + JITTER * random)), rules.backoffMaxMs) };
}

/**
 * @param lifeMs how long the process lived; 0 if it never started
 * @param now instant of the end
 * @param random in [0, 1), for the jitter
 * @param cause null: it ended by itself
 */
export function judge(
  rules: RestartRules,
  history: CrashHistory,
  exit: Exit,
  lifeMs: number,
  now: number,
  random: number,
  cause: Cause | null = null,
): Judgement {
  const ended = cause === null ? describeExit(exit) : `${cause.reason}; ${describeExit(exit)}`;
  const code = exitCodeOf(exit);
  if (!rules.autorestart) return { verdict: { kind: 'stay-down', reason: `${ended}; autorestart is off` }, history };
  // Only a code that the program chose itself: a kill by the OOM killer must not pass for a wanted end.
  if (cause === null && exit.kind === 'code' && code !== null && rules.stopExitCodes.includes(code)) {
    return { verdict: { kind: 'stay-down', reason: `${ended} is one of stop_exit_codes` }, history };
  }
  const isUnstable = lifeMs < rules.minUptimeMs || cause?.unstable === true;
  const unstable = isUnstable ? history.unstable + 1 : 0;
  const recentEndsAt = [...history.recentEndsAt.filter((at) => now - at < CRASH_WINDOW_MS && at <= now), now];
  const { waitMs, baseMs } = delayBefore(rules, history, cause?.unstable === true ? 0 : lifeMs, random);
  const next: CrashHistory = { unstable, recentEndsAt, previousDelayMs: baseMs };
  if (rules.maxRestarts !== null) {
    if (isUnstable && unstable >= rules.maxRestarts) {
      const how = cause?.unstable === true ? 'it was unstable' : `it lived less than ${rules.minUptimeMs} ms`;
      const reason = `${ended}; ${how} ${unstable} times in a row (max_restarts ${rules.maxRestarts})`;
      return { verdict: { kind: 'give-up', reason }, history: next };
    }
    if (recentEndsAt.length >= Math.max(1, rules.maxRestarts)) {
      const reason = `${ended}; it ended ${recentEndsAt.length} times within ${CRASH_WINDOW_MS / 1000} s (max_restarts ${rules.maxRestarts})`;
      return { verdict: { kind: 'give-up', reason }, history: next };
    }
  }
  const life = lifeMs < rules.minUptimeMs ? `after only ${lifeMs} ms` : `after ${Math.round(lifeMs / 1000)} s`;
  const reason = waitMs > 0 ? `${ended} ${life}; restarting after ${waitMs} ms` : `${ended} ${life}; restarted at once`;
  return { verdict: { kind: 'restart', delayMs: waitMs, reason }, history: next };
}
