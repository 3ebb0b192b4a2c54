import { describe, expect, it } from 'vitest';
import { loadOf, type Mark } from '../../../src/daemon/observation/load.ts';
import { bucketOf, LATENCY_BOUNDS_MS } from '../../../src/protocol/latency.ts';

const GLANCE = {
  heapUsedBytes: 1_000,
  heapTotalBytes: 2_000,
  externalBytes: 0,
  loopActiveMs: 0,
  loopIdleMs: 0,
  delayP99Ms: 3,
};

function mark(
  at: number,
  latencies: readonly number[] | null,
  more: { errors?: number; counting?: number; active?: number } = {},
): Mark {
  const { errors = 0, counting = 1, active = 0 } = more;
  const counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  for (const ms of latencies ?? [])
    counts[bucketOf(LATENCY_BOUNDS_MS, ms)] = (counts[bucketOf(LATENCY_BOUNDS_MS, ms)] ?? 0) + 1;
  return {
    at,
    glance: { ...GLANCE, loopActiveMs: active, loopIdleMs: at - active },
    requests:
      latencies === null
        ? null
        : {
            counting,
            inFlight: 0,
            answered: [0, latencies.length - errors, 0, 0, errors],
            durations: { counts, sumMs: latencies.reduce((sum, ms) => sum + ms, 0) },
          },
  };
}

const many = (count: number, ms: number): number[] => new Array(count).fill(ms);

describe('load', () => {
  it('rates, errors and the slowest hundredth of what came between two readings', () => {
    const before = mark(0, many(100, 900));
    const now = mark(10_000, [...many(100, 900), ...many(990, 9), ...many(10, 90)], { errors: 5, active: 2_500 });
    expect(loadOf(now, before)).toMatchObject({
      heapUsedBytes: 1_000,
      loopUtilization: 0.25,
      loopDelayP99Ms: 3,
      requestsPerSecond: 100,
      errorsPerSecond: 0.5,
    });
    expect(loadOf(now, before).requestP99Ms).toBe(10);
  });

  it('nothing came: no requests a second, and no latency', () => {
    const load = loadOf(mark(10_000, [5]), mark(0, [5]));
    expect(load).toMatchObject({ requestsPerSecond: 0, errorsPerSecond: 0, requestP99Ms: null });
  });

  it.each([
    ['one reading alone', null, mark(10_000, [5])],
    ['nobody had counted', mark(0, null), mark(10_000, [5])],
    ['nobody counts any more', mark(0, [5]), mark(10_000, null)],
    ['counting had paused', mark(0, [5], { counting: 1 }), mark(10_000, [5, 5], { counting: 2 })],
    ['a counter went back', mark(0, [5, 5]), mark(10_000, [5])],
    ['no time has passed', mark(10_000, [5]), mark(10_000, [5, 5])],
  ])('%s: requests are not known', (_, before, now) => {
    expect(loadOf(now, before)).toMatchObject({ requestsPerSecond: null, errorsPerSecond: null, requestP99Ms: null });
  });

  it('without a second reading, or with one of another life, the loop is not known', () => {
    expect(loadOf(mark(10_000, null), null).loopUtilization).toBeNull();
    expect(loadOf(mark(10_000, null), mark(20_000, null)).loopUtilization).toBeNull();
  });
});
