/** The measures of a process over time: their names, their units, and what is drawn together. */
import type { Series } from '../../../protocol/observation.ts';
import { bytes, millis, percent, rate, share } from './format.ts';

export interface Graph {
  readonly title: string;
  readonly series: Series;
  readonly write: (value: number | null | undefined) => string;
  /** The scale reaches at least this far, so that noise about 0 does not look like a mountain. */
  readonly leastTop: number;
  /** Bytes are marked at powers of 2. */
  readonly isBinary?: boolean;
}

export const GRAPHS: readonly Graph[] = [
  { title: 'CPU', series: 'cpuPercent', write: percent, leastTop: 5 },
  { title: 'Memory', series: 'memoryBytes', write: bytes, leastTop: 16 * 1024 * 1024, isBinary: true },
  { title: 'Requests', series: 'requestsPerSecond', write: rate, leastTop: 1 },
  { title: 'Latency p99', series: 'requestP99Ms', write: millis, leastTop: 5 },
  { title: 'Errors (500 and above)', series: 'errorsPerSecond', write: rate, leastTop: 1 },
  { title: 'Event-loop utilisation', series: 'loopUtilization', write: share, leastTop: 0.05 },
  { title: 'Event-loop delay p99', series: 'loopDelayP99Ms', write: millis, leastTop: 5 },
  { title: 'JavaScript heap', series: 'heapUsedBytes', write: bytes, leastTop: 16 * 1024 * 1024, isBinary: true },
];

export interface Summary {
  readonly last: number | null;
  readonly highest: number | null;
}

export function summaryOf(values: readonly (number | null)[]): Summary {
  let highest: number | null = null;
  let last: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    last = value;
    if (highest === null || value > highest) highest = value;
  }
  return { last, highest };
}

/** End of each step, in seconds since the epoch. */
export const timesOf = (endAt: number, stepMs: number, length: number): number[] =>
  Array.from({ length }, (_, index) => (endAt - (length - 1 - index) * stepMs) / 1000);

/** Values of several histories upon one row of times: that of the one that ends last. */
export function aligned(
  histories: readonly {
    readonly endAt: number;
    readonly stepMs: number;
    readonly values: readonly (number | null)[];
  }[],
): { readonly times: number[]; readonly columns: (number | null)[][] } {
  const longest = histories.reduce((most, { values }) => Math.max(most, values.length), 0);
  const stepMs = histories[0]?.stepMs ?? 1;
  const endAt = histories.reduce((most, one) => Math.max(most, one.endAt), 0);
  const columns = histories.map(({ values, endAt: ownEnd }) => {
    const late = Math.round((endAt - ownEnd) / stepMs);
    return Array.from({ length: longest }, (_, index) => values[values.length - longest + index + late] ?? null);
  });
  return { times: timesOf(endAt, stepMs, longest), columns };
}
