/**
 * Which lines a viewer wants to see, from the query of its request. Without one reader for the search and the stream the page
 * would show lines live that it does not find afterwards.
 */
import { followedFilter } from '../../client/search-logs.ts';
import type { LogLine } from '../../core/terms.ts';
import type { FoundLine, LogQuery } from '../../logs/search/query.ts';
import { readQuery } from '../../logs/search/read-query.ts';
import type { LogEntry } from '../api.ts';

/** null: the viewer does not want this line. */
export type LineFilter = (line: LogLine) => LogEntry | null;

export const entryOf = ({ id, name, stream, at, text, level }: FoundLine): LogEntry => ({
  id,
  name,
  stream,
  at,
  text,
  level,
});

/**
 * What is searched for is plain text, in whatever case: the page marks it in the lines.
 *
 * @throws UpkeepError BAD_REQUEST
 */
export function queryOf(query: Readonly<Record<string, string>>): LogQuery {
  const word = (name: string): string | null => query[name] || null;
  const words = {
    since: word('since'),
    until: word('until'),
    grep: word('grep'),
    level: word('level'),
    stream: word('stream'),
  };
  return readQuery({ ...words, isText: true, ignoreCase: true }, Date.now());
}

/** Of lines as they come; each viewer has its own, which knows what the line before was. */
export function filterOf(query: LogQuery): LineFilter {
  const match = followedFilter(query);
  const streams = query.streams ?? ['out', 'err'];
  return (line) => {
    const found = streams.includes(line.stream) ? match(line) : null;
    return found === null ? null : entryOf(found);
  };
}
