/**
 * The log of the chosen process as lines of the pane, from the newest that is shown upwards. Without it a long line would push
 * others out of the pane, and the search would have nothing to point at.
 */
import { colorsFor } from '../render/colors.ts';
import { coloredSlice, contains, marked, wrapped } from './colored.ts';
import { endOf, entryAt, type LogEntry } from './log-buffer.ts';
import type { LogPane } from './model.ts';

/** Before each line: `>` where the search stands, a bar in the colour of its stream. */
const GUTTER = 2;

export function logTitle({ buffer, bottom, search, left, wraps }: LogPane): string {
  const parts = ['log'];
  if (bottom !== null) parts.push(`paused, ${Math.max(0, endOf(buffer) - 1 - bottom)} newer`);
  if (search !== '') parts.push(`search "${search}"`);
  if (wraps) parts.push('wrapped');
  else if (left > 0) parts.push(`from place ${left + 1}`);
  return parts.join(', ');
}

export function logLines(pane: LogPane, columns: number, rows: number, hasColor: boolean): readonly string[] {
  const { buffer, bottom, search, match, left, wraps } = pane;
  const width = Math.max(1, columns - GUTTER);
  const lines: string[] = [];
  const last = endOf(buffer) - 1;
  // Where the lines that it was paused at are dropped, the oldest that are left.
  const from = bottom === null ? last : Math.max(bottom, Math.min(last, buffer.first + rows - 1));
  for (let number = from; number >= buffer.first && lines.length < rows; number--) {
    const entry = entryAt(buffer, number);
    if (entry === undefined) continue;
    const text = shownText(entry, search, hasColor);
    const pieces = wraps ? wrapped(text, width) : [coloredSlice(text, left, width)];
    lines.unshift(...pieces.map((piece) => gutter(entry, number === match, hasColor) + piece));
  }
  return lines.slice(-rows);
}

function shownText({ text, bare }: LogEntry, search: string, hasColor: boolean): string {
  if (search === '' || !contains(bare, search)) return text;
  // Its own colours would end ours, or the other way round.
  return hasColor ? marked(bare, search, colorsFor(true).inverse) : bare;
}

function gutter({ stream }: LogEntry, isMatch: boolean, hasColor: boolean): string {
  if (isMatch) return colorsFor(hasColor).yellow('> ');
  if (!hasColor) return stream === 'err' ? '! ' : '  ';
  const colors = colorsFor(true);
  return `${stream === 'err' ? colors.red('│') : colors.gray('│')} `;
}
