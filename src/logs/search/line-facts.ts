/**
 * What one line tells: its text, its time, its level, its fields. Without one place for it a filter would look at other things
 * than the view shows.
 */
import { stripVTControlCharacters } from 'node:util';
import type { StreamName } from '../../core/terms.ts';
import { dateReader } from './date-pattern.ts';
import { LEVEL_KEYS, levelOf, levelOfText } from './levels.ts';
import { timeAtStart, timeOfValue } from './line-time.ts';
import type { Level, LogSource } from './query.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface LineFacts {
  readonly text: string;
  /** By the line itself; null: it does not tell. */
  readonly at: number | null;
  readonly level: Level | null;
  readonly fields: Fields | null;
  /** Of a line in a file of several processes that tells whose it is. */
  readonly id: number | null;
  readonly name: string | null;
  readonly stream: StreamName | null;
}

const TIME_KEYS = ['time', 'timestamp', '@timestamp', 'ts', 'datetime', 'date'];

function parsedObject(text: string): Fields | null {
  if (text.charCodeAt(0) !== 123) return null;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null; // it only begins like one
  }
}

function firstOf<T>(fields: Fields, keys: readonly string[], read: (value: unknown) => T | null): T | null {
  for (const key of keys) {
    const value = fields[key];
    if (value === undefined) continue;
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}

export const timeOfFields = (fields: Fields): number | null => firstOf(fields, TIME_KEYS, timeOfValue);

const hasEscape = (text: string): boolean => text.includes('\u001b');

function plainFacts(text: string): Pick<LineFacts, 'at' | 'level' | 'fields'> {
  const fields = parsedObject(text);
  if (fields !== null) return { fields, at: timeOfFields(fields), level: firstOf(fields, LEVEL_KEYS, levelOf) };
  const head = text.length > 400 ? text.slice(0, 400) : text;
  const bare = hasEscape(head) ? stripVTControlCharacters(head) : head;
  const date = timeAtStart(bare);
  return { fields: null, at: date?.at ?? null, level: levelOfText(date === null ? bare : bare.slice(date.length)) };
}

/** What `log_type: json` wrote around a line. */
function unwrapped(text: string): LineFacts | null {
  const wrapper = parsedObject(text);
  if (wrapper === null || typeof wrapper.message !== 'string' || !('process_id' in wrapper)) return null;
  const { message, timestamp, type, process_id: id, app_name: name } = wrapper;
  const facts = plainFacts(message);
  return {
    ...facts,
    text: message,
    at: facts.at ?? timeOfValue(timestamp),
    id: typeof id === 'number' ? id : null,
    name: typeof name === 'string' ? name : null,
    stream: type === 'out' || type === 'err' ? type : null,
  };
}

const OF_NOBODY = { id: null, name: null, stream: null };

export function factsOf(line: string, source: Pick<LogSource, 'isJson' | 'datePattern'>): LineFacts {
  if (source.isJson) {
    const inner = unwrapped(line);
    if (inner !== null) return inner;
  }
  const date = source.datePattern === null ? null : dateReader(source.datePattern)(line);
  if (date === null) return { text: line, ...plainFacts(line), ...OF_NOBODY };
  const text = line.slice(date.length);
  const facts = plainFacts(text);
  return { text, ...facts, at: facts.at ?? date.at, ...OF_NOBODY };
}

/** Only the time, which is cheaper for a plain line. */
export function timeOf(line: string, source: Pick<LogSource, 'isJson' | 'datePattern'>): number | null {
  const first = line.charCodeAt(0);
  // Letters, as most lines of a stack trace or of a table begin.
  const isWord = (first >= 97 && first <= 122) || first === 32 || first === 9;
  return isWord && source.datePattern === null ? null : factsOf(line, source).at;
}
