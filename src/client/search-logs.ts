/**
 * Searching logs through the API: the daemon tells which files there are, and this side reads them. Without it a search through
 * gigabytes would run in the daemon, which has better things to do.
 */
import type { LogLine } from '../core/terms.ts';
import { filterOf } from '../logs/search/filter.ts';
import { factsOf } from '../logs/search/line-facts.ts';
import type { FoundLine, FoundPage, LogQuery, LogSource } from '../logs/search/query.ts';
import { type PageOptions, Search, type SearchSetup, searchPage } from '../logs/search/search.ts';
import { sourcesOf } from '../logs/search/sources.ts';
import { pathsOf } from '../platform/paths.ts';
import type { InstanceDetail } from '../protocol/control.ts';
import type { Client, Target } from './client.ts';
import type { FollowOptions } from './follow.ts';

export interface SearchOptions extends FollowOptions {
  /** Go on with lines as they come, until the iteration is ended. Default false. */
  readonly follow?: boolean;
  /** Only the newest so many of the lines that are there; they are all found before the first is given. Default: all. */
  readonly newest?: number;
  /** More logs beside those of processes; they are not followed. */
  readonly sources?: readonly LogSource[];
  /** Told what a reader of the lines should know: a damaged file, lines whose time nobody knows. */
  readonly onNote?: (text: string) => void;
}

export interface LogPageOptions extends PageOptions {
  readonly signal?: AbortSignal;
  readonly onNote?: (text: string) => void;
}

type Details = readonly InstanceDetail[];

const isAll = (target: Target): boolean => (Array.isArray(target) ? target : [target]).some((one) => one === 'all');

const detailsOf = (client: Client, target: Target): Promise<Details> =>
  isAll(target) ? client.describe() : client.describe(target);

function setupOf(client: Client, details: Details, more: Omit<SearchSetup, 'sources' | 'indexFolder'>): SearchSetup {
  return { sources: sourcesOf(details), indexFolder: pathsOf(client.home).logIndex, ...more };
}

export async function logPage(
  client: Client,
  target: Target,
  query: LogQuery,
  options: LogPageOptions,
): Promise<FoundPage> {
  const details = await detailsOf(client, target);
  const { signal, onNote, ...page } = options;
  const ids = isAll(target) ? undefined : new Set(details.map(({ id }) => id));
  return searchPage(setupOf(client, details, { ids, signal, onNote }), query, page);
}

export async function searchLogs(
  client: Client,
  target: Target,
  query: LogQuery,
  options: SearchOptions,
): Promise<AsyncGenerator<FoundLine>> {
  const { follow = false, sources = [], onNote, signal } = options;
  const isOfFilesOnly = sources.length > 0 && Array.isArray(target) && target.length === 0;
  const details = isOfFilesOnly ? [] : await detailsOf(client, target);
  const ids = isAll(target) ? undefined : new Set([...details, ...sources].map(({ id }) => id));
  const setup = setupOf(client, details, { ids, signal, onNote });
  const search = new Search({ ...setup, sources: [...setup.sources, ...sources] }, query, follow);
  return linesOf(client, { target, query, options, search, followed: new Set(setup.sources.map(({ path }) => path)) });
}

interface Running {
  readonly target: Target;
  readonly query: LogQuery;
  readonly options: SearchOptions;
  readonly search: Search;
  /** Paths of logs of processes. */
  readonly followed: ReadonlySet<string>;
}

async function* linesOf(
  client: Client,
  { target, query, options, search, followed }: Running,
): AsyncGenerator<FoundLine> {
  const { follow = false, newest, sources: _, onNote: __, ...following } = options;
  // The files are read up to these places; what stands after them comes then.
  const from = search.positions.filter(({ path }) => followed.has(path));
  try {
    if (newest === undefined) yield* search.oldestFirst();
    else yield* (await search.newest({ limit: newest })).lines;
  } finally {
    search.close();
  }
  if (!follow || followed.size === 0 || following.signal?.aborted === true) return;
  const { streams = ['out', 'err'] } = query;
  const match = followedFilter(query);
  for await (const line of await client.followLogs(target, { ...following, streams, from })) {
    const found = match(line);
    if (found !== null) yield found;
  }
}

/** Lines of the daemon come as the program wrote them. */
export function followedFilter(query: LogQuery): (line: LogLine) => FoundLine | null {
  const filter = filterOf(query);
  const headings = new Map<string, FoundLine['level']>();
  return ({ id, name, namespace, stream, at, text }) => {
    const facts = factsOf(text, { isJson: false, datePattern: null });
    const origin = `${id} ${stream}`;
    if (!/^[ \t]/.test(text)) headings.set(origin, facts.level);
    const time = facts.at ?? at;
    if ((filter.since !== null && time < filter.since) || (filter.until !== null && time > filter.until)) return null;
    if (!filter.matches(facts, () => headings.get(origin) ?? null)) return null;
    return { id, name, namespace, stream, at: time, text: facts.text, level: facts.level, fields: facts.fields };
  };
}
