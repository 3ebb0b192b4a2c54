/**
 * All channels, sinks, tails and followers of the pump's thread, and what each command does to them.
 * Without one owner two channels with the same file would open it twice.
 */
import { resolve } from 'node:path';
import { copyBytes } from '../core/lines.ts';
import type { LogLine, StreamName } from '../core/terms.ts';
import type { FilePosition } from '../protocol/control.ts';
import { Channel, type ChannelSurroundings, type Counters } from './channel.ts';
import { Console } from './console.ts';
import { DiskBudget } from './disk-budget.ts';
import { Followers } from './followers.ts';
import { errorCode } from './log-file.ts';
import { Outlet } from './outlet.ts';
import { type ChannelSpec, keyOf, type Legacy, type ThreadMessage, type ThreadSetup } from './pump-messages.ts';
import type { Sink } from './sink.ts';
import { Sinks } from './sinks.ts';
import { TailStore } from './tail-store.ts';
import { Ticker } from './ticker.ts';

const BUFFER_BYTES = 64 * 1024;
const RETRY_INTERVAL_MS = 500;
const RELEASE_INTERVAL_MS = 250;

export interface PlumbingOptions extends ThreadSetup {
  now(): number;
  send(message: ThreadMessage): void;
  /** Called with each chunk that was read and is not yet written. */
  beforeWrite(): void;
}

export class Plumbing {
  readonly #options: PlumbingOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #sinks: Sinks;
  readonly #counters = new Map<number, Counters>();
  readonly #tails: TailStore;
  readonly #followers: Followers;
  readonly #budget: DiskBudget;
  readonly #console: Console | null;
  readonly #failing = new Ticker<Sink>(RETRY_INTERVAL_MS, (sink) => !sink.retry());
  readonly #holding: Ticker<Channel>;
  readonly #channelSurroundings: ChannelSurroundings;
  #inFlight: { readonly channel: Channel; readonly bytes: Buffer; readonly accepted: number } | null = null;
  #isSecondTry = false;

