/**
 * One stream of one process on its way from the FIFO to files, memory and followers. Without it as
 * the single place where a chunk is handed on, one of the three would get a chunk twice or not at all.
 */
import type { FilePosition } from '../protocol/control.ts';
import { FifoReader } from './fifo-reader.ts';
import { FollowedLines, type Followers } from './followers.ts';
import type { Outlet } from './outlet.ts';
import type { ChannelSpec } from './pump-messages.ts';
import type { TailRing } from './tail-ring.ts';

export interface Counters {
  bytes: number;
  bytesLost: number;
}

export interface ChannelSurroundings {
  readonly buffer: Buffer;
  readonly followers: Followers;
  now(): number;
  /** Called with each chunk before the files get it. */
  writing(channel: Channel, chunk: Buffer): void;
  /** Called when the files have it. */
  written(): void;
  /** A partial line waits in one of the outlets. */
  holding(channel: Channel): void;
  ended(channel: Channel): void;
  failed(channel: Channel, code: string): void;
}

export class Channel {
  spec: ChannelSpec;
  outlets: readonly Outlet[];
  readonly #around: ChannelSurroundings;
  readonly #tail: TailRing;
  readonly #counters: Counters;
  readonly #reader: FifoReader;
  #followed: FollowedLines | null = null;

  constructor(
    spec: ChannelSpec,
    outlets: readonly Outlet[],
    tail: TailRing,
    counters: Counters,
    around: ChannelSurroundings,
  ) {
    this.spec = spec;
    this.outlets = outlets;
    this.#around = around;
    this.#tail = tail;
    this.#counters = counters;
    this.#reader = new FifoReader(spec.fifo, around.buffer, {
      onChunk: (chunk) => this.take(chunk),
      onEnd: () => around.ended(this),
      onFailure: (code) => around.failed(this, code),
    });
  }

  /** Begins to read; throws when there is no such FIFO. */
  open(): void {
    const { adopted } = this.spec;
    if (adopted === false) this.#startAnew();
    const found = this.#reader.open();
    if (found === 'untouched' && adopted === undefined) this.#startAnew();
    // Nobody writes any more: the end came while no pump was there to see it.
    if (found === 'ended' || (found === 'untouched' && adopted === true)) this.#around.ended(this);
  }

  #startAnew(): void {
    for (const outlet of this.outlets) outlet.startAnew();
  }

  take(chunk: Buffer): void {
    if (this.spec.rules.disabled) {
      this.#counters.bytes += chunk.length;
      return;
    }
    const now = this.#around.now();
    let holding = false;
    this.#around.writing(this, chunk);
    for (const outlet of this.outlets) {
      outlet.take(chunk, now);
      if (outlet.isHolding) holding = true;
    }
    this.#around.written();
    this.#counters.bytes += chunk.length;
    if (holding) this.#around.holding(this);
    const lines = this.#followed?.take(chunk);
    this.#tail.append(chunk, now, this.spec.incarnation);
    if (lines !== undefined && lines !== null) this.#around.followers.offer(this.spec, lines, now, this.position());
  }

  /** Bytes that the files of this channel have taken so far: tells whether a chunk reached any of them. */
  get accepted(): number {
    let total = 0;
    for (const { sink } of this.outlets) total += sink.accepted;
    return total;
  }

  /** Goes on with what an earlier thread held for these files; before `open`. */
  takeOver(held: ReadonlyMap<string, Uint8Array>): void {
    const now = this.#around.now();
    for (const outlet of this.outlets) outlet.takeOver(held.get(outlet.sink.path) ?? new Uint8Array(0), now);
    if (this.outlets.some((outlet) => outlet.isHolding)) this.#around.holding(this);
  }

  /** Where the file of this stream ends now, for a follower that wants to go on from here. */
  position(): FilePosition | null {
    return this.outlets.find(({ sink }) => sink.position !== null)?.sink.position ?? null;
  }

  /** Lines are cut for followers only while there are some. */
  considerFollowers(): void {
    const wanted =
      !this.spec.rules.disabled && !this.#around.followers.isEmpty && this.#around.followers.wants(this.spec);
    if (!wanted) this.#followed = null;
    else if (this.#followed === null) this.#followed = new FollowedLines(this.#tail.partial());
  }

  drain(): void {
    this.#reader.drain();
  }

  releaseHeld(now: number): boolean {
    let holding = false;
    for (const outlet of this.outlets) {
      if (outlet.isHolding) outlet.release(now);
      if (outlet.isHolding) holding = true;
    }
    return holding;
  }

  /** The process has ended: read the rest, end the last line, let go. */
  close(): void {
    this.drain();
    this.#reader.close();
    const now = this.#around.now();
    for (const outlet of this.outlets) outlet.finish(now);
    this.#tail.endLine(now, this.spec.incarnation);
    const lines = this.#followed?.finish();
    if (lines !== undefined && lines !== null) this.#around.followers.offer(this.spec, lines, now, this.position());
  }

  /** The pump stops, the process goes on. What is in the FIFO waits there for the next pump. */
  leave(): void {
    this.#reader.close();
    const now = this.#around.now();
    for (const outlet of this.outlets) outlet.leave(now);
  }

  abandon(): void {
    this.#reader.close();
  }
}
