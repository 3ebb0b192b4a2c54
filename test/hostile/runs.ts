/**
 * How much is tried, and from which seed. `FUZZ_RUNS` multiplies what a run of all tests has time for, `FUZZ_SEED` repeats one
 * that failed: fast-check prints the seed with every failure.
 */
import type { Parameters } from 'fast-check';

const times = Number(process.env.FUZZ_RUNS ?? 1);
const seed = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

export const runs = (usual: number): Parameters<unknown> => ({
  numRuns: Math.ceil(usual * times),
  ...(seed === undefined ? {} : { seed }),
});
