/**
 * Streams that outlive the daemon they come from: lines and events, as async iterables. Without the reconnecting here,
 * `upkeep logs` would end or lose lines with every upgrade of the daemon.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import type { LogLine, StreamName } from '../core/terms.ts';
import { headOfFile } from '../logs/file-head.ts';
import type { BusEvent, BusNotice, EventRecord, FilePosition, LogBatch, Notices } from '../protocol/control.ts';
import type { Line, NoticeListener } from './line.ts';
import type { ReadPlace } from './missing-lines.ts';

/** Opens a line of one's own: notices carry no subscription, so each follower needs one. */
export type OpenLine = (onNotice: NoticeListener) => Promise<Line>;

/** What a follower that is slower than the source may keep waiting. */
const LONGEST_QUEUE = 20_000;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;
/** The guard brings a daemon back within a second; after this long nobody will. */
const GIVE_UP_MS = 10_000;

export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many items were left out because this side was too slow. */
  readonly onMissed?: ((count: number) => void) | undefined;
  /** Told when the daemon was lost, and when another one is there. */
  readonly onConnection?: ((state: 'lost' | 'back') => void) | undefined;
}

/** A bounded queue read by `for await`. */
class Stream<T> implements AsyncIterableIterator<T> {
  readonly #items: T[] = [];
  readonly #onEnd: () => void;
  readonly #onMissed: (count: number) => void;
  #wake: (() => void) | null = null;
  #ended = false;
  #error: Error | null = null;

  constructor(onEnd: () => void, onMissed: (count: number) => void) {
    this.#onEnd = onEnd;
    this.#onMissed = onMissed;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#items.push(item);
    const surplus = this.#items.length - LONGEST_QUEUE;
    if (surplus > 0) {
      this.#items.splice(0, surplus);
      this.#onMissed(surplus);
    }
    this.#wake?.();
  }

