/**
 * What the runtime inside an app and the daemon say to each other: one JSON value a line over `upkeep-agent.sock`. It is kept
 * apart from the control language because an app may say only these few things.
 */
import type { Speaks } from './versions.ts';

const AGENT_PROTOCOL_VERSION = 1;
/** The version and the one before are understood. Raised when a message changes its meaning; a new one does not raise it. */
export const AGENT_PROTOCOL = {
  protocol: AGENT_PROTOCOL_VERSION,
  oldest: Math.max(1, AGENT_PROTOCOL_VERSION - 1),
} as const;

/** An app that sends more in one message has its line closed. */
export const LONGEST_AGENT_FRAME_BYTES = 4 * 1024 * 1024;

/** From the app. The first message is `hello`; the line is closed on a wrong token. */
export type FromApp =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      /** It understands all from here to `protocol`. Absent in older runtimes. */
      readonly oldest?: number;
      readonly token: string;
      readonly pid: number;
      readonly node: string;
      /** It understands `stop`. Absent in older runtimes. */
      readonly drains?: boolean;
      /** It understands `message` in `stop`. Absent in older runtimes. */
      readonly passesMessage?: boolean;
      /** The app listens for SIGUSR1, or has turned off what Node does with it. Absent in older runtimes. */
      readonly takesSigusr1?: boolean;
      /** It understands `measure`, and `perform` for these. Absent in older runtimes. */
      readonly abilities?: readonly string[];
    }
  /** That has changed. */
  | { readonly type: 'sigusr1'; readonly taken: boolean }
  /**
   * It was asked to stop, and waits for so much work. `work` names what would be cut if it were killed now, and `more` says how
   * much is not named; both are absent in older runtimes.
   */
  | {
      readonly type: 'draining';
      readonly inFlight: number;
      readonly work?: readonly Work[];
      readonly more?: number;
    }
  /** Connections of a clustered app: the fewest that were open since the last time this was told. */
  | { readonly type: 'connections'; readonly open: number }
  /** Where its shared servers can be reached one process at a time; `port` is the shared one, -1 a unix socket. */
  | { readonly type: 'doors'; readonly doors: readonly Door[] }
  /** It wants to listen, and the channel over which it could get its socket has ended with an earlier daemon. */
  | { readonly type: 'stranded' }
  /** The answer to `measure`. */
  | { readonly type: 'measured'; readonly measures: Measures }
  /** The answer to `perform`. */
  | { readonly type: 'performed'; readonly n: number; readonly result: unknown }
  /** The event loop turns. `glance` and `measures` if the question asked for them; absent in older runtimes. */
  | { readonly type: 'pong'; readonly n: number; readonly glance?: Glance; readonly measures?: Measures }
  /** What the app gave to `process.send`. Sent again to the next daemon unless `ack` came: at least once. */
  | { readonly type: 'message'; readonly n: number; readonly message: unknown };

/** What is of interest to those who look after the app's health, or look into it. */
export type AgentReport = Extract<
  FromApp,
  { readonly type: 'hello' | 'sigusr1' | 'doors' | 'pong' | 'measured' | 'performed' }
>;

/**
 * From the daemon. `message` is emitted as `process.on('message')`; `stop` asks to end as by that signal, after draining: it
 * may take `limitMs`. With `message` the app is asked by that instead of the signal, if it listens for messages.
 */
