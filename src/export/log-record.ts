/**
 * A line as a record: its level, its message, its fields, and when the program says that it was written. Without it a receiver
 * could neither filter by severity nor search in what JSON loggers write.
 */
import type { LogLine } from '../core/terms.ts';

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogRecord {
  readonly line: LogLine;
  /** null: the line does not tell. */
  readonly level: Level | null;
  readonly body: string;
  /** What a JSON logger wrote beside the message. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** ms since the epoch; null: the line does not tell. */
  readonly saidAt: number | null;
}

const LONGEST_JSON = 256 * 1024;
const NO_FIELDS: Readonly<Record<string, unknown>> = {};

const LEVEL_WORDS: Readonly<Record<string, Level>> = {
  trace: 'trace',
  silly: 'trace',
  verbose: 'debug',
  debug: 'debug',
  info: 'info',
  http: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'fatal',
  crit: 'fatal',
  critical: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
};
/** pino's and bunyan's numbers: a level holds from its own up to the next. */
const LEVEL_NUMBERS = [
  [60, 'fatal'],
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
  [20, 'debug'],
  [10, 'trace'],
] as const;

export function levelOf(value: unknown): Level | null {
  if (typeof value === 'number') return LEVEL_NUMBERS.find(([from]) => value >= from)?.[1] ?? null;
  return typeof value === 'string' ? (LEVEL_WORDS[value.toLowerCase()] ?? null) : null;
}

const PREFIX = /^[^a-zA-Z]{0,40}\b(trace|debug|info|notice|warn|warning|error|fatal|critical)\b[\])]?:?\s/i;

function instantOf(value: unknown): number | null {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  // Seconds would lie in 1970, nanoseconds far ahead: neither is what these loggers write.
  return at > 1e11 && at < 1e14 ? at : null;
}

export function recordOf(line: LogLine): LogRecord {
  const plain: LogRecord = { line, level: prefixLevel(line.text), body: line.text, fields: NO_FIELDS, saidAt: null };
  if (!line.text.startsWith('{') || line.text.length > LONGEST_JSON) return plain;
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(line.text) as Readonly<Record<string, unknown>>;
  } catch {
    return plain;
  }
  const { level, severity, msg, message, time, timestamp, ...fields } = value;
  const body = typeof msg === 'string' ? msg : typeof message === 'string' ? message : null;
  return {
    line,
    level: levelOf(level) ?? levelOf(severity),
    // Without a message the object is the message.
    body: body ?? line.text,
    fields: body === null ? NO_FIELDS : fields,
    saidAt: instantOf(time) ?? instantOf(timestamp),
  };
}

const prefixLevel = (text: string): Level | null => levelOf(PREFIX.exec(text.slice(0, 80))?.[1]);
