/**
 * The daemon's handle on the pump: commands go to a worker thread, notices come back. Without it a
 * thread that dies would take every app's log with it; here it is replaced, and the programs, whose
 * pipes are held open by their keepers, never notice.
 */
import type { Worker } from 'node:worker_threads';
import type { LogLine, StreamName } from '../core/terms.ts';
import type { FilePosition, LogBatch } from '../protocol/control.ts';
import type { ConsoleSetup } from './console.ts';
import {
  type ChannelSpec,
  type ChannelStats,
  type Command,
  type CommandName,
  type Commands,
  type FollowFilter,
  keyOf,
  type Legacy,
  type Note,
  type ThreadMessage,
} from './pump-messages.ts';
import { startThread } from './thread-start.ts';

export type { ChannelSpec, ChannelStats, FollowFilter, Note } from './pump-messages.ts';

export interface PumpOptions {
  /** The bundled pump-thread. */
  readonly threadEntry: string | URL;
  /** All logs together, those in use and the rotated ones; 0: no limit. */
  readonly diskBudgetBytes: number;
  readonly logFolder: string;
  /** When what was written is noted there, for searches. Default: nowhere. */
  readonly indexFolder?: string;
  /** Most lines that `tail` gives. Default 50. */
  readonly tailLines?: number;
  /** All lines go there too. Default: only to files. */
  readonly console?: ConsoleSetup | undefined;
  onNote(note: Note): void;
  /** Nobody has the FIFO open for writing any more. A hint to look at the exit file; it can come twice. */
  onEnd?(id: number, incarnation: number, stream: StreamName): void;
}

export interface Following {
  /** Ends of the files of those who are followed, at the moment when following began. */
  readonly positions: readonly FilePosition[];
  update(ids: readonly number[] | null): void;
  close(): void;
  /** The receiver, which said that it was full, has room again. */
  drained(): void;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Receiver {
  filter: FollowFilter;
  readonly onBatch: (batch: LogBatch) => boolean;
}

const DEFAULT_TAIL_LINES = 50;
/** More deaths than this in a row, each within a second of its start, are a bug that speed does not cure. */
const QUICK_DEATHS = 5;
const RESTART_WAIT_MS = 1000;

export class Pump {
  readonly #options: PumpOptions;
  readonly #channels = new Map<string, ChannelSpec>();
  readonly #receivers = new Map<number, Receiver>();
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | null = null;
  #startedAt = 0;
  #quickDeaths = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #legacy: Legacy | null = null;
  #lastWords = '';
  #lastNumber = 0;
  #stopped = false;

  /** The thread comes with the first command: a daemon without apps does not pay for it. */
  constructor(options: PumpOptions) {
    this.#options = options;
  }

