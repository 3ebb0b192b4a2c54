/**
 * One picture of `monit` as text. Kept apart from the terminal, so that what it shows can be looked at without one.
 */
import type { HostView } from '../../core/host.ts';
import type { InstanceView } from '../../protocol/control.ts';
import { colorsFor } from './colors.ts';
import { renderHost } from './host.ts';
import { uptimeOf } from './list.ts';
import { fitted } from './table.ts';
import { percent, plain, plainLine, shortSize } from './words.ts';

export interface MonitView {
  readonly instances: readonly InstanceView[];
  readonly host: HostView | null;
  /** Its id; null: there is none. */
  readonly selected: number | null;
  readonly lines: readonly string[];
  /** Why nothing new comes. */
  readonly problem: string | null;
}

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly hasColor: boolean;
}

/** Lines beside processes and log: title, head of the table, title of the log, foot. */
const FIXED_ROWS = 4;
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

const COLUMNS: readonly (readonly [title: string, width: number])[] = [
  ['id', 4],
  ['name', 20],
  ['status', 16],
  ['cpu', 8],
  ['memory', 10],
  ['restarts', 9],
  ['uptime', 8],
];

export function monitScreen(view: MonitView, { columns, rows, now, hasColor }: Frame): string {
  const { bold, cyan, gray, green, red, yellow } = colorsFor(hasColor);
  const room = Math.max(2, rows - FIXED_ROWS);
  // The log gets what the processes leave, and at least half.
  const processRows = Math.min(view.instances.length, Math.floor(room / 2));
  const at = Math.max(
    0,
    view.instances.findIndex(({ id }) => id === view.selected),
  );
  const first = Math.max(0, Math.min(at - processRows + 1, view.instances.length - processRows));
  const shown = view.instances.slice(first, first + processRows);
  const row = (cells: readonly string[], mark: string): string =>
    fitted(`${mark} ${cells.map((cell, index) => fitted(cell, COLUMNS[index]?.[1] ?? 0)).join(' ')}`, columns);
  const paint = ({ status }: InstanceView): ((text: string) => string) =>
    status === 'online' ? green : status === 'stopped' || status === 'errored' ? red : yellow;
  const selected = view.instances.find(({ id }) => id === view.selected);
  const title = view.host === null ? bold(cyan('upkeep')) : renderHost(view.host, hasColor);
  const logRows = room - processRows;
  const log = view.lines.slice(-logRows).map((line) => fitted(plainLine(line, false), columns));
  const lines = [
    fitted(title, columns),
    bold(
      row(
        COLUMNS.map(([name]) => name),
        ' ',
      ),
    ),
    ...shown.map((one) => {
      const cells = [
        String(one.id),
        plain(one.name),
        one.status,
        percent(one.cpuPercent),
        shortSize(one.memoryBytes),
        String(one.restarts),
        uptimeOf(one, now),
      ];
      return paint(one)(row(cells, one.id === view.selected ? '>' : ' '));
    }),
    gray(
      fitted(
        selected === undefined ? '── no processes' : `── log of ${plain(selected.name)} (${selected.id})`,
        columns,
      ),
    ),
    ...log,
    ...Array.from({ length: logRows - log.length }, () => ''),
    view.problem === null
      ? gray(fitted('↑ ↓ choose   q end', columns))
      : red(fitted(plainLine(view.problem, false), columns)),
  ];
  return lines.map((line) => line + CLEAR_LINE_END).join('\r\n') + CLEAR_BELOW;
}
