/**
 * What the daemon's main thread and the pump's thread say to each other. Without these types on both
 * sides a field that one side forgets would be found by a user whose log stopped.
 */
import type { EventDetails } from '../core/events.ts';
import type { LogLine, LogRules, StreamName } from '../core/terms.ts';
import type { FilePosition, LogBatch } from '../protocol/control.ts';
import type { ConsoleSetup } from './console.ts';
import type { TailState } from './tail-ring.ts';

export interface ChannelSpec {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly incarnation: number;
  readonly stream: StreamName;
  readonly fifo: string;
  /** Resolved files for this instance; null or `/dev/null`: none. */
  readonly file: string | null;
  readonly combined: string | null;
  readonly rules: LogRules;
  /**
   * The program was running before this pump: an unfinished line at the end of its file is its own and goes on, and
   * a FIFO that nobody has open for writing is an end. false: a new program, which begins on a new line.
   * Left out: it is a new program if its FIFO is empty and nobody has it open for writing.
   */
  readonly adopted?: boolean;
}

export interface Note {
  readonly kind:
    | 'disk-full'
    | 'disk-recovered'
    | 'thread-restarted'
    | 'rotated'
    | 'write-failed'
    | 'disk-budget'
    | 'disk-budget-exceeded'
    | 'disk-budget-held';
  readonly path?: string;
  readonly text: string;
  /** The file takes nothing from now on, until it is `disk-recovered`. Absent: false. */
  readonly isLosing?: boolean;
  readonly details?: EventDetails;
}

/** What a follower wants; null: every instance. */
export interface FollowFilter {
  readonly ids: readonly number[] | null;
  readonly streams: readonly StreamName[];
}

export interface ChannelStats {
  readonly bytes: number;
  readonly bytesLost: number;
}

/** What only the thread's memory knows; carried over when the thread dies of an exception. */
export interface Legacy {
  readonly tails: readonly { readonly id: number; readonly stream: StreamName; readonly state: TailState }[];
  readonly stats: Readonly<Record<number, ChannelStats>>;
  /** Read from a FIFO, but not yet written. */
  readonly inFlight: { readonly channel: string; readonly bytes: Uint8Array } | null;
  readonly held: readonly { readonly channel: string; readonly path: string; readonly bytes: Uint8Array }[];
}

export const keyOf = ({ id, incarnation, stream }: Pick<ChannelSpec, 'id' | 'incarnation' | 'stream'>): string =>
  `${id}/${incarnation}/${stream}`;

/** Each command with its answer. */
export interface Commands {
  open: { params: { readonly channels: readonly ChannelSpec[] }; result: null };
  settle: { params: { readonly id: number; readonly incarnation: number }; result: null };
  close: { params: { readonly id: number; readonly incarnation: number }; result: null };
  update: {
    params: { readonly id: number; readonly incarnation: number; readonly channels: readonly ChannelSpec[] };
    result: null;
  };
  tail: {
    params: {
      readonly id: number;
      readonly lines: number;
      readonly stream: StreamName | null;
      /** Only those of this life; null: of all. */
      readonly incarnation: number | null;
    };
    result: readonly LogLine[];
  };
  follow: { params: { readonly follower: number; readonly filter: FollowFilter }; result: readonly FilePosition[] };
  refilter: { params: { readonly follower: number; readonly ids: readonly number[] | null }; result: null };
  unfollow: { params: { readonly follower: number }; result: null };
  /** The receiver took the last batch and has room for another. */
  ready: { params: { readonly follower: number }; result: null };
  flush: { params: { readonly paths: readonly string[]; readonly rotated: boolean }; result: null };
  reopen: { params: Record<string, never>; result: null };
  stats: { params: Record<string, never>; result: Readonly<Record<number, ChannelStats>> };
  forget: { params: { readonly id: number }; result: null };
  restore: { params: { readonly channels: readonly ChannelSpec[]; readonly legacy: Legacy | null }; result: null };
  stop: { params: Record<string, never>; result: null };
}

export type CommandName = keyof Commands;

export type Command = { [N in CommandName]: { readonly name: N; readonly params: Commands[N]['params'] } }[CommandName];

export interface Request {
  readonly number: number;
  readonly command: Command;
}

export type ThreadMessage =
  | { readonly kind: 'answer'; readonly number: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly number: number; readonly text: string }
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'end'; readonly id: number; readonly incarnation: number; readonly stream: StreamName }
  | { readonly kind: 'batch'; readonly follower: number; readonly batch: LogBatch }
  | { readonly kind: 'dying'; readonly legacy: Legacy; readonly text: string };

export interface ThreadSetup {
  readonly diskBudgetBytes: number;
  readonly logFolder: string;
  /** For time indexes; null: none are written. */
  readonly indexFolder: string | null;
  readonly tailLines: number;
  /** All lines go there too. */
  readonly console?: ConsoleSetup;
}
