/**
 * What the table of `monit` and `top` has of each process: title, width, text, order. One list for the screen, for the sorting and
 * for what `top` prints into a pipe; without it a column could be shown that cannot be sorted by.
 */
import type { InstanceView } from '../../protocol/control.ts';
import type { Load } from '../../protocol/observation.ts';
import { uptimeOf } from '../render/list.ts';
import { percent, plain, shortSize } from '../render/words.ts';

export interface TableColumn {
  /** As `--sort` takes it. */
  readonly key: string;
  readonly title: string;
  readonly width: number;
  /** Where there is no room, those with the highest number go first. */
  readonly rank: number;
  readonly alignsRight: boolean;
  /** Sorted by it, the highest stand first. */
  readonly descendsFirst: boolean;
  text(view: InstanceView, now: number): string;
  /** null: not known; those stand last. */
  value(view: InstanceView, now: number): number | string | null;
}

/** Stands for what is not known, or never happened. */
const UNKNOWN = '-';

const load = (view: InstanceView, key: keyof Load): number | null => view.load?.[key] ?? null;

export function shortRate(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 10_000) return `${(value / 1000).toFixed(value >= 100_000 ? 0 : 1)}k`;
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

export function shortMs(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 100_000) return `${Math.round(value / 1000)}s`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}s`;
  return value >= 10 ? `${Math.round(value)}ms` : `${value.toFixed(1)}ms`;
}

export const shortShare = (value: number | null): string => (value === null ? UNKNOWN : `${Math.round(value * 100)}%`);

/** PM2's word, and beside it what that does not say. */
const stateOf = ({ status, readiness }: InstanceView): string =>
  status === 'online' && readiness === 'unready' ? 'unready' : status === 'waiting restart' ? 'waiting' : status;

const number = (
  key: string,
  title: string,
  [width, rank]: readonly [number, number],
  text: TableColumn['text'],
  value: (view: InstanceView, now: number) => number | null,
): TableColumn => ({ key, title, width, rank, alignsRight: true, descendsFirst: true, text, value });

const word = (
  key: string,
  [width, rank]: readonly [number, number],
  text: (view: InstanceView) => string,
): TableColumn => ({ key, title: key, width, rank, alignsRight: false, descendsFirst: false, text, value: text });

/** The name gets what the others leave, from this width on. */
const LEAST_NAME = 10;

export const COLUMNS: readonly TableColumn[] = [
  {
    ...number(
      'id',
      'id',
      [3, 5],
      (view) => String(view.id),
      (view) => view.id,
    ),
    descendsFirst: false,
  },
  word('name', [LEAST_NAME, 0], (view) => plain(view.name)),
  word('status', [9, 1], stateOf),
  number(
    'cpu',
    'cpu',
    [6, 2],
    (view) => percent(view.cpuPercent),
    (view) => view.cpuPercent,
  ),
  number(
    'memory',
    'memory',
    [7, 3],
    (view) => shortSize(view.memoryBytes),
    (view) => view.memoryBytes,
  ),
  number(
    'loop',
    'loop',
    [4, 7],
    (view) => shortShare(load(view, 'loopUtilization')),
    (view) => load(view, 'loopUtilization'),
  ),
  number(
    'requests',
    'req/s',
    [6, 8],
    (view) => shortRate(load(view, 'requestsPerSecond')),
    (view) => load(view, 'requestsPerSecond'),
  ),
  number(
    'p99',
    'p99',
    [6, 9],
    (view) => shortMs(load(view, 'requestP99Ms')),
    (view) => load(view, 'requestP99Ms'),
  ),
  number(
    'restarts',
    '↺',
    [4, 4],
    (view) => String(view.restarts),
    (view) => view.restarts,
  ),
  number('uptime', 'uptime', [6, 6], uptimeOf, (view, now) => (view.status === 'online' ? now - view.startedAt : null)),
  number(
    'generation',
    'gen',
    [3, 10],
    (view) => String(view.generation),
    (view) => view.generation,
  ),
];

/** Shown where there is room to spare, in what is left of the line. */
export const REASON: TableColumn = word('reason', [24, 11], (view) => plain(view.reason));

/** What `--sort` takes beside the titles, as `list` has it. */
const OTHER_KEYS: Readonly<Record<string, TableColumn>> = {
  namespace: word('namespace', [0, 99], (view) => view.namespace),
  pid: {
    ...number(
      'pid',
      'pid',
      [0, 99],
      (view) => String(view.pid),
      (view) => view.pid,
    ),
    descendsFirst: false,
  },
};

export interface Sort {
  readonly key: string;
  readonly descends: boolean;
}

export const sortKeys = (): string[] => [...COLUMNS.map(({ key }) => key), ...Object.keys(OTHER_KEYS)];

const columnOf = (key: string): TableColumn | undefined =>
  COLUMNS.find((column) => column.key === key) ?? OTHER_KEYS[key];

/** Of `cpu`, `cpu:asc` or `name:desc`; null: there is no such column. */
export function readSort(text: string): Sort | null {
  const [key = '', direction] = text.split(':');
  const column = columnOf(key);
  if (column === undefined || (direction !== undefined && direction !== 'asc' && direction !== 'desc')) return null;
  return { key, descends: direction === undefined ? column.descendsFirst : direction === 'desc' };
}

/** Equals stand by id, unknown ones last in both directions. */
export function sortRows(views: readonly InstanceView[], sort: Sort, now: number): InstanceView[] {
  const column = columnOf(sort.key);
  const sign = sort.descends ? -1 : 1;
  return [...views].sort((a, b) => {
    const [left, right] = [column?.value(a, now) ?? null, column?.value(b, now) ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a.id - b.id;
    return sign * (left < right ? -1 : left > right ? 1 : 0) || a.id - b.id;
  });
}

/** Each word must stand in the name, namespace, state or id of a process. */
export function filterRows(views: readonly InstanceView[], filter: string): readonly InstanceView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return views;
  return views.filter((view) => {
    const texts = [view.name.toLowerCase(), view.namespace.toLowerCase(), view.status, stateOf(view)];
    return words.every((part) => part === String(view.id) || texts.some((text) => text.includes(part)));
  });
}

export interface PlacedColumn {
  readonly column: TableColumn;
  readonly width: number;
}

/** Between two columns, and before the first for the mark of the chosen one. */
const GAP = 1;
export const MARK_WIDTH = 2;
/** Longer names are cut even where there is room. */
const MOST_NAME = 40;

/** The columns that a line of this width has room for, with their widths; what is left goes to the name, then to the reason. */
export function placeColumns(views: readonly InstanceView[], width: number, now: number): readonly PlacedColumn[] {
  const needed = (column: TableColumn): number =>
    column.key === 'name'
      ? LEAST_NAME
      : views.reduce((most, view) => Math.max(most, column.text(view, now).length), column.width);
  let placed = COLUMNS.map((column) => ({ column, width: needed(column) }));
  const total = (): number => placed.reduce((sum, one) => sum + one.width + GAP, MARK_WIDTH - GAP);
  while (placed.length > 1 && total() > width) {
    const worst = Math.max(...placed.map(({ column }) => column.rank));
    placed = placed.filter(({ column }) => column.rank !== worst);
  }
  const longest = views.reduce((most, view) => Math.max(most, plain(view.name).length), LEAST_NAME);
  const forName = Math.min(longest, MOST_NAME, LEAST_NAME + Math.max(0, width - total()));
  placed = placed.map((one) => (one.column.key === 'name' ? { ...one, width: forName } : one));
  const left = width - total() - GAP;
  return left >= REASON.width ? [...placed, { column: REASON, width: left }] : placed;
}
