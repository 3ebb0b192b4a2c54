/**
 * Boxes around rows. Drawn by hand because `list` is the command that people wait for: cli-table3, with the tables of
 * Unicode that it brings, cost it 10 to 15 ms of 60, and a quarter of its time is a lot for a few lines.
 */
import { colorsFor } from './colors.ts';

export interface Column {
  readonly title: string;
  /** Cells wider than this are cut with `…`; absent: as wide as the widest. Padding of one blank each side is included. */
  readonly width?: number;
}

/** Ranges of characters that take two places in a terminal (East Asian wide and emoji), as pairs. */
const WIDE: readonly number[] = [
  ...[0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xa000, 0xa4cf, 0xac00, 0xd7a3],
  ...[
    0xf900, 0xfaff, 0xfe30, 0xfe4f, 0xff00, 0xff60, 0xffe0, 0xffe6, 0x1f300, 0x1f64f, 0x1f680, 0x1f6ff, 0x1f900,
    0x1f9ff,
  ],
  ...[0x20000, 0x3fffd],
];

/** Places that a character takes in a terminal. */
export function widthOfChar(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  // Marks that stand on the character before them, joiners and variation selectors.
  if (/\p{M}|\p{Cf}/u.test(char)) return 0;
  for (let at = 0; at < WIDE.length; at += 2) {
    if (code >= (WIDE[at] ?? 0) && code <= (WIDE[at + 1] ?? 0)) return 2;
  }
  return 1;
}

const COLOR = /\u001b\[[0-9;]*m/g;
const ONLY_PLAIN = /^[\x20-\x7e]*$/;

/** Places that a text takes in a terminal; colours take none. */
export function textWidth(text: string): number {
  if (ONLY_PLAIN.test(text)) return text.length;
  const visible = text.replace(COLOR, '');
  let width = 0;
  for (const char of visible) width += widthOfChar(char);
  return width;
}

/** The text in exactly this many places. What is too long is cut, and then carries no colour. */
export function fitted(text: string, width: number): string {
  const missing = width - textWidth(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  let cut = '';
  let left = width - 1;
  for (const char of text.replace(COLOR, '')) {
    left -= widthOfChar(char);
    if (left < 0) break;
    cut += char;
  }
  return `${cut}…${' '.repeat(Math.max(0, width - 1 - textWidth(cut)))}`;
}

/** @param columns null: no head, and each column as wide as its widest cell */
export function drawTable(
  columns: readonly Column[] | null,
  rows: readonly (readonly string[])[],
  hasColor: boolean,
): string {
  const colors = colorsFor(hasColor);
  const count = columns?.length ?? Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, index) => {
    const chosen = columns?.[index]?.width;
    if (chosen !== undefined) return chosen - 2;
    return Math.max(textWidth(columns?.[index]?.title ?? ''), ...rows.map((row) => textWidth(row[index] ?? '')));
  });
  const border = (left: string, middle: string, right: string): string =>
    colors.gray(left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right);
  const bar = colors.gray('│');
  const line = (cells: readonly string[]): string =>
    bar + widths.map((width, index) => ` ${fitted(cells[index] ?? '', width)} `).join(bar) + bar;
  const lines = [border('┌', '┬', '┐')];
  if (columns !== null) {
    lines.push(line(columns.map(({ title }) => colors.cyan(colors.bold(title)))));
    if (rows.length > 0) lines.push(border('├', '┼', '┤'));
  }
  for (const row of rows) lines.push(line(row));
  lines.push(border('└', '┴', '┘'));
  return lines.join('\n');
}
