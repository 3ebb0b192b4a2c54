/**
 * Durations as counts by upper bound: the bounds that runtime and daemon agree upon, and what can be read off the counts. A list of
 * single latencies would cost a busy server memory and sorting; counts cost it one addition.
 */

/** Of requests, in ms. They hold those that OpenTelemetry asks of `http.server.request.duration`, and finer ones between. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 7.5, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400,
  500, 600, 750, 1_000, 1_250, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 7_500, 10_000, 15_000, 20_000, 30_000,
  60_000,
];

/** Of collections of garbage, in ms. */
export const COLLECTION_BOUNDS_MS: readonly number[] = [1, 10, 100, 1_000, 10_000];

/** Number of the first bound that holds it; one past the last if none does. Most are short: it is looked for from below. */
export function bucketOf(bounds: readonly number[], ms: number): number {
  let at = 0;
  while (at < bounds.length && ms > (bounds[at] as number)) at++;
  return at;
}

/**
 * The duration that this share of all did not exceed, as if those between two bounds were spread evenly; what is beyond the last
 * bound counts as that. null: there are none.
 *
 * @param share 0 to 1
 */
export function quantileMs(bounds: readonly number[], counts: ArrayLike<number>, share: number): number | null {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  if (total <= 0) return null;
  const wanted = total * share;
  let seen = 0;
  for (let i = 0; i < bounds.length; i++) {
    const here = counts[i] as number;
    if (here > 0 && seen + here >= wanted) {
      const below = i === 0 ? 0 : (bounds[i - 1] as number);
      return below + ((bounds[i] as number) - below) * Math.max(0, (wanted - seen) / here);
    }
    seen += here;
  }
  return bounds.at(-1) as number;
}
