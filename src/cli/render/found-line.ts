/**
 * A line that was found, as `logs` shows it: with time and prefix, raw, as an object or as key=value; JSON of a logger as its
 * level and message. Without it people would read braces and numbers where the app meant a sentence.
 */
import { compileDateFormat } from '../../core/date-format.ts';
import { fieldAt } from '../../logs/search/fields.ts';
import type { FoundLine, Level } from '../../logs/search/query.ts';
import { type Colors, colorsFor } from './colors.ts';
import { plain, plainLine } from './words.ts';

export type FoundStyle = 'prefixed' | 'bare' | 'raw' | 'json' | 'keys';

export interface FoundPrinterOptions {
  readonly style: FoundStyle;
  readonly hasColor: boolean;
  /** Pattern of the time before each line; null: none. */
  readonly timestamp: string | null;
  readonly highlight: string | null;
}

const KEYS_DATE = 'YYYY-MM-DD-HH:mm:ssZZ';
/** What a logger writes into each line, and nobody reads in each. */
const USUAL = new Set(
  'level severity lvl levelname time timestamp @timestamp ts msg message pid hostname v name logger'.split(' '),
);
const LONGEST_VALUE = 500;

const paintOf = (level: Level, colors: Colors): ((text: string) => string) => {
  switch (level) {
    case 'fatal':
    case 'error':
      return colors.red;
    case 'warn':
      return colors.yellow;
    case 'info':
      return colors.green;
    default:
      return colors.gray;
  }
};

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  return /[\s"=]/.test(short) && typeof value === 'string' ? JSON.stringify(short) : short;
}

/** Stacks of errors, each line of its own. */
function stackOf(fields: Readonly<Record<string, unknown>>): string | null {
  for (const path of ['err.stack', 'error.stack', 'stack', 'exception.stacktrace']) {
    const stack = fieldAt(fields, path);
    if (typeof stack === 'string' && stack.includes('\n')) return stack;
  }
  return null;
}

/** `WARN  slow query  ms=812 req.id=7`, and the stack of an error below it. A plain line is as it is. */
export function prettyText(
  { text, level, fields }: Pick<FoundLine, 'text' | 'level' | 'fields'>,
  colors: Colors,
): string {
  if (fields === null) return text;
  const message = fields.msg ?? fields.message;
  if (message === undefined && level === null) return text;
  const stack = stackOf(fields);
  const rest = Object.entries(fields).filter(
    ([key, value]) => !USUAL.has(key) && !(stack !== null && (key === 'stack' || isError(value))),
  );
  const told = rest.map(
    ([key, value]) => `${colors.cyan(plainLine(key, false))}=${plainLine(valueText(value), false)}`,
  );
  const word = level === null ? '' : `${paintOf(level, colors)(level.toUpperCase().padEnd(5))} `;
  const said =
    message === undefined ? '' : plainLine(typeof message === 'string' ? message : valueText(message), false);
  const line = `${word}${[said, ...told].filter((part) => part !== '').join('  ')}`;
  if (stack === null) return line;
  const indented = stack.split('\n').map((part) => `\n    ${plainLine(part.trimEnd(), false)}`);
  return line + colors.gray(indented.join(''));
}

const isError = (value: unknown): boolean => typeof value === 'object' && value !== null && 'stack' in value;

export class FoundPrinter {
  readonly #options: FoundPrinterOptions;
  readonly #colors: Colors;
  readonly #date: ((at: number) => string) | null;
  /** Grows with the longest name, so that lines stand below each other. */
  #widest = 0;

  constructor(options: FoundPrinterOptions) {
    this.#options = options;
    this.#colors = colorsFor(options.hasColor);
    const pattern = options.style === 'keys' ? KEYS_DATE : options.timestamp;
    const format = pattern === null ? null : compileDateFormat(pattern);
    this.#date = format === null ? null : (at) => format(at, -new Date(at).getTimezoneOffset());
  }

  /** With its end. */
  format(line: FoundLine): string {
    const { id, name, stream, at, text, level, fields } = line;
    const { style } = this.#options;
    switch (style) {
      case 'json': {
        const time = at === null ? null : new Date(at).toISOString();
        return `${JSON.stringify({ at: time, name, id: id < 0 ? null : id, stream, level, text, fields })}\n`;
      }
      case 'keys': {
        const time = at === null ? '-' : (this.#date?.(at) ?? '-');
        return `timestamp=${time} app=${plain(name)} id=${id} type=${stream === 'err' ? 'error' : 'out'} level=${level ?? '-'} message=${text}\n`;
      }
      case 'raw':
        return `${this.#highlighted(text)}\n`;
      case 'bare':
        return `${this.#highlighted(prettyText(line, this.#colors))}\n`;
      case 'prefixed': {
        const stamp = this.#date === null ? '' : `${this.#colors.dim(at === null ? '-' : this.#date(at))} `;
        return `${stamp}${this.#prefix(line)} | ${this.#highlighted(prettyText(line, this.#colors))}\n`;
      }
      default:
        return style satisfies never;
    }
  }

  #prefix({ id, name, stream }: FoundLine): string {
    const label = id < 0 ? plain(name) : `${id}|${plain(name)}`;
    this.#widest = Math.max(this.#widest, label.length);
    const paint = id < 0 ? this.#colors.blue : stream === 'out' ? this.#colors.green : this.#colors.red;
    return paint(label.padEnd(this.#widest));
  }

  #highlighted(text: string): string {
    const word = this.#options.highlight;
    const at = word === null || word === '' ? -1 : text.indexOf(word);
    if (word === null || at === -1) return text;
    return text.slice(0, at) + this.#colors.bgYellow(this.#colors.black(word)) + text.slice(at + word.length);
  }
}
