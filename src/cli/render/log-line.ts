/**
 * A line of output as `logs` shows it: with a prefix, raw, as JSON or as key=value. Without it the followed lines and
 * the tail would be formatted apart and drift.
 */

import { compileDateFormat } from '../../core/date-format.ts';
import { plainLines } from '../../core/plain-text.ts';
import type { LogLine, StreamName } from '../../core/terms.ts';
import type { Output } from '../output.ts';
import { type Colors, colorsFor } from './colors.ts';
import { plain } from './words.ts';

export type LogStyle =
  | {
      readonly kind: 'prefixed';
      readonly timestamp: string | null;
      readonly highlight: string | null;
      /** Without id and name. Default false. */
      readonly isBare?: boolean;
    }
  | { readonly kind: 'raw'; readonly highlight: string | null }
  | { readonly kind: 'json' }
  | { readonly kind: 'keys' };

const KEYS_DATE = 'YYYY-MM-DD-HH:mm:ssZZ';
/** Of the last lines of files; a stream is as wide as the widest name so far. */
const TAIL_PREFIX = 10;

/**
 * What a program printed: on a terminal its colours and tabs, and no other effect. A file or a pipe gets all of it, as does who
 * asks for `--raw`.
 */
export const shownOn = (out: Pick<Output, 'isTerminal' | 'hasColor'>, text: string): string =>
  out.isTerminal ? plainLines(text, out.hasColor) : text;

export class LogPrinter {
  readonly #style: LogStyle;
  readonly #colors: Colors;
  readonly #date: ((at: number) => string) | null;
  #widest = 0;

  constructor(style: LogStyle, hasColor: boolean) {
    this.#style = style;
    this.#colors = colorsFor(hasColor);
    const pattern = style.kind === 'keys' ? KEYS_DATE : style.kind === 'prefixed' ? style.timestamp : null;
    const format = pattern === null ? null : compileDateFormat(pattern);
    this.#date = format === null ? null : (at) => format(at, -new Date(at).getTimezoneOffset());
  }

  /** A line with its end. `at` is null where nobody knows when it was written. */
  format(line: Omit<LogLine, 'at'> & { readonly at: number | null }): string {
    const style = this.#style;
    const { id, name, stream, text } = line;
    switch (style.kind) {
      case 'json': {
        const timestamp = line.at === null ? null : new Date(line.at).toISOString();
        return `${JSON.stringify({ message: text, timestamp, type: stream, process_id: id, app_name: name })}\n`;
      }
      case 'keys':
        return `timestamp=${line.at === null ? '-' : this.#date?.(line.at)} app=${plain(name)} id=${id} type=${stream === 'err' ? 'error' : 'out'} message=${text}\n`;
      case 'raw':
        return `${this.#highlighted(text, style.highlight)}\n`;
      case 'prefixed': {
        const stamp = this.#date === null || line.at === null ? '' : `${this.#colors.dim(this.#date(line.at))} `;
        const label = style.isBare === true ? '' : `${this.prefix(`${id}|${plain(name)}`, stream)} | `;
        return `${stamp}${label}${this.#highlighted(text, style.highlight)}\n`;
      }
      default:
        return style satisfies never;
    }
  }

  /** The last lines of files come next, or new ones. */
  begin(what: 'tail' | 'stream'): void {
    this.#widest = what === 'tail' ? TAIL_PREFIX : 0;
  }

  /** A line of the daemon's own log, which belongs to no process. */
  formatDaemon(text: string, at: number): string {
    switch (this.#style.kind) {
      case 'keys':
        return `timestamp=${this.#date?.(at)} app=pm2 message=${text}\n`;
      case 'raw':
        return `${text}\n`;
      default:
        return `${this.prefix('daemon', 'daemon')} | ${text}\n`;
    }
  }

  prefix(label: string, stream: StreamName | 'daemon'): string {
    this.#widest = Math.max(this.#widest, label.length);
    const paint = stream === 'out' ? this.#colors.green : stream === 'err' ? this.#colors.red : this.#colors.blue;
    return paint(label.padEnd(this.#widest));
  }

  #highlighted(text: string, word: string | null): string {
    const at = word === null || word === '' ? -1 : text.indexOf(word);
    if (word === null || at === -1) return text;
    return text.slice(0, at) + this.#colors.bgYellow(this.#colors.black(word)) + text.slice(at + word.length);
  }
}
