/** A graph over time. The library draws; here is what it draws, in whose colours, and what a screen reader is told instead. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock, day } from '../read/format.ts';
import type { Graph } from '../read/series.ts';
import { summaryOf } from '../read/series.ts';
import { useStore } from '../store.ts';
import { cssColor, palette } from './theme.ts';

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Something that happened, as a line across. */
export interface Mark {
  readonly at: number;
  readonly text: string;
  readonly isBad: boolean;
}

const HEIGHT = 130;
const COLORS = 8;
const AXIS_WIDTH = 62;
export const colorName = (index: number): string => `--line-${(index % COLORS) + 1}`;

interface ChartProps {
  readonly graph: Graph;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly marks?: readonly Mark[];
  /** Cursors of one group move together. */
  readonly group: string;
}

export function Chart({ graph, times, lines, marks = [], group }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const round = useStore(palette);
  const shownMarks = useRef(marks);
  shownMarks.current = marks;
  const names = lines.map(({ label }) => label).join('\u0000');
  const isKnown = lines.some(({ values }) => values.some((value) => value !== null));

  useEffect(() => {
    const box = place.current;
    if (box === null || !isKnown) return;
    const made = new uPlot(
      optionsOf({ graph, lines, width: box.clientWidth, group, marks: () => shownMarks.current, onIndex: setIndex }),
      [[...times], ...lines.map(({ values }) => [...values])],
      box,
    );
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [graph, names, round, group, isKnown]);
  useEffect(() => {
    plot.current?.setData([[...times], ...lines.map(({ values }) => [...values])]);
  }, [times, lines]);

  useEffect(() => {
    plot.current?.redraw(false);
  }, [marks.length]);

  const at = index === null ? null : times[index];
  return (
    <figure class="chart">
      <figcaption>
        <b>{graph.title}</b>
        <span class="readout">
          {at !== null && at !== undefined && <time>{clock(at * 1000)}</time>}
          {lines.map(({ label, values }, number) => {
            const value = index === null ? summaryOf(values).last : (values[index] ?? null);
            return (
              <span key={label}>
                <i style={{ background: `var(${colorName(number)})` }} />
                {lines.length > 1 && <small>{label} </small>}
                {graph.write(value)}
              </span>
            );
          })}
        </span>
      </figcaption>
      {isKnown ? (
        <div ref={place} class="plot" role="img" aria-label={spoken(graph, times, lines)} />
      ) : (
        <p class="empty plot">Not measured here.</p>
      )}
    </figure>
  );
}

function spoken(graph: Graph, times: readonly number[], lines: readonly Line[]): string {
  const from = times[0] === undefined ? '' : ` since ${day(times[0] * 1000)} ${clock(times[0] * 1000)}`;
  const parts = lines.map(({ label, values }) => {
    const { last, highest } = summaryOf(values);
    return `${lines.length > 1 ? `${label}: ` : ''}now ${graph.write(last)}, highest ${graph.write(highest)}`;
  });
  return `${graph.title}${from}. ${parts.join('; ')}`;
}

interface Drawing {
  readonly graph: Graph;
  readonly lines: readonly Line[];
  readonly width: number;
  readonly group: string;
  readonly marks: () => readonly Mark[];
  readonly onIndex: (index: number | null) => void;
}

function optionsOf({ graph, lines, width, group, marks, onIndex }: Drawing): uPlot.Options {
  const grid = { stroke: cssColor('--grid'), width: 1 };
  const axis = { stroke: cssColor('--soft'), grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width,
    height: HEIGHT,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: group, scales: ['x', null] }, drag: { x: false, y: false }, points: { size: 5 }, y: false },
    scales: {
      x: { time: true },
      y: { range: (_plot, _least, most) => [0, Math.max(graph.leastTop, (most ?? 0) * 1.08)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_plot, marksAt) =>
          marksAt.map((at) => {
            const text = clock(at * 1000);
            return text.endsWith(':00') ? text.slice(0, 5) : text;
          }),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 34,
        ...(graph.isBinary === true ? { incrs: POWERS } : {}),
        values: (_plot, marksAt) => marksAt.map((value) => graph.write(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ label }, index) => ({
        label,
        stroke: cssColor(colorName(index)),
        width: 1.5,
        points: { show: false },
        ...(lines.length === 1 ? { fill: cssColor('--line-fill') } : {}),
      })),
    ],
    hooks: {
      setCursor: [(plot) => onIndex(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, marks())],
    },
  };
}

const POWERS = Array.from({ length: 34 }, (_, power) => 1024 * 2 ** power);

function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.x ?? {};
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, isBad } of marks) {
    const seconds = at / 1000;
    if (min == null || max == null || seconds < min || seconds > max) continue;
    const x = Math.round(plot.valToPos(seconds, 'x', true));
    ctx.strokeStyle = cssColor(isBad ? '--bad' : '--busy');
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
