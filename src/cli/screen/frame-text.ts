/**
 * Help, messages and details: text that is scrolled. Without one place for it each would be cut and scrolled in its own way.
 */
import type { Colors } from '../render/colors.ts';
import { fitted } from '../render/table.ts';
import { plainLine } from '../render/words.ts';
import { coloredSlice, expandTabs } from './colored.ts';
import { KEY_HELP } from './keys.ts';

/** As many lines as there is room for; scrolled no further than to the last. */
function scrolled(lines: readonly string[], top: number, rows: number): readonly string[] {
  const from = Math.min(top, Math.max(0, lines.length - rows));
  const shown = lines.slice(from, from + rows);
  return [...shown, ...Array.from({ length: rows - shown.length }, () => '')];
}

const KEYS_WIDTH = 17;

export function helpLines(
  { top }: { readonly top: number },
  columns: number,
  rows: number,
  colors: Colors,
): readonly string[] {
  const groups = [...new Set(KEY_HELP.map(({ group }) => group))];
  const lines = groups.flatMap((group) => [
    colors.bold(fitted(group, columns)),
    ...KEY_HELP.filter((one) => one.group === group).map(({ keys, what }) =>
      fitted(`  ${keys.padEnd(KEYS_WIDTH)} ${what}`, columns),
    ),
  ]);
  return scrolled(lines, top, rows);
}

export function messageLines(
  { title, lines, top }: { readonly title: string; readonly lines: readonly string[]; readonly top: number },
  columns: number,
  rows: number,
  colors: Colors,
): readonly string[] {
  const text = lines.map((line) => fitted(expandTabs(plainLine(line, false)), columns));
  return scrolled([colors.bold(fitted(plainLine(title, false), columns)), ...text], top, rows);
}

export function detailLines(
  { lines, top }: { readonly lines: readonly string[]; readonly top: number },
  columns: number,
  rows: number,
): readonly string[] {
  return scrolled(lines, top, rows).map((line) => coloredSlice(line, 0, columns));
}