export type ToApp =
  /** First of all, since 0.1.0; `protocol` is what is spoken on this line. Without one in common nothing else is said. */
  | ({ readonly type: 'hello'; readonly version: string } & Speaks)
  | { readonly type: 'message'; readonly message: unknown }
  /** All messages up to this number have been dealt with. */
  | { readonly type: 'ack'; readonly n: number }
  | { readonly type: 'stop'; readonly signal: string; readonly limitMs?: number; readonly message?: string }
  /** It was started beside another one and held back: it may accept connections now. */
  | { readonly type: 'admit' }
  /** It has more than its share of connections, or is not ready: it is to take no new ones, or to take them again. */
  | { readonly type: 'rest'; readonly on: boolean }
  | { readonly type: 'doors' }
  /**
   * How is it inside? Asked when somebody looks, so that nobody pays for it when nobody does: from then on, and until minutes
   * after the last such question, requests and collections are counted.
   */
  | { readonly type: 'measure' }
  /** Do what `hello` said that it can. */
  | { readonly type: 'perform'; readonly n: number; readonly ability: string; readonly params: unknown }
  /**
   * Does the event loop turn? With `look` the answer also says how it is inside: `glance` what costs nothing to know, `measures`
   * all of it, as `measure` does. Older runtimes answer without.
   */
  | { readonly type: 'ping'; readonly n: number; readonly look?: Look }
  /** An inspector that was opened to see what blocks the event loop is not needed any more. */
  | { readonly type: 'close-inspector' };

/** More of it is counted, not named. */
export const MOST_WORK_NAMED = 20;

/** Something in flight: a request, a stream, a connection. */
export interface Work {
  /** `http/1`, `http/2`, `websocket` or `tcp`. */
  readonly protocol: string;
  readonly method: string | null;
  /** Without the query, which may hold secrets. */
  readonly path: string | null;
  readonly remote: string | null;
  /** How long its connection has been open; 0 if that is not known. */
  readonly openMs: number;
  /** How long it has been under way itself; absent: not known, but not longer than `openMs`. */
  readonly ageMs?: number;
}

/** A loopback port through which one process of several that share a port is reached. */
export interface Door {
  readonly port: number;
  readonly at: number;
}

export type Look = 'glance' | 'measures';

/** What can be told of the inside at any time without counting anything beforehand. */
export interface Glance {
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  /** Time since the start of the process that its event loop was busy, and that it waited. */
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  /** How late the loop was at worst but for one in a hundred looks, within the last ten to twenty seconds; null: not known yet. */
  readonly delayP99Ms: number | null;
}

/** How a Node process is inside. */
export interface Measures {
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** What the event loop waits for. */
  readonly activeRequests: number;
  readonly activeHandles: number;
  /** How late the event loop was within the last minute or two; null: it has not been watched long enough. */
  readonly loop: { readonly meanMs: number; readonly p95Ms: number } | null;
  /** Requests answered by its servers within the last minute; null: there has not been one yet. */
  readonly http: { readonly perMinute: number; readonly meanMs: number; readonly p95Ms: number } | null;
  /** Absent in older runtimes. */
  readonly glance?: Glance;
  /** Absent in older runtimes. */
  readonly detail?: Detail;
}

/** What the exporters want to know; counters grow from the first question on, and stand still while nobody asks. */
export interface Detail {
  readonly heapLimitBytes: number;
  readonly heapSpaces: readonly HeapSpace[];
  /** Within the last ten to twenty seconds; null: not watched long enough. */
  readonly delay: LoopDelay | null;
  /** By kind: `major`, `minor`, `incremental`, `weakcb`. */
  readonly collections: Readonly<Record<string, Durations>>;
  /** null: no request has come to it yet. */
  readonly requests: Requests | null;
}

export interface HeapSpace {
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly physicalBytes: number;
}

/** All in milliseconds. */
export interface LoopDelay {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** `counts[i]` took at most as long as the bound of that number, and more than the one before; one more counts those beyond the last. */
export interface Durations {
  readonly counts: readonly number[];
  readonly sumMs: number;
}

export interface Requests {
  /** Another number: counting had paused, and a difference to what was told before means nothing. */
  readonly counting: number;
  /** Being answered now. */
  readonly inFlight: number;
  /** By the first digit of their status, 1 to 5. */
  readonly answered: readonly number[];
  /** By `LATENCY_BOUNDS_MS`. */
  readonly durations: Durations;
}
