/**
 * Colours of terminals in log lines, as spans. What is not a colour is taken out or named; nothing of a line is ever HTML.
 */
import Anser from 'anser';
import { plain } from './plain.ts';

export interface Span {
  readonly text: string;
  readonly classes: string;
  /** `rgb(…)` for what is none of the sixteen colours; null: as the classes say. */
  readonly color: string | null;
  readonly background: string | null;
}

/** Escape sequences that are not colours: moves of the cursor, titles, links. */
const OTHER_SEQUENCES =
  /\u001b(?:\[[0-9;?<=>!]*[ -/]*[@-ln-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_][^\u001b]*\u001b\\|[()][A-Z0-9]|[=>78cDEHMNO])/g;

export const withoutColors = (text: string): string =>
  plain(text.replace(OTHER_SEQUENCES, '').replace(/\u001b\[[0-9;:]*m/g, ''));

const classOf = (name: string | null | undefined, prefix: string): string =>
  name == null || !/^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.test(name)
    ? ''
    : `${prefix}-${name.slice('ansi-'.length)}`;

const rgb = (text: string | null | undefined): string | null =>
  text != null && /^\d{1,3}, ?\d{1,3}, ?\d{1,3}$/.test(text) ? `rgb(${text})` : null;

export function spansOf(text: string): readonly Span[] {
  if (!text.includes('\u001b')) return [{ text: plain(text), classes: '', color: null, background: null }];
  const cleaned = text.replace(OTHER_SEQUENCES, '');
  const named = Anser.ansiToJson(cleaned, { use_classes: true, remove_empty: true });
  const numbers = Anser.ansiToJson(cleaned, { use_classes: false, remove_empty: true });
  return named.map((part, index) => {
    const number = numbers[index];
    const fg = classOf(part.fg, 'fg');
    const bg = classOf(part.bg, 'bg');
    const extra = (part.decorations ?? []).map((name) => `ansi-${String(name).replace(/[^a-z]/g, '')}`);
    return {
      text: plain(part.content),
      classes: [fg, bg, ...extra].filter(Boolean).join(' '),
      color: fg === '' ? rgb(part.fg_truecolor ?? number?.fg) : null,
      background: bg === '' ? rgb(part.bg_truecolor ?? number?.bg) : null,
    };
  });
}

/** Where a word stands in a text, for marking it; case does not matter. */
export function found(text: string, word: string): readonly { readonly text: string; readonly isFound: boolean }[] {
  if (word === '') return [{ text, isFound: false }];
  const low = text.toLowerCase();
  const wanted = word.toLowerCase();
  if (low.length !== text.length) return [{ text, isFound: false }];
  const parts: { text: string; isFound: boolean }[] = [];
  let from = 0;
  for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), isFound: false });
    parts.push({ text: text.slice(at, at + wanted.length), isFound: true });
    from = at + wanted.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isFound: false });
  return parts;
}
