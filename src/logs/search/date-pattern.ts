/**
 * Reads back the dates that `log_date_format` puts before lines. Without it the time that Upkeep itself wrote into a file
 * would be the one that it cannot read.
 */
import { compileDateFormat } from '../../core/date-format.ts';
import { instant } from './line-time.ts';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

type Part =
  | 'year'
  | 'year2'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'minute'
  | 'second'
  | 'ms'
  | 'half'
  | 'zone'
  | null;

/** Longer tokens stand before the shorter ones that begin them. */
const TOKENS: readonly (readonly [token: string, expression: string, part: Part])[] = [
  ['YYYY', '(\\d{4})', 'year'],
  ['YY', '(\\d\\d)', 'year2'],
  ['MMMM', '([A-Z][a-z]+)', 'monthName'],
  ['MMM', '([A-Z][a-z]{2})', 'monthName'],
  ['MM', '(\\d\\d)', 'month'],
  ['M', '(\\d\\d?)', 'month'],
  ['DD', '(\\d\\d)', 'day'],
  ['D', '(\\d\\d?)', 'day'],
  ['dddd', '([A-Z][a-z]+)', null],
  ['ddd', '([A-Z][a-z]{2})', null],
  ['dd', '([A-Z][a-z])', null],
  ['d', '(\\d)', null],
  ['HH', '(\\d\\d)', 'hour'],
  ['H', '(\\d\\d?)', 'hour'],
  ['hh', '(\\d\\d)', 'hour12'],
  ['h', '(\\d\\d?)', 'hour12'],
  ['mm', '(\\d\\d)', 'minute'],
  ['m', '(\\d\\d?)', 'minute'],
  ['ss', '(\\d\\d)', 'second'],
  ['SSS', '(\\d{3})', 'ms'],
  ['s', '(\\d\\d?)', 'second'],
  ['A', '([AP]M)', 'half'],
  ['a', '([ap]m)', 'half'],
  ['ZZ', '([+-]\\d{4})', 'zone'],
  ['Z', '([+-]\\d\\d:\\d\\d)', 'zone'],
];

/** `at` is null where the pattern does not hold a whole date. null: the line does not begin with such a date. */
export type DateReader = (text: string) => { readonly at: number | null; readonly length: number } | null;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function expressionOf(pattern: string): { readonly expression: RegExp; readonly parts: readonly Part[] } {
  const parts: Part[] = [];
  let source = '^';
  for (let at = 0; at < pattern.length; ) {
    const close = pattern[at] === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (close !== -1) {
      source += escaped(pattern.slice(at + 1, close));
      at = close + 1;
      continue;
    }
    const token = TOKENS.find(([name]) => pattern.startsWith(name, at));
    if (token === undefined) {
      source += escaped(pattern[at] ?? '');
      at++;
      continue;
    }
    source += token[1];
    parts.push(token[2]);
    at += token[0].length;
  }
  return { expression: new RegExp(`${source}: `), parts };
}

function momentOf(found: RegExpExecArray, parts: readonly Part[]): number | null {
  const values = new Map<Part, string>(parts.map((part, index) => [part, found[index + 1] ?? '']));
  const number = (part: Part): number | null => (values.has(part) ? Number(values.get(part)) : null);
  const short = number('year2');
  const year = number('year') ?? (short === null ? null : 2000 + short);
  const named = values.get('monthName')?.slice(0, 3).toLowerCase();
  const month = named === undefined ? number('month') : MONTHS.indexOf(named) + 1;
  const [day, half] = [number('day'), values.get('half')?.toLowerCase()];
  const twelve = number('hour12');
  const hour =
    number('hour') ?? (twelve === null || half === undefined ? null : (twelve % 12) + (half === 'pm' ? 12 : 0));
  if (year === null || month === null || day === null || hour === null) return null;
  const [minute, second, ms] = [number('minute') ?? 0, number('second') ?? 0, number('ms') ?? 0];
  return instant(year, month, day, hour, minute, second, ms, values.get('zone'));
}

const readers = new Map<string, DateReader>();

export function dateReader(pattern: string): DateReader {
  const known = readers.get(pattern);
  if (known !== undefined) return known;
  const { expression, parts } = expressionOf(pattern);
  // As long as the longest date of this pattern can be.
  const longest = compileDateFormat(pattern)(0, 0).length + 40;
  const read: DateReader = (text) => {
    const found = expression.exec(text.length > longest ? text.slice(0, longest) : text);
    return found === null ? null : { at: momentOf(found, parts), length: found[0].length };
  };
  readers.set(pattern, read);
  return read;
}
