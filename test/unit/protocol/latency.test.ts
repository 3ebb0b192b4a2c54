import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, LATENCY_BOUNDS_MS, quantileMs } from '../../../src/protocol/latency.ts';

const countsOf = (latencies: readonly number[]): number[] => {
  const counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  for (const ms of latencies)
    counts[bucketOf(LATENCY_BOUNDS_MS, ms)] = (counts[bucketOf(LATENCY_BOUNDS_MS, ms)] ?? 0) + 1;
  return counts;
};

describe('latencies as counts', () => {
  it('a bound holds what is as long as it; what is beyond the last has a place of its own', () => {
    expect(bucketOf([1, 10], 1)).toBe(0);
    expect(bucketOf([1, 10], 1.01)).toBe(1);
    expect(bucketOf([1, 10], 11)).toBe(2);
  });

  it('the bounds grow, and hold those of OpenTelemetry', () => {
    expect([...LATENCY_BOUNDS_MS].sort((a, b) => a - b)).toEqual(LATENCY_BOUNDS_MS);
    expect(LATENCY_BOUNDS_MS).toEqual(
      expect.arrayContaining([5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000]),
    );
  });

  it('a quantile lies between the same two bounds as that of the latencies themselves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 59_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1),
        (latencies, share) => {
          const exact = [...latencies].sort((a, b) => a - b)[
            Math.max(0, Math.ceil(latencies.length * share) - 1)
          ] as number;
          const at = bucketOf(LATENCY_BOUNDS_MS, exact);
          const estimate = quantileMs(LATENCY_BOUNDS_MS, countsOf(latencies), share) as number;
          expect(estimate).toBeGreaterThanOrEqual(at === 0 ? 0 : (LATENCY_BOUNDS_MS[at - 1] as number));
          expect(estimate).toBeLessThanOrEqual(LATENCY_BOUNDS_MS[at] as number);
        },
      ),
    );
  });

  it('of none there is no quantile, and beyond the last bound it is the last bound', () => {
    expect(quantileMs([1, 10], [0, 0, 0], 0.5)).toBeNull();
    expect(quantileMs([1, 10], [0, 0, 3], 0.5)).toBe(10);
  });
});
