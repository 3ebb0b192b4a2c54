/**
 * How one protocol takes leave of its clients: what every kind of connection has to answer while the process drains.
 * Without one shape for all, the drain would have to know each protocol.
 */
import type { ServerSocket } from './connections.ts';

/** Of one connection, at one look. */
export interface Moment {
  /** Since the drain began. */
  readonly sinceStartMs: number;
  /** No byte has moved on the connection for this long, counted from the start of the drain. */
  readonly quietMs: number;
  /** Idle connections may still bring what was sent before the client knew; then they are let go. */
  readonly graceMs: number;
  /** The whole drain may take this long. */
  readonly limitMs: number;
  /** The app leaves everything to us; false: it has a handler of its own, and what has no end by itself is its matter. */
  readonly isOurs: boolean;
}

export interface Task {
  /** Absent where the protocol has none, or Node does not tell. */
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

export interface Ending {
  readonly protocol: 'http/1' | 'http/2' | 'websocket' | 'tcp';
  claims(socket: ServerSocket): boolean;
  /** Tells the client as soon as the protocol can that the connection ends. Called at every look. */
  announce(socket: ServerSocket, moment: Moment): void;
  /** There is work on it that is waited for. */
  isBusy(socket: ServerSocket, moment: Moment): boolean;
  /** It is idle, and its grace is over. Called once. */
  letGo(socket: ServerSocket): void;
  /** What is at work, one entry each; empty: unknown. */
  tasksOf(socket: ServerSocket): readonly Task[];
}

interface Writable {
  write: (...args: never[]) => unknown;
  end: (...args: never[]) => unknown;
}

/** The app may go on writing to what we have ended: Node would raise that as an error of the app's. */
export function mute(stream: Writable): void {
  const ignore = (...args: readonly unknown[]): void => {
    const callback = args.findLast((one) => typeof one === 'function') as ((error?: Error | null) => void) | undefined;
    if (callback !== undefined) process.nextTick(callback, null);
  };
  stream.write = (...args: unknown[]): boolean => {
    ignore(...args);
    return true;
  };
  stream.end = (...args: unknown[]): unknown => {
    ignore(...args);
    return stream;
  };
}

/** Streams of events end only with their client: they are ended, and the client comes back by itself. */
export const isEventStream = (contentType: unknown): boolean =>
  typeof contentType === 'string' && /^\s*text\/event-stream\b/i.test(contentType);
