/**
 * Which lines a viewer wants to see, from the query of its request. Without one reader for the search and the stream the page
 * would show lines live that it does not find afterwards.
 */
import type { LogLine, StreamName } from '../../core/terms.ts';
import type { LogEntry } from '../api.ts';
import { badRequest } from './refusal.ts';

export type LineFilter = (entry: LogEntry) => boolean;

const LONGEST_SEARCH = 1000;

export const entryOf = ({ id, name, stream, at, text }: LogLine): LogEntry => ({
  id,
  name,
  stream,
  at,
  text,
  level: null,
});

export function streamsOf(query: Readonly<Record<string, string>>): readonly StreamName[] {
  const { stream = '' } = query;
  if (stream === '') return ['out', 'err'];
  if (stream === 'out' || stream === 'err') return [stream];
  throw badRequest(`stream is out or err, not ${stream.slice(0, 20)}`);
}

/** @throws RefusedRequest for what is no filter */
export function filterOf(query: Readonly<Record<string, string>>): LineFilter {
  const streams = streamsOf(query);
  const { grep = '' } = query;
  if (grep.length > LONGEST_SEARCH) throw badRequest(`grep takes at most ${LONGEST_SEARCH} characters`);
  const wanted = grep.toLowerCase();
  return ({ stream, text }) => streams.includes(stream) && (wanted === '' || text.toLowerCase().includes(wanted));
}
