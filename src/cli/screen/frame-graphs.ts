/**
 * The history of a process as graphs made of blocks. Without it a leak would have to be read from one figure a second.
 */
import type { HistoryView, Series } from '../../protocol/observation.ts';
import type { Colors } from '../render/colors.ts';
import { fitted } from '../render/table.ts';
import { percent, plainLine, shortSize } from '../render/words.ts';
import { shortMs, shortRate, shortShare } from './columns.ts';

interface Graph {
  readonly title: string;
  readonly series: Series;
  readonly spoken: (value: number) => string;
  /** The graph reaches at least up to here, so that noise stays low. */
  readonly leastTop: number;
  /** Of values that fall into one place: the highest, or the mean. */
  readonly merge: 'max' | 'mean';
}

const GRAPHS: readonly Graph[] = [
  { title: 'CPU', series: 'cpuPercent', spoken: percent, leastTop: 10, merge: 'mean' },
  { title: 'Memory', series: 'memoryBytes', spoken: shortSize, leastTop: 1024 ** 2, merge: 'mean' },
  { title: 'Loop busy', series: 'loopUtilization', spoken: shortShare, leastTop: 0.1, merge: 'mean' },
  { title: 'Requests/s', series: 'requestsPerSecond', spoken: shortRate, leastTop: 1, merge: 'mean' },
  { title: 'Latency p99', series: 'requestP99Ms', spoken: shortMs, leastTop: 10, merge: 'max' },
];

const EIGHTHS = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** A graph narrower than this tells nothing. */
const LEAST_WIDTH = 24;
const GAP = 2;

export function graphLines(
  history: HistoryView | string,
  columns: number,
  rows: number,
  colors: Colors,
): readonly string[] {
  if (typeof history === 'string') return [colors.gray(fitted(`  ${plainLine(history, false)}`, columns))];
  const across = Math.max(1, Math.min(3, Math.floor((columns + GAP) / (LEAST_WIDTH + GAP)), GRAPHS.length));
  const down = Math.ceil(GRAPHS.length / across);
  // A title and at least one line of blocks; what does not fit in is left out from the end.
  const height = Math.max(2, Math.floor(rows / down));
  const width = Math.floor((columns - GAP * (across - 1)) / across);
  const lines: string[] = [];
  for (let row = 0; row < down && lines.length + height <= rows; row++) {
    const drawn = GRAPHS.slice(row * across, (row + 1) * across).map((graph) =>
      draw(graph, history, width, height, colors),
    );
    for (let line = 0; line < height; line++) lines.push(drawn.map((one) => one[line] ?? '').join(' '.repeat(GAP)));
  }
  return lines;
}

/** Values brought to this many places, newest last. */
export function resampled(values: readonly (number | null)[], width: number, merge: Graph['merge']): (number | null)[] {
  return Array.from({ length: width }, (_, place) => {
    const from = Math.floor((place * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((place + 1) * values.length) / width));
    const known = values.slice(from, to).filter((value) => value !== null);
    if (known.length === 0) return null;
    return merge === 'max' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

function draw(
  { title, series, spoken, leastTop, merge }: Graph,
  history: HistoryView,
  width: number,
  height: number,
  colors: Colors,
): readonly string[] {
  const all = history.series[series];
  const last = all.findLast((value) => value !== null) ?? null;
  const highest = all.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const values = resampled(all, width, merge);
  const label = last === null ? `${title}: not known` : `${title} ${spoken(last)}, max ${spoken(highest)}`;
  const top = Math.max(leastTop, highest);
  const levels = height - 1;
  const rows = Array.from({ length: levels }, (_, row) => {
    const floor = levels - 1 - row;
    return values
      .map((value) => {
        if (value === null) return ' ';
        const eighths = Math.round((value / top) * levels * 8) - floor * 8;
        // Zero is seen, too: what is blank is not known.
        if (floor === 0 && eighths <= 0) return EIGHTHS[1];
        return EIGHTHS[Math.min(8, Math.max(0, eighths))] || ' ';
      })
      .join('');
  });
  return [colors.bold(fitted(label, width)), ...rows.map((row) => colors.cyan(row))];
}
