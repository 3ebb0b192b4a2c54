/**
 * The whole screen as lines of text, from the state alone. Without it what a terminal shows could not be looked at without one, and
 * the part that draws would have to know what it draws.
 */
import { type Colors, colorsFor } from '../render/colors.ts';
import { fitted, textWidth } from '../render/table.ts';
import { percent, plainLine, plural, spokenDuration } from '../render/words.ts';
import { graphLines } from './frame-graphs.ts';
import { logLines, logTitle } from './frame-log.ts';
import { tableHead, tableLines } from './frame-table.ts';
import { detailLines, helpLines, messageLines } from './frame-text.ts';
import { layoutOf, type ScreenState, selectedOf } from './model.ts';
import { question } from './orders.ts';

/** One under another they are the screen. Each line is as wide as the screen, or narrower. */
export interface Part {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly parts: readonly Part[];
}

export interface PaintOptions {
  readonly now: number;
  readonly hasColor: boolean;
}

/** A list that is older than this is said to be old. */
const OLD_MS = 4000;

export function paint(state: ScreenState, { now, hasColor }: PaintOptions): Frame {
  const { columns, rows, mode } = state;
  const colors = colorsFor(hasColor);
  const layout = layoutOf(state);
  const frame = (parts: readonly Part[]): Frame => ({ columns, rows, parts });
  if (layout.isTooSmall) {
    const said = [fitted('too small: at least 20×5', Math.max(1, columns)), fitted('q ends', Math.max(1, columns))];
    return frame([{ name: 'small', lines: said.slice(0, Math.max(1, rows)) }]);
  }
  const title: Part = { name: 'title', lines: [titleLine(state, now, colors)] };
  const foot: Part = { name: 'foot', lines: [footLine(state, colors)] };
  if (mode.kind === 'help' || mode.kind === 'message') {
    const lines =
      mode.kind === 'help' ? helpLines(mode, columns, rows - 2, colors) : messageLines(mode, columns, rows - 2, colors);
    return frame([title, { name: mode.kind, lines }, foot]);
  }
  const parts: Part[] = [title];
  if (layout.tableRows > 0) {
    parts.push({ name: 'head', lines: [tableHead(state, now, colors)] });
    parts.push({ name: 'table', lines: tableLines(state, layout.tableRows, now, colors) });
  }
  if (layout.paneRows !== null) {
    parts.push({ name: 'pane-title', lines: [paneTitle(state, colors)] });
    parts.push({ name: 'pane', lines: paneLines(state, layout.paneRows, hasColor) });
  }
  return frame([...parts, foot]);
}

function paneLines(state: ScreenState, rows: number, hasColor: boolean): readonly string[] {
  const lines = ((): readonly string[] => {
    switch (state.pane) {
      case 'log':
        return logLines(state.log, state.columns, rows, hasColor);
      case 'graphs':
        return graphLines(state.history, state.columns, rows, colorsFor(hasColor));
      case 'details':
        return detailLines(state.details, state.columns, rows);
      case null:
        return [];
    }
  })();
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => '')];
}

/** What stands left and right in a line; the left one gives way. */
function between(left: string, right: string, width: number): string {
  const room = width - textWidth(right) - (right === '' ? 0 : 1);
  return room < 10 ? fitted(left, width) : `${fitted(left, room)}${right === '' ? '' : ` ${right}`}`;
}