  end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#onEnd();
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return { done: false, value: item };
      if (this.#error !== null) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  return(): Promise<IteratorResult<T>> {
    this.#items.length = 0;
    this.end(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

interface Source<T> {
  /** Subscribes on a fresh line, and gives what was missed since the last one. */
  subscribe(line: Line): Promise<readonly T[]>;
  /** What a notice brings. */
  take<N extends keyof Notices>(
    notice: N,
    value: Notices[N],
  ): { readonly items: readonly T[]; readonly missed: number };
}

/** Keeps one subscription alive over any number of daemons. */
async function follow<T>(
  open: OpenLine,
  source: Source<T>,
  options: FollowOptions,
  /** It goes on from something that was read before: a daemon that has gone meanwhile is waited for. */
  isGoingOn = false,
): Promise<AsyncIterableIterator<T>> {
  const { signal, onMissed, onConnection } = options;
  let line: Line | null = null;
  const missed = (count: number): void => {
    if (count > 0) onMissed?.(count);
  };
  const stream = new Stream<T>(() => line?.close(), missed);
  signal?.addEventListener('abort', () => stream.end(null), { once: true });

  const join = async (): Promise<void> => {
    // Notices of a new subscription wait until what was missed before it has been read.
    let held: T[] | null = [];
    const fresh = await open((notice, value) => {
      const taken = source.take(notice, value);
      missed(taken.missed);
      if (held === null) stream.push(taken.items);
      else held.push(...taken.items);
    });
    line = fresh;
    if (stream.ended) return fresh.close();
    stream.push(await source.subscribe(fresh));
    stream.push(held);
    held = null;
    fresh.onClose(() => {
      if (line !== fresh || stream.ended) return;
      onConnection?.('lost');
      void rejoin().then(() => {
        if (!stream.ended) onConnection?.('back');
      });
    });
  };

  const rejoin = async (): Promise<void> => {
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (let wait = FIRST_WAIT_MS; !stream.ended; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        await join();
        return;
      } catch (error) {
        const isLasting = error instanceof UpkeepError && error.code !== 'NO_DAEMON';
        if (isLasting || Date.now() > giveUpAt) return stream.end(error as Error);
      }
      await sleep(wait);
    }
  };

  const first = isGoingOn ? rejoin() : join();
  // Who leaves while it is being subscribed has left: that is no failure.
  await first.catch((error: Error) => {
    if (!stream.ended) throw error;
  });
  return stream;
}

/** Reads what was written to a file between two positions. */
export type ReadMissing = (from: readonly ReadPlace[], to: readonly FilePosition[]) => Promise<readonly LogLine[]>;

export interface FollowedLogs {
  readonly targets: readonly string[];
  readonly streams: readonly StreamName[];
  readonly from: readonly (FilePosition & { readonly asOf?: number })[];
}

export function followLogs(
  open: OpenLine,
  { from, ...what }: FollowedLogs,
  readMissing: ReadMissing,
  options: FollowOptions,
): Promise<AsyncIterableIterator<LogLine>> {
  const known = new Map<string, ReadPlace>();
  const remember = (positions: readonly FilePosition[], asOf: number): void => {
    for (const { path, inode, offset, head = headOfFile(path, inode, offset) } of positions)
      known.set(path, { path, inode, offset, head, asOf });
  };
  for (const place of from) remember([place], place.asOf ?? Date.now());
  return follow<LogLine>(
    open,
    {
      async subscribe(line) {
        // New lines may come before the answer, and move the known positions on.
        const before = [...known.values()];
        const askedAt = Date.now();
        const { positions } = await line.request('logs.follow', what);
        remember(
          positions.filter(({ path }) => known.get(path) === before.find((one) => one.path === path)),
          askedAt,
        );
        return before.length === 0 ? [] : readMissing(before, positions);
      },
      take(notice, value) {
        if (notice !== 'logs.lines') return { items: [], missed: 0 };
        const batch = value as LogBatch;
        // It may have been on its way for long: what counts is when its last line was read.
        remember(batch.positions, batch.lines.at(-1)?.at ?? Date.now());
        return { items: batch.lines, missed: batch.missed };
      },
    },
    options,
    from.length > 0,
  );
}

export function followEvents(
  open: OpenLine,
  after: number | null,
  options: FollowOptions,
): Promise<AsyncIterableIterator<EventRecord>> {
  let last = after;
  return follow<EventRecord>(
    open,
    {
      async subscribe(line) {
        const answer = await line.request('events.follow', { after: last });
        if (answer.missed > 0) options.onMissed?.(answer.missed);
        last = Math.max(last ?? 0, answer.last, ...answer.events.map((event) => event.number));
        return answer.events;
      },
      take(notice, value) {
        if (notice !== 'events.event') return { items: [], missed: 0 };
        const event = value as EventRecord;
        // A daemon may send an event both in its answer and as a notice.
        if (last !== null && event.number <= last) return { items: [], missed: 0 };
        last = event.number;
        return { items: [event], missed: 0 };
      },
    },
    options,
  );
}

/** What is heard on the bus: what processes do and apps say, and what they print. */
export type BusItem = BusEvent | { readonly kind: 'line'; readonly line: LogLine };

/** Both over one line, so that what an app prints and says come about as it did them. */
export function followBus(open: OpenLine, options: FollowOptions): Promise<AsyncIterableIterator<BusItem>> {
  return follow<BusItem>(
    open,
    {
      async subscribe(line) {
        await line.request('bus.follow', {});
        await line.request('logs.follow', { targets: ['all'], streams: ['out', 'err'] });
        return [];
      },
      take(notice, value) {
        if (notice === 'bus.event') {
          const { event, missed } = value as BusNotice;
          return { items: [event], missed };
        }
        if (notice !== 'logs.lines') return { items: [], missed: 0 };
        const { lines, missed } = value as LogBatch;
        return { items: lines.map((line) => ({ kind: 'line', line })), missed };
      },
    },
    options,
  );
}
