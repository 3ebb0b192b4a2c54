/**
 * Ends a program without cutting what it is answering, though it has no line of code for that: it stops accepting, lets
 * work in flight finish, takes leave of every client in its protocol, and only then lets the signal do what it would have
 * done. A program with a handler of its own is handed over to that.
 */
import { openConnections, openServers, type ServerSocket } from './connections.ts';
import { announceToNewRequests } from './drain-http1.ts';
import type { Gates } from './gate.ts';
import { handOver } from './hand-over.ts';
import { type AtWork, describe, startLooking } from './look.ts';

const LOOK_MS = 20;
/** How often the daemon is told that somebody is waited for. */
const TELL_MS = 200;
/** A client that was let go closes its side within this, or is not waited for; at most an eighth of the time there is. */
const LINGER_MS = 250;

export interface StopOrder {
  readonly signal: NodeJS.Signals;
  /** How long the drain may take. */
  readonly limitMs: number;
  /** null: the app is asked by the signal. */
  readonly message: string | null;
}
/** A daemon that took over may ask again what its predecessor has asked. */
let isUnderWay = false;

export type TellWork = (inFlight: number, atWork: AtWork) => void;

/** @param tell says to the daemon for how many connections we wait, and what would be cut now */
export function drain({ signal, limitMs, message }: StopOrder, gates: Gates, tell: TellWork): void {
  if (isUnderWay) return;
  isUnderWay = true;
  const end = (): void => void process.kill(process.pid, signal);
  if (message !== null && process.listenerCount('message') > 0) {
    handOver(limitMs, gates, tell, () => process.emit('message', message, undefined));
    return;
  }
  if (process.listenerCount(signal) > 0) {
    handOver(limitMs, gates, tell, end);
    return;
  }
  const net = require('node:net') as typeof import('node:net');
  const servers = openServers(gates);
  if (servers.length === 0 && openConnections().length === 0) {
    end();
    return;
  }

  // Not http.Server's own close, which cuts idle connections at once, with requests that are on their way.
  for (const server of servers) net.Server.prototype.close.call(server);
  announceToNewRequests();
  const { graceMs, look } = startLooking(limitMs, true);
  const lingerMs = Math.min(LINGER_MS, limitMs / 8);
  const letGoAt = new WeakMap<ServerSocket, number>();
  let toldAt = Number.NEGATIVE_INFINITY;
  let wasBusy = false;

  /** @returns whether anybody is waited for */
  const goOn = (): boolean => {
    const now = performance.now();
    const seen = look();
    const busy = seen.filter(({ socket, isBusy }) => isBusy && !letGoAt.has(socket));
    for (const { socket, ending, moment, isBusy } of seen) {
      if (isBusy || letGoAt.has(socket) || moment.quietMs < graceMs) continue;
      letGoAt.set(socket, now);
      try {
        ending.letGo(socket);
      } catch {
        // It ends with the process.
      }
    }
    const awaited = seen.filter(({ socket }) => now - (letGoAt.get(socket) ?? now) < lingerMs);
    // Idle ones too: on a busy machine their grace may outlast the usual time.
    if (wasBusy !== busy.length > 0 || now - toldAt >= TELL_MS) {
      toldAt = now;
      wasBusy = busy.length > 0;
      tell(awaited.length, describe(busy));
    }
    return awaited.length > 0;
  };
  const turn = (): void => {
    if (goOn()) setTimeout(turn, LOOK_MS);
    else setImmediate(end);
  };
  turn();
}