  constructor(options: PlumbingOptions) {
    this.#options = options;
    const { now, send } = options;
    this.#tails = new TailStore(options.tailLines);
    this.#followers = new Followers((follower, batch) => send({ kind: 'batch', follower, batch }));
    this.#budget = new DiskBudget(options, {
      now,
      logs: () => this.#sinks.all(),
      note: (note) => send({ kind: 'note', note }),
    });
    this.#console = options.console === undefined ? null : new Console(options.console);
    this.#holding = new Ticker<Channel>(RELEASE_INTERVAL_MS, (channel) => channel.releaseHeld(now()));
    this.#sinks = new Sinks(
      {
        now,
        indexFolder: options.indexFolder,
        note: (note) => send({ kind: 'note', note }),
        rotated: (sink, aside) => {
          this.#budget.rotated(sink, aside);
          send({
            kind: 'note',
            note: { kind: 'rotated', path: sink.path, text: `${sink.path} was rotated to ${aside}` },
          });
        },
        freeSpace: () => this.#budget.freeSpace(),
        retryLater: (sink) => this.#failing.add(sink),
      },
      (sink) => this.#budget.opened(sink),
    );
    this.#channelSurroundings = {
      buffer: Buffer.alloc(BUFFER_BYTES),
      followers: this.#followers,
      now,
      writing: (channel, chunk) => {
        if (!this.#isSecondTry) this.#inFlight = { channel, bytes: chunk, accepted: channel.accepted };
        options.beforeWrite();
      },
      written: () => {
        this.#inFlight = null;
      },
      holding: (channel) => this.#holding.add(channel),
      ended: ({ spec }) => send({ kind: 'end', id: spec.id, incarnation: spec.incarnation, stream: spec.stream }),
      failed: ({ spec }, code) => this.#note(spec.fifo, `the output of ${spec.name} could not be read (${code})`),
    };
  }

  #note(path: string, text: string): void {
    this.#options.send({ kind: 'note', note: { kind: 'write-failed', path, text } });
  }

  /** `legacy`: what an earlier thread held for these channels; it comes before the first byte that is read. */
  open(specs: readonly ChannelSpec[], legacy: Legacy | null = null): void {
    const opened: Channel[] = [];
    for (const spec of specs) {
      if (this.#channels.has(keyOf(spec))) continue;
      const [ring, counters] = [this.#tails.ring(spec), this.#countersOf(spec.id)];
      const channel = new Channel(spec, this.#outlets(spec), ring, counters, this.#channelSurroundings);
      this.#channels.set(keyOf(spec), channel);
      channel.considerFollowers();
      opened.push(channel);
    }
    // All know of all that share their files, and have what was held for them, before the first byte is read.
    for (const channel of opened) if (legacy !== null) this.#takeOver(channel, legacy);
    for (const channel of opened) this.#read(channel);
  }

  #read(channel: Channel): void {
    const { fifo, name } = channel.spec;
    try {
      channel.open();
    } catch (error) {
      this.#note(fifo, `the output of ${name} cannot be read: ${fifo} cannot be opened (${errorCode(error)})`);
    }
  }

  #takeOver(channel: Channel, { held, inFlight }: Legacy): void {
    const key = keyOf(channel.spec);
    channel.takeOver(new Map(held.filter((part) => part.channel === key).map((part) => [part.path, part.bytes])));
    if (inFlight?.channel !== key) return;
    // Only once: a chunk that kills the thread again must not do so for ever.
    this.#isSecondTry = true;
    channel.take(Buffer.from(inFlight.bytes));
    this.#isSecondTry = false;
  }

  #outlets(spec: ChannelSpec): Outlet[] {
    if (spec.rules.disabled) return [];
    const wanted = [spec.file, spec.combined].filter((path): path is string => path !== null && path !== '/dev/null');
    const counters = this.#countersOf(spec.id);
    const lose = (bytes: number): void => {
      counters.bytesLost += bytes;
    };
    const files = [...new Set(wanted)].map((path) => {
      const sink = this.#sinks.obtain(resolve(path), spec.rules);
      const isShared = spec.rules.merge || path === spec.combined;
      return new Outlet(sink, spec, isShared, lose);
    });
    const shown = this.#console;
    if (shown === null) return files;
    return [
      ...files,
      new Outlet(shown.sinkOf(spec), spec, false, lose, (source, midLine) => shown.format(source, midLine)),
    ];
  }

  #countersOf(id: number): Counters {
    let counters = this.#counters.get(id);
    if (counters === undefined) {
      counters = { bytes: 0, bytesLost: 0 };
      this.#counters.set(id, counters);
    }
    return counters;
  }

  #of(id: number, incarnation: number): Channel[] {
    return [...this.#channels.values()].filter(({ spec }) => spec.id === id && spec.incarnation === incarnation);
  }

  settle(id: number, incarnation: number): void {
    for (const channel of this.#of(id, incarnation)) channel.drain();
  }

  close(id: number, incarnation: number): void {
    for (const channel of this.#of(id, incarnation)) {
      channel.close();
      this.#holding.delete(channel);
      this.#channels.delete(keyOf(channel.spec));
    }
    this.#sinks.dropUnused();
  }

  update(specs: readonly ChannelSpec[]): void {
    for (const spec of specs) {
      const channel = this.#channels.get(keyOf(spec));
      if (channel === undefined) {
        this.open([spec]);
        continue;
      }
      if (writesTheSame(channel.spec, spec))
        for (const { sink } of channel.outlets) this.#sinks.rule(sink.path, spec.rules);
      else {
        const now = this.#options.now();
        for (const outlet of channel.outlets) outlet.finish(now);
        channel.outlets = this.#outlets(spec);
        for (const outlet of channel.outlets) outlet.startAnew();
      }
      channel.spec = spec;
      this.#tails.introduce(spec);
      channel.considerFollowers();
    }
    this.#sinks.dropUnused();
  }

  tail(id: number, lines: number, stream: StreamName | null, incarnation: number | null): LogLine[] {
    return this.#tails.tail(id, lines, stream, incarnation);
  }

  follow(follower: number, filter: { ids: readonly number[] | null; streams: readonly StreamName[] }): FilePosition[] {
    this.#followers.add(follower, filter);
    this.considerFollowers();
    const positions = new Map<string, FilePosition>();
    for (const channel of this.#channels.values()) {
      const { id, stream } = channel.spec;
      if (!filter.streams.includes(stream) || (filter.ids !== null && !filter.ids.includes(id))) continue;
      const position = channel.position();
      if (position !== null) positions.set(position.path, position);
    }
    return [...positions.values()];
  }

  refilter(follower: number, ids: readonly number[] | null): void {
    this.#followers.refilter(follower, ids);
    this.considerFollowers();
  }

  unfollow(follower: number): void {
    this.#followers.remove(follower);
    this.considerFollowers();
  }

  ready(follower: number): void {
    this.#followers.ready(follower);
  }

  considerFollowers(): void {
    for (const channel of this.#channels.values()) channel.considerFollowers();
  }

  flush(paths: readonly string[], rotated: boolean): void {
    const absolute = paths.map((path) => resolve(path));
    this.#sinks.flush(absolute, rotated, (path, text) => this.#note(path, text));
  }

  reopen(): void {
    this.#sinks.reopen();
  }

  stats(): Record<number, Counters> {
    return Object.fromEntries(this.#counters);
  }

  forget(id: number): void {
    this.#tails.forget(id);
    if ([...this.#channels.values()].every(({ spec }) => spec.id !== id)) this.#counters.delete(id);
  }

  /** What a successor of this thread needs to know. */
  legacy(): Legacy {
    const held: { channel: string; path: string; bytes: Uint8Array }[] = [];
    for (const [key, channel] of this.#channels) {
      for (const outlet of channel.outlets) {
        const bytes = outlet.handOver();
        if (bytes.length > 0) held.push({ channel: key, path: outlet.sink.path, bytes });
      }
    }
    const chunk = this.#inFlight;
    // If a file has a part of it already, writing it again would double lines.
    const isUntouched = chunk !== null && chunk.channel.accepted === chunk.accepted;
    const inFlight = isUntouched ? { channel: keyOf(chunk.channel.spec), bytes: copyBytes(chunk.bytes) } : null;
    return { tails: this.#tails.save(), stats: this.stats(), inFlight, held };
  }

  /** Goes on where a thread that died stopped. Everything is set up before the first byte is read. */
  restore(specs: readonly ChannelSpec[], legacy: Legacy | null): void {
    if (legacy !== null) {
      this.#tails.restore(legacy.tails);
      for (const [id, counters] of Object.entries(legacy.stats)) this.#counters.set(Number(id), { ...counters });
    }
    this.open(specs, legacy);
  }

  /** Closes descriptors without writing anything: a successor goes on from `legacy`. */
  abandon(): void {
    for (const channel of this.#channels.values()) channel.abandon();
    for (const sink of this.#sinks.all()) sink.abandon();
  }

  /** The pump stops, the programs go on. */
  async stop(): Promise<void> {
    this.#holding.clear();
    for (const channel of this.#channels.values()) channel.leave();
    this.#channels.clear();
    this.#failing.clear();
    this.#sinks.close();
    await this.#budget.stop();
  }
}

function writesTheSame(a: ChannelSpec, b: ChannelSpec): boolean {
  return (
    a.file === b.file &&
    a.combined === b.combined &&
    a.name === b.name &&
    a.rules.disabled === b.rules.disabled &&
    a.rules.format === b.rules.format &&
    a.rules.dateFormat === b.rules.dateFormat
  );
}
