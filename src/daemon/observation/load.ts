/**
 * Rates and shares of a process from two readings of its counters. Kept apart from those who read, so that each of them means the
 * same by "requests a second".
 */
import type { Glance, Requests } from '../../protocol/agent.ts';
import { LATENCY_BOUNDS_MS, quantileMs } from '../../protocol/latency.ts';
import type { Load } from '../../protocol/observation.ts';

/** What a runtime has told at one moment. */
export interface Mark {
  readonly at: number;
  readonly glance: Glance;
  /** null: nobody counted then, or no request had come yet. */
  readonly requests: Requests | null;
}

const SERVER_ERRORS = 4;
const TAIL = 0.99;

/** @param before an earlier reading of the same life; null: there is none, and what needs two is not known */
export function loadOf(now: Mark, before: Mark | null): Load {
  return {
    heapUsedBytes: now.glance.heapUsedBytes,
    loopUtilization: before === null ? null : utilization(now.glance, before.glance),
    loopDelayP99Ms: now.glance.delayP99Ms,
    ...(before === null ? NO_REQUESTS : requestLoad(now, before)),
  };
}

type RequestLoad = Pick<Load, 'requestsPerSecond' | 'errorsPerSecond' | 'requestP99Ms'>;

const NO_REQUESTS: RequestLoad = { requestsPerSecond: null, errorsPerSecond: null, requestP99Ms: null };

function utilization(now: Glance, before: Glance): number | null {
  const active = now.loopActiveMs - before.loopActiveMs;
  const idle = now.loopIdleMs - before.loopIdleMs;
  return active < 0 || idle < 0 || active + idle === 0 ? null : rounded(active / (active + idle));
}

function requestLoad(now: Mark, before: Mark): RequestLoad {
  const seconds = (now.at - before.at) / 1_000;
  if (now.requests === null || before.requests?.counting !== now.requests.counting || seconds <= 0) return NO_REQUESTS;
  const counts = differences(now.requests.durations.counts, before.requests.durations.counts);
  const answered = differences(now.requests.answered, before.requests.answered);
  if (counts === null || answered === null) return NO_REQUESTS;
  const p99 = quantileMs(LATENCY_BOUNDS_MS, counts, TAIL);
  return {
    requestsPerSecond: rounded(counts.reduce((sum, count) => sum + count, 0) / seconds),
    errorsPerSecond: rounded((answered[SERVER_ERRORS] ?? 0) / seconds),
    requestP99Ms: p99 === null ? null : rounded(p99),
  };
}

/** null: a counter went back, so these are not of one life. */
function differences(now: readonly number[], before: readonly number[]): readonly number[] | null {
  const found = now.map((count, i) => count - (before[i] ?? 0));
  return found.some((one) => one < 0) ? null : found;
}

/** A list is read often: it need not carry fifteen digits. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
