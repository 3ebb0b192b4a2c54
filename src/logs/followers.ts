/**
 * Those who watch logs live, each with a bounded queue of its own. Without the bound one terminal that
 * was suspended with Ctrl-S would fill the daemon; without the count it would not know what it missed.
 *
 * Queues hold whole lines as bytes; they become text only when a batch is sent, so that lines which
 * are dropped cost next to nothing. A follower gets its next batch when it has dealt with the last one.
 */
import { countLineEnds, LineAssembler } from '../core/lines.ts';
import type { LogLine, StreamName } from '../core/terms.ts';
import type { FilePosition, LogBatch } from '../protocol/control.ts';
import { asBuffer, textLines } from './line-text.ts';
import type { FollowFilter } from './pump-messages.ts';

const QUEUE_BYTES = 1024 * 1024;
const BATCH_BYTES = 128 * 1024;

/** What followers need to know of a channel. */
export interface FollowedSource {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
}

interface Segment {
  readonly source: FollowedSource;
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly position: FilePosition | null;
}

interface Follower {
  readonly number: number;
  ids: ReadonlySet<number> | null;
  readonly streams: ReadonlySet<StreamName>;
  queue: Segment[];
  queuedBytes: number;
  missed: number;
  /** No batch is on its way. */
  ready: boolean;
  scheduled: boolean;
}

export class Followers {
  readonly #send: (follower: number, batch: LogBatch) => void;
  readonly #followers = new Map<number, Follower>();

  constructor(send: (follower: number, batch: LogBatch) => void) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#followers.size === 0;
  }

  add(number: number, filter: FollowFilter): void {
    this.#followers.set(number, {
      number,
      ids: filter.ids === null ? null : new Set(filter.ids),
      streams: new Set(filter.streams),
      queue: [],
      queuedBytes: 0,
      missed: 0,
      ready: true,
      scheduled: false,
    });
  }

  refilter(number: number, ids: readonly number[] | null): void {
    const follower = this.#followers.get(number);
    if (follower !== undefined) follower.ids = ids === null ? null : new Set(ids);
  }

  remove(number: number): void {
    this.#followers.delete(number);
  }

  /** Somebody follows this source. */
  wants(source: FollowedSource): boolean {
    for (const follower of this.#followers.values()) if (isWanted(follower, source)) return true;
    return false;
  }

  /** Whole lines of a source; the array belongs to the queues from now on. */
  offer(source: FollowedSource, lines: Uint8Array, at: number, position: FilePosition | null): void {
    const segment: Segment = { source, at, bytes: lines, position };
    for (const follower of this.#followers.values()) {
      if (!isWanted(follower, source)) continue;
      follower.queue.push(segment);
      follower.queuedBytes += lines.length;
      while (follower.queuedBytes > QUEUE_BYTES && follower.queue.length > 1) dropOldest(follower);
      this.#schedule(follower);
    }
  }

  ready(number: number): void {
    const follower = this.#followers.get(number);
    if (follower === undefined) return;
    follower.ready = true;
    this.#schedule(follower);
  }

  /** Not at once: what is read in the same turn belongs into the same batch. */
  #schedule(follower: Follower): void {
    if (!follower.ready || follower.scheduled || follower.queue.length === 0) return;
    follower.scheduled = true;
    setImmediate(() => {
      follower.scheduled = false;
      this.#deliver(follower);
    });
  }

  #deliver(follower: Follower): void {
    if (!follower.ready || this.#followers.get(follower.number) !== follower) return;
    let bytes = 0;
    let count = 0;
    const lines: LogLine[] = [];
    const positions = new Map<string, FilePosition>();
    for (const { source, at, bytes: raw, position } of follower.queue) {
      if (count > 0 && bytes + raw.length > BATCH_BYTES) break;
      bytes += raw.length;
      count++;
      if (position !== null) positions.set(position.path, position);
      const { id, name, namespace, stream } = source;
      for (const text of textLines(asBuffer(raw))) lines.push({ id, name, namespace, stream, at, text });
    }
    if (count === 0) return;
    follower.queue = follower.queue.slice(count);
    follower.queuedBytes -= bytes;
    const { missed } = follower;
    follower.missed = 0;
    follower.ready = false;
    this.#send(follower.number, { lines, missed, positions: [...positions.values()] });
  }
}

function isWanted(follower: Follower, source: FollowedSource): boolean {
  return follower.streams.has(source.stream) && (follower.ids === null || follower.ids.has(source.id));
}

function dropOldest(follower: Follower): void {
  const oldest = follower.queue.shift();
  if (oldest === undefined) return;
  follower.queuedBytes -= oldest.bytes.length;
  follower.missed += countLineEnds(asBuffer(oldest.bytes));
}

/** The lines of one channel for its followers; exists only while somebody follows it. */
export class FollowedLines {
  readonly #lines = new LineAssembler();

  /** `partial`: the beginning of a line that was read before anybody followed. */
  constructor(partial: Uint8Array) {
    if (partial.length > 0) this.#lines.push(partial);
  }

  take(chunk: Buffer): Uint8Array | null {
    return this.#lines.push(chunk);
  }

  finish(): Uint8Array | null {
    return this.#lines.finish();
  }
}
