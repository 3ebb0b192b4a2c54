/**
 * Searches logs: all lines that match, oldest first, or a page of the newest. Without it as one way through files in use,
 * rotated and compressed, each reader would know only some of them.
 */
import { closeSync } from 'node:fs';
import type { FilePosition } from '../../protocol/control.ts';
import { beginningOf, headOf } from '../file-head.ts';
import { type OpenLog, openLog } from '../log-history.ts';
import { NotYet, type Place, readCursor, writeCursor } from './cursor.ts';
import { type Filter, filterOf } from './filter.ts';
import { Merge, type Merged, type Stream } from './merge.ts';
import type { FoundLine, FoundPage, LogQuery, LogSource } from './query.ts';
import { lastLineEndOf } from './read-blocks.ts';
import { type ScanSetup, type Step, scanBackward, scanForward } from './scan.ts';
import { Folders, segmentsOf } from './segments.ts';

export interface SearchSetup {
  readonly sources: readonly LogSource[];
  /** `<home>/log-index`; null: there is none. */
  readonly indexFolder: string | null;
  /** Only of these processes, where the lines of a shared file tell whose they are. Default: all. */
  readonly ids?: ReadonlySet<number> | undefined;
  /** Ends the search. */
  readonly signal?: AbortSignal | undefined;
  /** What a reader of the result should know: a damaged file, lines whose time nobody knows. */
  readonly onNote?: ((text: string) => void) | undefined;
}

export interface PageOptions {
  /** Most lines. Default 200. */
  readonly limit?: number;
  /** From an earlier answer: what is older than that. */
  readonly before?: string | null;
  /** After so long give what was found so far, ms; `before` then goes on from there. Default: no limit. */
  readonly budgetMs?: number;
}

const DEFAULT_LIMIT = 200;

interface Opened {
  readonly source: LogSource;
  readonly current: OpenLog | null;
}

/**
 * The files as they are at this moment: what is written later is not part of the search, and stands after `positions`.
 * To be closed.
 */
export class Search {
  readonly #setup: SearchSetup;
  readonly #filter: Filter;
  readonly #opened: readonly Opened[];
  readonly #undated = new Set<string>();
  readonly #openedAt = Date.now();

  /**
   * @param wholeLines leave out the line at the end of a file that is not finished yet. Default false.
   * @throws UpkeepError BAD_REQUEST
   */
  constructor(setup: SearchSetup, query: LogQuery, wholeLines = false) {
    this.#setup = setup;
    this.#filter = filterOf(query);
    const { streams } = query;
    const paths = new Set<string>();
    const opened: Opened[] = [];
    for (const source of setup.sources) {
      // A file that several processes share is read once.
      if (paths.has(source.path) || (streams !== undefined && !streams.includes(source.stream) && !source.hasBoth))
        continue;
      paths.add(source.path);
      opened.push({ source, current: openAt(source.path, wholeLines) });
    }
    this.#opened = opened;
  }

  /** Ends of the files, for who wants to go on with what comes later. Not after `close`. */
  get positions(): readonly (FilePosition & { readonly asOf: number })[] {
    return this.#opened.flatMap(({ source, current }) => {
      if (current === null) return [];
      const { fd, inode, bytes } = current;
      const head = headOf(beginningOf(fd).subarray(0, bytes));
      return [{ path: source.path, inode, offset: bytes, head, asOf: this.#openedAt }];
    });
  }

  #streams(make: (scan: ScanSetup) => AsyncGenerator<Step>, newestKey: number): Stream[] {
    const folders = new Folders();
    const { indexFolder, onNote } = this.#setup;
    return this.#opened.map(({ source, current }) => ({
      path: source.path,
      steps: make({
        source,
        segments: segmentsOf(source.path, current, folders),
        filter: this.#filter,
        indexFolder,
        newestKey,
        undated: () => this.#undated.add(source.path),
        damaged: (path, error) => onNote?.(`${path} could not be read to its end: ${error.message}`),
      }),
    }));
  }

  #isWanted({ id }: FoundLine): boolean {
    return this.#setup.ids === undefined || this.#setup.ids.has(id);
  }

  #noteUndated(): void {
    for (const path of this.#undated)
      this.#setup.onNote?.(
        `nobody knows when some lines of ${path} were written: those that may be of this time are there too`,
      );
    this.#undated.clear();
  }

  /** All lines, oldest first. */
  async *oldestFirst(): AsyncGenerator<FoundLine> {
    const merge = new Merge(this.#streams(scanForward, Number.POSITIVE_INFINITY), 'forward');
    try {
      while (this.#setup.signal?.aborted !== true) {
        const found = await merge.next();
        if (typeof found === 'string') break;
        if (this.#isWanted(found.hit.line)) yield found.hit.line;
      }
      this.#noteUndated();
    } finally {
      await merge.close();
    }
  }

  /** The newest lines, oldest first. */
  async newest({ limit = DEFAULT_LIMIT, before = null, budgetMs }: PageOptions = {}): Promise<FoundPage> {
    const place = before === null ? null : readCursor(before);
    const scan = place === null ? scanBackward : (setup: ScanSetup) => olderThan(place, setup);
    const newestKey = place?.key ?? Number.POSITIVE_INFINITY;
    const budget = budgetMs === undefined ? null : { ms: budgetMs, from: newestKey };
    const merge = new Merge(this.#streams(scan, newestKey), 'backward', budget);
    const lines: FoundLine[] = [];
    let last: Place | null = null;
    let ending: 'end' | 'late' | 'full' = 'end';
    try {
      while (this.#setup.signal?.aborted !== true) {
        if (lines.length >= limit) {
          ending = 'full';
          break;
        }
        const found = await merge.next();
        if (typeof found === 'string') {
          ending = found;
          break;
        }
        last = placeOf(found);
        if (this.#isWanted(found.hit.line)) lines.push(found.hit.line);
      }
      this.#noteUndated();
      const { frontier } = merge;
      const stand: Place | null =
        ending === 'late' && frontier !== null && last?.key !== frontier
          ? { key: frontier, path: null, inode: null, stamp: null, offset: 0 }
          : last;
      return { lines: lines.reverse(), before: ending === 'end' || stand === null ? null : writeCursor(stand) };
    } finally {
      await merge.close();
    }
  }

  close(): void {
    for (const { current } of this.#opened) if (current !== null) closeSync(current.fd);
  }
}

function placeOf({ hit: { key, inode, stamp, offset }, path }: Merged): Place {
  return { key, path, inode, stamp, offset };
}

async function* olderThan(place: Place, setup: ScanSetup): AsyncGenerator<Step> {
  const notYet = new NotYet(place, setup.source.path);
  for await (const { hits, bound } of scanBackward(setup)) {
    yield { hits: hits.filter((hit) => !notYet.holdsBack(hit)), bound };
  }
}

function openAt(path: string, wholeLines: boolean): OpenLog | null {
  const log = openLog(path);
  if (log === null || !wholeLines) return log;
  return { ...log, bytes: lastLineEndOf(log.fd, log.bytes) };
}

/** The newest lines that match, oldest first; closes what it opened. */
export async function searchPage(setup: SearchSetup, query: LogQuery, options: PageOptions = {}): Promise<FoundPage> {
  const search = new Search(setup, query);
  try {
    return await search.newest(options);
  } finally {
    search.close();
  }
}
