/**
 * Lines that may carry colours, cut to a width and searched in. Without it a long coloured line of a log would lose its colours, or
 * colour the rest of the screen.
 */
import { widthOfChar } from '../render/table.ts';

const SGR = /(\u001b\[[0-9;:]*m)/;
const RESET = '\u001b[0m';
/** As terminals have it. */
const TAB_STOP = 8;

/** Tabs as blanks: a tab would jump over what stands in the cells below it. */
export function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  let width = 0;
  return text
    .split(SGR)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      let shown = '';
      for (const char of part) {
        const places = char === '\t' ? TAB_STOP - (width % TAB_STOP) : widthOfChar(char);
        shown += char === '\t' ? ' '.repeat(places) : char;
        width += places;
      }
      return shown;
    })
    .join('');
}

export const withoutColor = (text: string): string =>
  text
    .split(SGR)
    .filter((_, index) => index % 2 === 0)
    .join('');

/** The part that stands in places `from` to `from + width`, with its colours, which end with it. */
export function coloredSlice(text: string, from: number, width: number): string {
  let at = 0;
  let cut = '';
  let hasColor = false;
  for (const [index, part] of text.split(SGR).entries()) {
    if (index % 2 === 1) {
      hasColor = true;
      cut += part;
      continue;
    }
    for (const char of part) {
      const places = widthOfChar(char);
      // A wide character that begins before the cut, or would stand out of it, is left out.
      if (at >= from && at + places <= from + width) cut += char;
      at += places;
    }
    if (at > from + width) break;
  }
  return hasColor ? cut + RESET : cut;
}

/** The line in pieces of this width; at least one. */
export function wrapped(text: string, width: number): readonly string[] {
  const total = [...withoutColor(text)].reduce((sum, char) => sum + widthOfChar(char), 0);
  const count = Math.max(1, Math.ceil(total / Math.max(1, width)));
  return Array.from({ length: count }, (_, index) => coloredSlice(text, index * width, width));
}

/** Whether a line has what is searched for: capitals count only where the search has some. */
export function contains(text: string, search: string): boolean {
  return places(text, search).length > 0;
}

function places(text: string, search: string): readonly number[] {
  if (search === '') return [];
  const isExact = search !== search.toLowerCase();
  const [hay, needle] = isExact ? [text, search] : [text.toLowerCase(), search];
  const found: number[] = [];
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}

/** Every place of the search, marked. */
export function marked(text: string, search: string, mark: (part: string) => string): string {
  let shown = '';
  let end = 0;
  for (const at of places(text, search)) {
    shown += text.slice(end, at) + mark(text.slice(at, at + search.length));
    end = at + search.length;
  }
  return shown + text.slice(end);
}
