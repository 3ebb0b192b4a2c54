/**
 * Server-sent events to viewers that may stop reading at any time. Without the bounds here one forgotten page on a phone would
 * fill the server's memory with what it never fetches.
 */
import type { ServerResponse } from 'node:http';

/** Then nobody more is let in. */
const MOST_STREAMS = 100;
/** What may wait for a viewer that does not read; then it is dropped. It comes back by itself when it reads again. */
const LARGEST_BACKLOG_BYTES = 1024 * 1024;
/** A viewer that has read nothing for so long is not there any more. */
const LONGEST_STALL_MS = 30_000;
/** Keeps proxies and tunnels open, and finds out who has gone. */
const BEAT_MS = 15_000;
/** How soon a browser comes back. */
const RETRY_MS = 500;

export class EventStream {
  readonly #outgoing: ServerResponse;
  readonly #latest = new Map<string, string>();
  #stalledAt: number | null = null;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
    outgoing.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    outgoing.on('drain', () => this.#drained());
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Waits in order, as far as there is room. */
  send(event: string, json: string, id?: number): void {
    this.#write(frame(event, json, id));
  }

  /** Only the newest of its kind waits: a picture of now makes the one before worthless. */
  show(event: string, json: string): void {
    if (this.#outgoing.writableNeedDrain) this.#latest.set(event, json);
    else this.#write(frame(event, json));
  }

  get isStalled(): boolean {
    return this.#outgoing.writableNeedDrain;
  }

  beat(now: number): void {
    if (!this.isStalled) this.#write(':\n\n');
    else if (now - (this.#stalledAt ?? now) > LONGEST_STALL_MS) this.#outgoing.destroy();
  }

  /** Told when a viewer that did not read has read all that waited for it. */
  onDrain(listener: () => void): void {
    this.#outgoing.on('drain', listener);
  }

  onClose(listener: () => void): void {
    this.#outgoing.on('close', listener);
  }

  end(): void {
    this.#outgoing.end();
  }

  #write(text: string): void {
    if (this.#outgoing.destroyed || this.#outgoing.writableEnded) return;
    if (this.#outgoing.writableLength > LARGEST_BACKLOG_BYTES) {
      this.#outgoing.destroy();
      return;
    }
    if (!this.#outgoing.write(text)) this.#stalledAt ??= Date.now();
  }

  #drained(): void {
    this.#stalledAt = null;
    const waiting = [...this.#latest];
    this.#latest.clear();
    for (const [event, json] of waiting) this.show(event, json);
  }
}

/** JSON has no line ends of its own. */
const frame = (event: string, json: string, id?: number): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`;

/** All streams that are open. */
export class Streams {
  readonly #open = new Set<EventStream>();
  #beat: NodeJS.Timeout | null = null;

  get count(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= MOST_STREAMS;
  }

  open(outgoing: ServerResponse): EventStream {
    const stream = new EventStream(outgoing);
    this.#open.add(stream);
    this.#beat ??= setInterval(() => {
      const now = Date.now();
      for (const one of this.#open) one.beat(now);
    }, BEAT_MS);
    stream.onClose(() => {
      this.#open.delete(stream);
      if (this.#open.size > 0 || this.#beat === null) return;
      clearInterval(this.#beat);
      this.#beat = null;
    });
    return stream;
  }

  endAll(): void {
    for (const stream of this.#open) stream.end();
  }
}
