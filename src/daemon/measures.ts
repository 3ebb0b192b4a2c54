/**
 * What a runtime says of its process, checked: it speaks from inside a program that nobody vouches for, and what it says is shown
 * to clients as numbers.
 */
import type { Measures } from '../protocol/agent.ts';

const MOST_ABILITIES = 20;

export const abilitiesOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MOST_ABILITIES) : [];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** null: not in our language. */
export function measuresOf(value: unknown): Measures | null {
  if (!isObject(value)) return null;
  const { heapUsedBytes, heapTotalBytes, activeRequests, activeHandles, loop, http } = value;
  if (!isCount(heapUsedBytes) || !isCount(heapTotalBytes) || !isCount(activeRequests) || !isCount(activeHandles))
    return null;
  return {
    heapUsedBytes,
    heapTotalBytes,
    activeRequests,
    activeHandles,
    loop:
      isObject(loop) && isCount(loop.meanMs) && isCount(loop.p95Ms) ? { meanMs: loop.meanMs, p95Ms: loop.p95Ms } : null,
    http:
      isObject(http) && isCount(http.perMinute) && isCount(http.meanMs) && isCount(http.p95Ms)
        ? { perMinute: http.perMinute, meanMs: http.meanMs, p95Ms: http.p95Ms }
        : null,
  };
}
