/**
 * A query from words: of the command line, or of the address of a page. Without it a mistake in one of them would be found
 * late, as a search that finds nothing.
 */
import { UpkeepError } from '../../core/errors.ts';
import type { StreamName } from '../../core/terms.ts';
import { readFieldCondition } from './fields.ts';
import { compileGrep } from './grep.ts';
import { levelOf } from './levels.ts';
import { readMoment } from './moment.ts';
import { LEVELS, type Level, type LogQuery } from './query.ts';

/** null or absent: not given. Names stand for themselves in messages: `--since`, `since`. */
export interface QueryWords {
  readonly since?: string | null;
  readonly until?: string | null;
  readonly grep?: string | null;
  /** `grep` is plain text. */
  readonly isText?: boolean;
  readonly ignoreCase?: boolean;
  readonly invert?: boolean;
  readonly level?: string | null;
  readonly fields?: readonly string[];
  readonly stream?: string | null;
}

function readLevel(text: string, what: string): Level {
  const level = levelOf(text);
  if (level !== null) return level;
  const message = `${what} cannot be read: ${JSON.stringify(text)} is no level`;
  throw new UpkeepError({ code: 'BAD_REQUEST', message, hint: `one of ${LEVELS.join(', ')}` });
}

function readStream(text: string, what: string): readonly StreamName[] {
  if (text === 'out' || text === 'err') return [text];
  throw new UpkeepError({ code: 'BAD_REQUEST', message: `${what} is out or err, not ${JSON.stringify(text)}` });
}

/**
 * @param dash stands before the names in messages: `--` of the command line
 * @throws UpkeepError BAD_REQUEST
 */
export function readQuery(words: QueryWords, now: number, dash = ''): LogQuery {
  const { since, until, grep, level, stream, fields = [] } = words;
  const from = since == null ? null : readMoment(since, `${dash}since`, now);
  const to = until == null ? null : readMoment(until, `${dash}until`, now);
  if (from !== null && to !== null && from > to) {
    const message = `${dash}since (${new Date(from).toISOString()}) is after ${dash}until (${new Date(to).toISOString()})`;
    throw new UpkeepError({ code: 'BAD_REQUEST', message });
  }
  const { isText = false, ignoreCase = false, invert = false } = words;
  const wanted = grep == null ? null : { pattern: grep, isText, ignoreCase, invert };
  if (wanted !== null) compileGrep(wanted);
  return {
    since: from,
    until: to,
    grep: wanted,
    level: level == null ? null : readLevel(level, `${dash}level`),
    fields: fields.map(readFieldCondition),
    ...(stream == null ? {} : { streams: readStream(stream, `${dash}stream`) }),
  };
}
