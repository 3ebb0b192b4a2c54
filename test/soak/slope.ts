/** A straight line through samples: whether something grows. Without it a leak of a MB an hour would look like noise. */

export interface Point {
  /** In hours. */
  readonly at: number;
  readonly value: number;
}

export interface Slope {
  readonly perHour: number;
  /** Standard error of it: what is not more than two of these is not known to be there. */
  readonly error: number;
}

/** Least squares; needs three points. */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < 3) return { perHour: Number.NaN, error: Number.POSITIVE_INFINITY };
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const meanAt = mean(points.map(({ at }) => at));
  const meanValue = mean(points.map(({ value }) => value));
  const spread = points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  const perHour = points.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - meanValue), 0) / spread;
  const left = points.reduce((sum, { at, value }) => sum + (value - meanValue - perHour * (at - meanAt)) ** 2, 0);
  return { perHour, error: Math.sqrt(left / (n - 2) / spread) };
}
