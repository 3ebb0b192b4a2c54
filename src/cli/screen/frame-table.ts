/**
 * The table of processes as lines. Without it the rows would not stand below their titles.
 */
import type { InstanceView } from '../../protocol/control.ts';
import type { Colors } from '../render/colors.ts';
import { fitted, textWidth } from '../render/table.ts';
import { MARK_WIDTH, type PlacedColumn, placeColumns } from './columns.ts';
import { rowsOf, type ScreenState } from './model.ts';

/** In exactly this many places, at its side. */
const cell = ({ column, width }: PlacedColumn, text: string): string =>
  column.alignsRight && textWidth(text) < width ? ' '.repeat(width - textWidth(text)) + text : fitted(text, width);

const MARK = '> ';
const NO_MARK = ' '.repeat(MARK_WIDTH);

export function tableHead(state: ScreenState, now: number, colors: Colors): string {
  const placed = placeColumns(state.instances, state.columns, now);
  const { key, descends } = state.sort;
  const cells = placed.map((one) => {
    const { title, width } = { title: one.column.title, width: one.width };
    const isSorted = one.column.key === key;
    const arrow = descends ? '↓' : '↑';
    const text = cell(one, isSorted ? (textWidth(title) < width ? title + arrow : arrow + title.slice(1)) : title);
    return isSorted ? colors.cyan(colors.bold(text)) : colors.bold(text);
  });
  return NO_MARK + cells.join(' ');
}

const paintOf = ({ status, readiness }: InstanceView, colors: Colors): ((text: string) => string) =>
  status === 'online' && readiness !== 'unready'
    ? colors.green
    : status === 'errored' || status === 'stopped'
      ? colors.red
      : colors.yellow;

export function tableLines(state: ScreenState, count: number, now: number, colors: Colors): readonly string[] {
  const { columns, selected, top, focus } = state;
  const placed = placeColumns(state.instances, columns, now);
  const rows = rowsOf(state);
  if (rows.length === 0) {
    const said = state.readAt === null ? '' : state.instances.length === 0 ? 'no processes' : 'no process has that';
    return Array.from({ length: count }, (_, index) => (index === 0 ? colors.gray(fitted(`  ${said}`, columns)) : ''));
  }
  return Array.from({ length: count }, (_, index) => {
    const view = rows[top + index];
    if (view === undefined) return '';
    const isSelected = view.id === selected;
    const isMarked = isSelected && focus === 'table';
    const cells = placed.map((one) => {
      const text = cell(one, one.column.text(view, now));
      return one.column.key === 'status' && !isMarked ? paintOf(view, colors)(text) : text;
    });
    const line = (isSelected ? MARK : NO_MARK) + cells.join(' ');
    return isMarked ? colors.inverse(fitted(line, columns)) : isSelected ? colors.bold(line) : line;
  });
}