function titleLine(state: ScreenState, now: number, colors: Colors): string {
  const { instances, host, problem, readAt, filter, columns } = state;
  if (problem !== null) {
    const age = readAt === null ? '' : `${spokenDuration(now - readAt)} old, `;
    return colors.red(fitted(`upkeep  ${age}trying again: ${plainLine(problem, false)}`, columns));
  }
  if (readAt === null) return fitted('upkeep', columns);
  const count = (status: string): number => instances.filter((view) => view.status === status).length;
  const online = count('online');
  const down = count('errored');
  const other = instances.length - online - down;
  const said = [
    plural(instances.length, 'process', 'processes'),
    ...(online > 0 ? [`${online} online`] : []),
    ...(down > 0 ? [`${down} errored`] : []),
    ...(other > 0 ? [`${other} other`] : []),
  ];
  const cpu = host === null ? [] : [`cpu ${percent(host.cpuPercent)}`];
  const { totalBytes = 0, availableBytes = 0 } = host?.memory ?? {};
  const memory = totalBytes === 0 ? [] : [`memory ${percent((1 - availableBytes / totalBytes) * 100)}`];
  const age = now - readAt > OLD_MS ? [`${spokenDuration(now - readAt)} old`] : [];
  const shown = filter === '' ? [] : [`/${plainLine(filter, false)}`];
  const line = between(`upkeep  ${said.join(', ')}`, [...shown, ...age, ...cpu, ...memory].join('  '), columns);
  return colors.bold(down > 0 ? colors.red(line) : colors.cyan(line));
}

function paneTitle(state: ScreenState, colors: Colors): string {
  const view = selectedOf(state);
  const { columns, focus, pane } = state;
  const name = view === undefined ? 'no process' : `${plainLine(view.name, false)} (${view.id})`;
  const what =
    pane === 'log'
      ? logTitle(state.log)
      : pane === 'graphs'
        ? state.span === 'hour'
          ? 'graphs of the last hour'
          : 'graphs of the last day'
        : 'details';
  const reason = view === undefined ? '' : ` ${view.status}: ${plainLine(view.reason, false)}`;
  const left = `── ${name} ─ ${what} `;
  // The reason may take what is left, and at least a third.
  const right = fitted(
    reason,
    Math.min(textWidth(reason), Math.max(columns - textWidth(left) - 2, Math.floor(columns / 3))),
  );
  const room = columns - textWidth(right);
  const line = (textWidth(left) > room ? fitted(left, room) : left + '─'.repeat(room - textWidth(left))) + right;
  return focus === 'pane' ? colors.bold(line) : colors.gray(line);
}

/** In the order in which they stand; of those without room the last go first, and `q` stays. */
const HINTS = [
  '? help',
  '/ filter',
  '<> sort',
  'l log',
  'g graphs',
  'd details',
  'r restart',
  's stop',
  'R reload',
  'S start',
  'c scale',
];
const LOG_HINTS = ['? help', 'f follow', '/ search', 'n N next', 'Tab back', 'w wrap', 'z zoom', '↑↓ scroll'];

function hintLine(hints: readonly string[], columns: number): string {
  let line = 'q end';
  for (let count = 1; count <= hints.length; count++) {
    const next = [...hints.slice(0, count), 'q end'].join('  ');
    if (textWidth(next) > columns) break;
    line = next;
  }
  return fitted(line, columns);
}

function footLine(state: ScreenState, colors: Colors): string {
  const { mode, columns, result } = state;
  const input = (label: string, text: string): string =>
    colors.bold(fitted(`${label}${plainLine(text, false)}▏`, columns));
  switch (mode.kind) {
    case 'filter':
      return input('filter: ', state.filter);
    case 'search':
      return input('search: ', state.log.search);
    case 'scale': {
      const view = state.instances.find(({ id }) => id === mode.id);
      const now = state.instances.filter(({ appKey }) => appKey === view?.appKey).length;
      return input(`scale ${plainLine(view?.name ?? '', false)}, now ${now}, to (4, +1, -1): `, mode.text);
    }
    case 'confirm':
      return colors.bold(colors.yellow(fitted(question(mode.order, mode.whole), columns)));
    case 'help':
    case 'message':
      return colors.gray(fitted('any key goes back, ↑ ↓ scroll', columns));
    case 'browse': {
      if (result === null)
        return colors.gray(hintLine(state.focus === 'pane' && state.pane === 'log' ? LOG_HINTS : HINTS, columns));
      const line = fitted(plainLine(result.text, false), columns);
      return result.isFailure ? colors.red(line) : colors.green(line);
    }
  }
}
