/**
 * What is done to lines on their way to a file when a config asks for it: a date before each, or
 * one JSON object for each. Without it as a step of its own the fast path, which passes chunks
 * through untouched, would pay for formats that most logs do not use.
 */
import { compileDateFormat, type DateFormatter } from '../core/date-format.ts';
import { forEachLine, LineAssembler, NEWLINE } from '../core/lines.ts';
import type { LogRules, StreamName } from '../core/terms.ts';
import { asBuffer, textLines } from './line-text.ts';

export interface LineSource {
  readonly id: number;
  readonly name: string;
  readonly stream: StreamName;
}

/** Turns a chunk into what is written. */
export interface LineFormat {
  /** Every piece that it gives ends at a line border. */
  readonly givesWholeLines: boolean;
  take(chunk: Uint8Array, at: number): Uint8Array | null;
  /** What is left when no more comes; null when nothing is. */
  finish(at: number): Uint8Array | null;
  /** What it holds in memory as it came in, for a successor. */
  held(): Uint8Array;
}

/** Patterns come from users and repeat for every instance. */
const compiled = new Map<string, DateFormatter>();

function dateWriter(pattern: string): (at: number) => string {
  let format = compiled.get(pattern);
  if (format === undefined) {
    format = compileDateFormat(pattern);
    compiled.set(pattern, format);
  }
  const write = format;
  let lastAt = Number.NaN;
  let last = '';
  return (at) => {
    if (at !== lastAt) {
      lastAt = at;
      last = write(at, -new Date(at).getTimezoneOffset());
    }
    return last;
  };
}

const RAW: LineFormat = {
  givesWholeLines: false,
  take: (chunk) => chunk,
  finish: () => null,
  held: () => new Uint8Array(0),
};

/** `<date>: line`. Holds nothing: the date is written with the first byte of a line. */
function stamped(pattern: string, midLine: boolean): LineFormat {
  const dateOf = dateWriter(pattern);
  let atLineStart = !midLine;
  return {
    givesWholeLines: false,
    take(chunk, at) {
      const prefix = Buffer.from(`${dateOf(at)}: `);
      const buffer = asBuffer(chunk);
      const pieces: Uint8Array[] = [];
      forEachLine(buffer, (start, end) => {
        if (atLineStart) pieces.push(prefix);
        pieces.push(buffer.subarray(start, end + 1)); // subarray stops at the end by itself
        atLineStart = true;
      });
      atLineStart = buffer[buffer.length - 1] === NEWLINE;
      return Buffer.concat(pieces);
    },
    finish: () => null,
    held: () => new Uint8Array(0),
  };
}

/** One compact object a line. Lines must be whole for it, so the last one waits in memory for its newline. */
function jsonLines(source: LineSource, pattern: string | null): LineFormat {
  const lines = new LineAssembler();
  const dateOf = pattern === null ? (at: number) => new Date(at).toISOString() : dateWriter(pattern);
  // The key order is what PM2's log readers see.
  const format = (whole: Uint8Array | null, at: number): Uint8Array | null => {
    if (whole === null) return null;
    const before = '{"message":';
    const after = `,"timestamp":${JSON.stringify(dateOf(at))},"type":"${source.stream}","process_id":${source.id},"app_name":${JSON.stringify(source.name)}}\n`;
    let text = '';
    for (const line of textLines(whole)) text += before + JSON.stringify(line) + after;
    return Buffer.from(text);
  };
  return {
    givesWholeLines: true,
    take: (chunk, at) => format(lines.push(asBuffer(chunk)), at),
    finish: (at) => format(lines.finish(), at),
    held: () => lines.peek(),
  };
}

/** `midLine`: the first byte to come continues a line whose beginning is in the file already. */
export function lineFormat(rules: LogRules, source: LineSource, midLine: boolean): LineFormat {
  const pattern = rules.dateFormat === '' ? null : rules.dateFormat;
  if (rules.format === 'json') return jsonLines(source, pattern);
  return pattern === null ? RAW : stamped(pattern, midLine);
}