  #start(): void {
    const { threadEntry, diskBudgetBytes, logFolder, tailLines = DEFAULT_TAIL_LINES, console } = this.#options;
    const { indexFolder = null } = this.#options;
    this.#startedAt = performance.now();
    this.#thread = startThread(
      threadEntry,
      { diskBudgetBytes, logFolder, indexFolder, tailLines, ...(console === undefined ? {} : { console }) },
      (message) => this.#receive(message),
      (why) => this.#died(why),
    );
  }

  #died(why: string): void {
    this.#thread = null;
    if (this.#stopped) {
      // null: whoever asked gets nothing, and no error that nobody could do anything about.
      for (const { resolve } of this.#waiting.values()) resolve(null);
      this.#waiting.clear();
      return;
    }
    const text = this.#lastWords === '' ? why : this.#lastWords;
    this.#lastWords = '';
    this.#options.onNote({ kind: 'thread-restarted', text: `the log pump ended and is started again: ${text}` });
    this.#quickDeaths = performance.now() - this.#startedAt < RESTART_WAIT_MS ? this.#quickDeaths + 1 : 0;
    if (this.#quickDeaths <= QUICK_DEATHS) this.#resume();
    else this.#restartTimer = setTimeout(() => this.#resume(), RESTART_WAIT_MS);
  }

  /** A new thread: everything that was open is opened again, then every command that has no answer yet is given again. */
  #resume(): void {
    this.#restartTimer = null;
    this.#start();
    const unanswered = [...this.#waiting];
    const asking = new Set(
      unanswered.flatMap(([, { command }]) => (command.name === 'follow' ? [command.params.follower] : [])),
    );
    for (const [follower, { filter }] of this.#receivers) {
      if (!asking.has(follower)) void this.#ask('follow', { follower, filter });
    }
    const legacy = this.#legacy;
    this.#legacy = null;
    // What was open goes on with its own lines; what had only been asked for is opened by its own command.
    const opening = new Set(
      unanswered.flatMap(([, { command }]) => (command.name === 'open' ? command.params.channels.map(keyOf) : [])),
    );
    const channels = [...this.#channels.values()]
      .filter((channel) => !opening.has(keyOf(channel)))
      .map((channel) => ({ ...channel, adopted: true }));
    void this.#ask('restore', { channels, legacy });
    for (const [number, { command }] of unanswered) {
      if (command.name === 'restore') this.#waiting.delete(number);
      else this.#thread?.postMessage({ number, command });
    }
  }

  /** null: the thread is being stopped. */
  #ask<N extends CommandName>(name: N, params: Commands[N]['params']): Promise<Commands[N]['result'] | null> {
    if (this.#startedAt === 0) this.#start();
    const number = ++this.#lastNumber;
    // The pair is checked by the signature; the union cannot express it.
    const command = { name, params } as unknown as Command;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { command, resolve: resolve as (result: unknown) => void, reject });
      this.#thread?.postMessage({ number, command });
    });
  }

  #receive(message: ThreadMessage): void {
    switch (message.kind) {
      case 'answer':
        this.#waiting.get(message.number)?.resolve(message.result);
        this.#waiting.delete(message.number);
        return;
      case 'refusal':
        this.#waiting.get(message.number)?.reject(new Error(message.text));
        this.#waiting.delete(message.number);
        return;
      case 'note':
        this.#options.onNote(message.note);
        return;
      case 'end':
        this.#options.onEnd?.(message.id, message.incarnation, message.stream);
        return;
      case 'batch':
        this.#deliver(message.follower, message.batch);
        return;
      case 'dying':
        this.#legacy = message.legacy;
        this.#lastWords = message.text;
        return;
      default:
        message satisfies never;
    }
  }

  #deliver(follower: number, batch: LogBatch): void {
    const receiver = this.#receivers.get(follower);
    if (receiver?.onBatch(batch) === true) void this.#ask('ready', { follower });
  }

  /** Opens FIFOs and files and begins to read. Missing folders are made; a file that cannot be opened is a note, and its output is still read. */
  async open(channels: readonly ChannelSpec[]): Promise<void> {
    for (const channel of channels) this.#channels.set(keyOf(channel), channel);
    await this.#ask('open', { channels });
  }

  /** Resolves when all that was in the FIFOs of this life is written. */
  async settle(id: number, incarnation: number): Promise<void> {
    await this.#ask('settle', { id, incarnation });
  }

  /** After the process has ended: reads the rest, ends the last line, lets go of the FIFOs. */
  async close(id: number, incarnation: number): Promise<void> {
    await this.#ask('close', { id, incarnation });
    for (const [key, channel] of this.#channels)
      if (channel.id === id && channel.incarnation === incarnation) this.#channels.delete(key);
  }

  /** New rules or files for a running process, without losing a byte. */
  async update(id: number, incarnation: number, channels: readonly ChannelSpec[]): Promise<void> {
    for (const channel of channels) this.#channels.set(keyOf(channel), channel);
    await this.#ask('update', { id, incarnation, channels });
  }

  /** The last lines of an instance from memory, oldest first, across its lives. */
  async tail(id: number, lines: number, stream?: StreamName): Promise<readonly LogLine[]> {
    return (await this.#ask('tail', { id, lines, stream: stream ?? null, incarnation: null })) ?? [];
  }

  /** The same of one life, which may be over. */
  async tailOfLife(id: number, incarnation: number, lines: number): Promise<readonly LogLine[]> {
    return (await this.#ask('tail', { id, lines, stream: null, incarnation })) ?? [];
  }

  /** `onBatch` says false when its receiver is full; then nothing more comes until `drained`, and lines beyond a bound are counted as missed. */
  async follow(filter: FollowFilter, onBatch: (batch: LogBatch) => boolean): Promise<Following> {
    const follower = ++this.#lastNumber;
    const receiver: Receiver = { filter, onBatch };
    this.#receivers.set(follower, receiver);
    // A pump that is being stopped answers nothing any more: its follower goes on with the next daemon, from wherever that is.
    const positions = (await this.#ask('follow', { follower, filter })) ?? [];
    return {
      positions,
      update: (ids) => {
        receiver.filter = { ...receiver.filter, ids };
        void this.#ask('refilter', { follower, ids });
      },
      close: () => {
        if (this.#receivers.delete(follower)) void this.#ask('unfollow', { follower });
      },
      drained: () => {
        if (this.#receivers.has(follower)) void this.#ask('ready', { follower });
      },
    };
  }

  /** Empties files, in use or not; with `rotated` their rotated predecessors are deleted too. */
  async flush(paths: readonly string[], rotated = false): Promise<void> {
    await this.#ask('flush', { paths, rotated });
  }

  /** Opens all files anew, after somebody moved or deleted them. */
  async reopen(): Promise<void> {
    await this.#ask('reopen', {});
  }

  /** For each instance: bytes read, and bytes that could not be written. */
  async stats(): Promise<Readonly<Record<number, ChannelStats>>> {
    return (await this.#ask('stats', {})) ?? {};
  }

  /** The instance is deleted: its tail goes, and its figures when nothing of it is open. */
  async forget(id: number): Promise<void> {
    await this.#ask('forget', { id });
  }

  /** Stops reading and ends the thread. What programs write from now on waits in their FIFOs. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#receivers.clear();
    const thread = this.#thread;
    if (thread === null) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    await this.#ask('stop', {});
    await ended;
  }
}
