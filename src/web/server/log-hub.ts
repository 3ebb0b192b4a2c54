/**
 * New lines for viewers: one subscription at the daemon for all who look at the same processes, filtered here for each. Without
 * it five open pages would make the daemon send every line five times.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../../core/errors.ts';
import type { LogLine } from '../../core/terms.ts';
import type { LogEntry, LogStreamEvents } from '../api.ts';
import type { DaemonLink } from './link.ts';
import type { LineFilter } from './log-filter.ts';
import type { EventStream } from './sse.ts';

/** Lines that come together are sent together. */
const GATHER_MS = 100;
const AGAIN_MS = 500;
/** Of one target, for one sending; a browser can show no more. */
const MOST_LINES = 1000;

interface LogViewer {
  readonly stream: EventStream;
  readonly filter: LineFilter;
  lines: LogEntry[];
  missed: number;
}

class Channel {
  readonly #link: DaemonLink;
  readonly #target: string;
  readonly #onEmpty: () => void;
  readonly #viewers = new Set<LogViewer>();
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  constructor(link: DaemonLink, target: string, onEmpty: () => void) {
    this.#link = link;
    this.#target = target;
    this.#onEmpty = onEmpty;
  }

  add(stream: EventStream, filter: LineFilter): void {
    const viewer: LogViewer = { stream, filter, lines: [], missed: 0 };
    this.#viewers.add(viewer);
    stream.onDrain(() => this.#sendTo(viewer));
    stream.onClose(() => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size > 0) return;
      this.#end.abort();
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#onEmpty();
    });
  }

  /** Ends with its last viewer. @throws UpkeepError for targets that cannot be followed */
  async run(): Promise<void> {
    try {
      while (!this.#end.signal.aborted) await this.#follow();
    } finally {
      for (const { stream } of this.#viewers) stream.end();
      this.#onEmpty();
    }
  }

  /** Until no daemon comes back; the next one is waited for. */
  async #follow(): Promise<void> {
    const { signal } = this.#end;
    const onMissed = (count: number): void => {
      for (const viewer of this.#viewers) viewer.missed += count;
    };
    try {
      const lines = await this.#link.client.followLogs(this.#target, { signal, onMissed });
      for await (const line of lines) this.#take(line);
    } catch (error) {
      if (!(error instanceof UpkeepError) || error.code !== 'NO_DAEMON') throw error;
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  #take(line: LogLine): void {
    for (const viewer of this.#viewers) {
      const entry = viewer.filter(line);
      if (entry === null) continue;
      viewer.lines.push(entry);
      if (viewer.lines.length <= MOST_LINES) continue;
      viewer.lines.shift();
      viewer.missed++;
    }
    this.#timer ??= setTimeout(() => this.#send(), GATHER_MS);
  }

  #send(): void {
    this.#timer = null;
    for (const viewer of this.#viewers) this.#sendTo(viewer);
  }

  /** Who does not read keeps the newest for later, and is told how many it missed. */
  #sendTo(viewer: LogViewer): void {
    const { stream, lines, missed } = viewer;
    if (stream.isStalled || (lines.length === 0 && missed === 0)) return;
    stream.send('lines', JSON.stringify({ lines, missed } satisfies LogStreamEvents['lines']));
    viewer.lines = [];
    viewer.missed = 0;
  }
}

export class LogHub {
  readonly #link: DaemonLink;
  readonly #channels = new Map<string, Channel>();

  constructor(link: DaemonLink) {
    this.#link = link;
  }

  add(stream: EventStream, target: string, filter: LineFilter): void {
    const present = this.#channels.get(target);
    if (present !== undefined) {
      present.add(stream, filter);
      return;
    }
    const channel: Channel = new Channel(this.#link, target, () => {
      if (this.#channels.get(target) === channel) this.#channels.delete(target);
    });
    this.#channels.set(target, channel);
    channel.add(stream, filter);
    channel.run().catch((error: Error) => {
      // It has been deleted meanwhile.
      process.stderr.write(`the lines of ${target} end: ${error.message}\n`);
    });
  }
}
