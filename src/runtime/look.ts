/**
 * Looks at the open connections of a process that drains, again and again, and knows how long each has been quiet. One
 * place for it, so that an app which drains by itself and one which we drain are seen in the same way.
 */
import { MOST_WORK_NAMED, type Work } from '../protocol/agent.ts';
import { openConnections, openForMs, type ServerSocket } from './connections.ts';
import { http1 } from './drain-http1.ts';
import { http2 } from './drain-http2.ts';
import { tcp } from './drain-tcp.ts';
import { webSocket } from './drain-websocket.ts';
import type { Ending, Moment } from './ending.ts';

const GRACE_MS = 500;
/** A process that gets no time from a busy machine has read nothing meanwhile: that is no quiet. */
const LONGEST_STEP_MS = 50;
const LONGEST_PATH = 200;

/** The first that claims a connection has it. */
const ENDINGS: readonly Ending[] = [http1, http2, webSocket, tcp];

export interface Seen {
  readonly socket: ServerSocket;
  readonly ending: Ending;
  readonly moment: Moment;
  readonly isBusy: boolean;
}

/**
 * @param limitMs how long the drain may take
 * @param isOurs the app has no handler of its own
 */
export function startLooking(limitMs: number, isOurs: boolean): { readonly graceMs: number; look(): readonly Seen[] } {
  const startedAt = performance.now();
  const graceMs = Math.min(GRACE_MS, limitMs / 4);
  const traffic = new WeakMap<ServerSocket, { bytes: number; at: number; quietMs: number }>();

  const quietMs = (socket: ServerSocket, now: number): number => {
    const bytes = socket.bytesRead + socket.bytesWritten;
    const last = traffic.get(socket);
    const isQuiet = last !== undefined && last.bytes === bytes;
    const next = { bytes, at: now, quietMs: isQuiet ? last.quietMs + Math.min(now - last.at, LONGEST_STEP_MS) : 0 };
    traffic.set(socket, next);
    return next.quietMs;
  };
  const see = (socket: ServerSocket): Seen => {
    const now = performance.now();
    const moment = { sinceStartMs: now - startedAt, quietMs: quietMs(socket, now), graceMs, limitMs, isOurs };
    const ending = ENDINGS.find((one) => one.claims(socket)) ?? tcp;
    let isBusy = false;
    try {
      ending.announce(socket, moment);
      isBusy = ending.isBusy(socket, moment);
    } catch {
      // It ends with the process, as without us.
    }
    return { socket, ending, moment, isBusy };
  };
  return { graceMs, look: () => openConnections().map(see) };
}

export interface AtWork {
  readonly work: readonly Work[];
  /** Not named. */
  readonly more: number;
}

/** Would be cut if the process ended now. */
export const isAtWork = ({ socket, ending, isBusy }: Seen): boolean =>
  isBusy || ending.protocol === 'websocket' || ending.protocol === 'tcp' || ending.tasksOf(socket).length > 0;

/** What is at work, for the daemon to name if it has to be cut. */
export function describe(busy: readonly Seen[]): AtWork {
  const work: Work[] = [];
  let count = 0;
  for (const { socket, ending } of busy) {
    const tasks = ending.tasksOf(socket);
    count += Math.max(1, tasks.length);
    for (const { method, url } of tasks.length === 0 ? [{}] : tasks) {
      if (work.length === MOST_WORK_NAMED) break;
      work.push({
        protocol: ending.protocol,
        method: method ?? null,
        path: url?.replace(/[?#].*$/s, '').slice(0, LONGEST_PATH) ?? null,
        remote: remoteOf(socket),
        openMs: openForMs(socket),
      });
    }
  }
  return { work, more: count - work.length };
}

/** What would be cut if the process ended now, requests first. Nothing is changed by looking. */
export function workNow(): AtWork {
  const handles = (process as unknown as { _getActiveHandles?(): readonly unknown[] })._getActiveHandles?.() ?? [];
  // `node:net` is not loaded for a program that has no connections.
  if (handles.length === 0) return { work: [], more: 0 };
  const moment = { sinceStartMs: 0, quietMs: 0, graceMs: 0, limitMs: 0, isOurs: false };
  const seen = openConnections().map((socket): Seen => {
    const ending = ENDINGS.find((one) => one.claims(socket)) ?? tcp;
    return { socket, ending, moment, isBusy: ending.isBusy(socket, moment) };
  });
  const rank = ({ ending }: Seen): number => (ending.protocol === 'http/1' || ending.protocol === 'http/2' ? 0 : 1);
  return describe(seen.filter(isAtWork).sort((a, b) => rank(a) - rank(b)));
}

function remoteOf({ remoteAddress, remotePort }: ServerSocket): string | null {
  if (remoteAddress === undefined) return null;
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
