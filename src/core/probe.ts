/**
 * What the results of a probe mean: from one result after the other to "passes" or "fails". Without thresholds one lost
 * packet would restart an app, and without a start period its own boot would.
 */
import type { AppSpec, HealthRules, ProbeCheck, ProbeRules } from './terms.ts';

export const DEFAULT_EVENT_LOOP_LIMIT_MS = 5_000;

/** Until a readiness probe has passed it is made this soon after the launch, and then ever less often. */
const FIRST_CHECK_MS = 50;
const GROWTH = 1.5;

const NO_HEALTH: HealthRules = {
  readiness: null,
  liveness: null,
  eventLoopLimitMs: DEFAULT_EVENT_LOOP_LIMIT_MS,
  eventLoopRestart: false,
};

export const healthOf = (spec: AppSpec): HealthRules => spec.health ?? NO_HEALTH;

export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

export interface ProbeState {
  readonly verdict: 'unknown' | 'passing' | 'failing';
  /** In a row, of the last results. */
  readonly passes: number;
  readonly failures: number;
  /** A check of this life has passed. */
  readonly everPassed: boolean;
  /** Why the last check failed; null: it passed, or there was none. */
  readonly why: string | null;
}

export const UNPROBED: ProbeState = { verdict: 'unknown', passes: 0, failures: 0, everPassed: false, why: null };

/** @param lifeMs age of the process at the end of the check */
export function afterResult(state: ProbeState, rules: ProbeRules, result: CheckResult, lifeMs: number): ProbeState {
  if (result.ok) {
    const passes = state.passes + 1;
    const verdict = passes >= rules.successThreshold ? 'passing' : state.verdict;
    return { verdict, passes, failures: 0, everPassed: true, why: null };
  }
  const isExcused = !state.everPassed && lifeMs < rules.startPeriodMs;
  const failures = isExcused ? 0 : state.failures + 1;
  const verdict = failures >= rules.failureThreshold ? 'failing' : state.verdict;
  return { ...state, verdict, passes: 0, failures, why: result.why };
}

/**
 * The wait before the next check.
 * @param isAwaited somebody waits for the first pass: a readiness probe of a process that starts
 * @param previousMs the wait before; 0 if there was none
 */
export function waitBefore(rules: ProbeRules, state: ProbeState, isAwaited: boolean, previousMs: number): number {
  if (!isAwaited || state.verdict === 'passing') return rules.intervalMs;
  return Math.min(rules.intervalMs, previousMs === 0 ? FIRST_CHECK_MS : Math.round(previousMs * GROWTH));
}

/** A program's own words, for a reason: on one line, and without what moves a cursor. */
export const onOneLine = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();

/** What is looked at, as a user would write it. */
export function describeCheck(check: ProbeCheck): string {
  switch (check.kind) {
    case 'http': {
      if (check.host === null && check.port === null) return `http ${check.path}`;
      return `${check.secure ? 'https' : 'http'}://${check.host ?? '127.0.0.1'}${check.port === null ? '' : `:${check.port}`}${check.path}`;
    }
    case 'tcp':
      return `tcp ${check.host ?? '127.0.0.1'}:${check.port}`;
    case 'exec':
      return `exec ${check.command.join(' ')}`;
  }
}
