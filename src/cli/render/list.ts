/**
 * The process table, in the three layouts that PM2's users know, and its blocks for `-m`. Without it `list` could not
 * fit a narrow terminal, and scripts that cut columns would break.
 */

import type { InstanceDetail, InstanceView } from '../../protocol/control.ts';
import { colorsFor } from './colors.ts';
import { type Column, drawTable } from './table.ts';
import { percent, plain, shortDuration, shortSize } from './words.ts';

export interface ListOptions {
  readonly now: number;
  /** null: no terminal, so all columns. */
  readonly columns: number | null;
  readonly hasColor: boolean;
  /** `field` or `field:desc`; null: by name. */
  readonly sort: string | null;
}

type Compare = (a: InstanceView, b: InstanceView) => number;

const byText =
  (read: (view: InstanceView) => string): Compare =>
  (a, b) => {
    const [left, right] = [read(a), read(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
const byNumber =
  (read: (view: InstanceView) => number): Compare =>
  (a, b) =>
    read(a) - read(b);

const SORTS: Readonly<Record<string, Compare>> = {
  name: byText((view) => view.name),
  namespace: byText((view) => view.namespace),
  status: byText((view) => view.status),
  id: byNumber((view) => view.id),
  pid: byNumber((view) => view.pid),
  cpu: byNumber((view) => view.cpuPercent),
  memory: byNumber((view) => view.memoryBytes),
  // The older one has been up for longer: ascending uptime is descending start.
  uptime: byNumber((view) => (view.status === 'online' ? -view.startedAt : Number.POSITIVE_INFINITY)),
};

/** An unknown field sorts by name; equals stand by id. */
export function sortInstances<V extends InstanceView>(views: readonly V[], sort: string | null): V[] {
  const [field = 'name', direction] = (sort ?? 'name').split(':');
  const compare = SORTS[field] ?? SORTS.name;
  const sign = direction === 'desc' ? -1 : 1;
  return [...views].sort((a, b) => sign * (compare?.(a, b) ?? 0) || a.id - b.id);
}

export const uptimeOf = (view: InstanceView, now: number): string =>
  view.status === 'online' ? shortDuration(now - view.startedAt) : '0';

const modeOf = (view: InstanceView): string => view.execMode;
const userOf = (view: InstanceView): string => plain(view.username);

/** PM2's word, and beside it what that does not say. */
const statusOf = ({ status, readiness }: InstanceView): string =>
  status === 'online' && readiness === 'unready' ? 'online (unready)' : status;

function paintedStatus(status: string, hasColor: boolean): string {
  if (!hasColor) return status;
  const colors = colorsFor(true);
  if (status === 'online') return colors.green(status);
  return status === 'stopped' || status === 'errored' ? colors.red(status) : colors.yellow(status);
}

type Cell = (view: InstanceView, options: ListOptions) => string;
type Shape = readonly (readonly [column: Column, cell: Cell])[];

const id: Cell = (view) => String(view.id);
const name: Cell = (view) => plain(view.name);
const status: Cell = (view, { hasColor }) => paintedStatus(statusOf(view), hasColor);
const cpu: Cell = (view) => percent(view.cpuPercent);
const memory: Cell = (view) => shortSize(view.memoryBytes);

/** Wide enough for the longest there is, but no narrower than PM2's column. */
const widest = (texts: readonly string[], least: number): number =>
  Math.max(least, ...texts.map((text) => text.length + 2));

function shapes(views: readonly InstanceView[]): {
  readonly full: Shape;
  readonly condensed: Shape;
  readonly mini: Shape;
} {
  // Of an empty list PM2 makes the column as wide as for six letters.
  const longestName = views.length === 0 ? 6 : Math.max(...views.map((view) => plain(view.name).length));
  const idWidth = widest(
    views.map((view) => String(view.id)),
    4,
  );
  const statusWidth = widest(views.map(statusOf), 11);
  const pidWidth = widest(
    views.map((view) => String(view.pid)),
    10,
  );
  const nameWidth = (most: number): number => Math.min(longestName + 5, most);
  const restarts: Shape[number] = [{ title: '↺', width: 6 }, (view) => String(view.restarts)];
  const pid: Cell = (view) => (view.pid === 0 ? 'N/A' : String(view.pid));
  return {
    full: [
      [{ title: 'id', width: idWidth }, id],
      [{ title: 'name', width: Math.max(nameWidth(40), 8) }, name],
      [{ title: 'namespace', width: 13 }, (view) => plain(view.namespace)],
      [{ title: 'version', width: 9 }, (view) => plain(view.version)],
      [{ title: 'mode', width: 9 }, modeOf],
      [{ title: 'pid', width: pidWidth }, pid],
      [{ title: 'uptime', width: 8 }, (view, { now }) => uptimeOf(view, now)],
      restarts,
      [{ title: 'status', width: statusWidth }, status],
      [{ title: 'cpu', width: 10 }, cpu],
      [{ title: 'mem', width: 10 }, memory],
      [{ title: 'user', width: 10 }, userOf],
      [{ title: 'watching', width: 10 }, (view) => (view.watching ? 'enabled' : 'disabled')],
    ],
    condensed: [
      [{ title: 'id', width: idWidth }, id],
      [{ title: 'name', width: Math.max(nameWidth(20), 8) }, name],
      [{ title: 'mode', width: 10 }, modeOf],
      restarts,
      [{ title: 'status', width: statusWidth }, status],
      [{ title: 'cpu', width: 10 }, cpu],
      [{ title: 'memory', width: 10 }, memory],
    ],
    mini: [
      [{ title: 'id', width: idWidth }, id],
      [{ title: 'name', width: Math.max(nameWidth(16), 8) }, name],
      [{ title: 'status', width: statusWidth }, status],
      [{ title: 'cpu', width: 8 }, cpu],
      [{ title: 'mem', width: 10 }, memory],
    ],
  };
}

const drawnWidth = (shape: Shape): number => shape.reduce((sum, [{ width = 0 }]) => sum + width + 1, 1);

function chooseShape(views: readonly InstanceView[], columns: number | null): Shape {
  const { full, condensed, mini } = shapes(views);
  if (columns === null || drawnWidth(full) <= columns) return full;
  return drawnWidth(condensed) <= columns ? condensed : mini;
}

export function renderList(views: readonly InstanceView[], options: ListOptions): string {
  const sorted = sortInstances(views, options.sort);
  const shape = chooseShape(sorted, options.columns);
  const bold = colorsFor(options.hasColor).bold;
  const rows = sorted.map((view) =>
    shape.map(([{ title }, cell]) => (title === 'id' ? bold(cell(view, options)) : cell(view, options))),
  );
  return drawTable(
    shape.map(([column]) => column),
    rows,
    options.hasColor,
  );
}

/** Blocks of `label : value` for terminals and scripts that cannot take a table; by id, unless a sort is asked for. */
export function renderMiniList(views: readonly InstanceDetail[], options: ListOptions): string {
  return sortInstances(views, options.sort ?? 'id')
    .map((view) => {
      const rows: readonly (readonly [string, string])[] = [
        ['namespace', plain(view.namespace)],
        ['version', plain(view.version)],
        ['pid', String(view.pid)],
        ['pm2 id', String(view.id)],
        ['status', statusOf(view)],
        ['mode', view.execMode],
        ['restarted', String(view.restarts)],
        ['uptime', uptimeOf(view, options.now)],
        ['memory usage', shortSize(view.memoryBytes)],
        ['error log', plain(view.paths.err ?? 'N/A')],
        ['watching', view.watching ? 'yes' : 'no'],
        ['PID file', plain(view.paths.pidFile)],
      ];
      return [`+--- ${plain(view.name)}`, ...rows.map(([label, value]) => `${label} : ${value}`), ''].join('\n');
    })
    .join('\n');
}
