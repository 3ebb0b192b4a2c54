/**
 * A line as a record: its level, its message, its fields, and when the program says that it was written. Without it a receiver
 * could neither filter by severity nor search in what JSON loggers write.
 */
import type { LogLine } from '../core/terms.ts';
import { factsOf, type LineFacts } from '../logs/search/line-facts.ts';
import type { Level } from '../logs/search/query.ts';

export type { Level };

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

/** Seconds would lie in 1970, nanoseconds far ahead, and no receiver takes 1e300: neither is what loggers mean. */
const EARLIEST = 1e11;
const LATEST = 1e14;
/** What is longer is sent as it is. */
const LONGEST_READ = 256 * 1024;
const NO_FIELDS: Readonly<Record<string, unknown>> = {};
/** The daemon gives lines without what it writes around them in files. */
const AS_WRITTEN = { isJson: false, datePattern: null };
const UNKNOWN: Pick<LineFacts, 'at' | 'level' | 'fields'> = { at: null, level: null, fields: null };

export function recordOf(line: LogLine): LogRecord {
  const { at, level, fields } = line.text.length > LONGEST_READ ? UNKNOWN : factsOf(line.text, AS_WRITTEN);
  const {
    level: _level,
    severity: _severity,
    msg,
    message,
    time: _time,
    timestamp: _timestamp,
    ...rest
  } = fields ?? {};
  const body = typeof msg === 'string' ? msg : typeof message === 'string' ? message : null;
  return {
    line,
    level,
    // Without a message the object is the message.
    body: body ?? line.text,
    fields: body === null ? NO_FIELDS : rest,
    saidAt: at !== null && at > EARLIEST && at < LATEST ? at : null,
  };
}
