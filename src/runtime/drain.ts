/**
 * Ends a program without cutting what it is answering, though it has no line of code for that: it stops accepting, lets
 * requests in flight finish, tells kept-alive connections to close, and only then lets the signal do what it would have
 * done. A program with a handler of its own for the signal gets just the signal.
 */
import type { Server, Socket } from 'node:net';
import type { Gates } from './gate.ts';

/** Idle connections may still bring a request that was sent before the client knew; then they are let go. */
const IDLE_GRACE_MS = 500;
const LOOK_MS = 20;
/** How often the daemon is told that there is work in flight. */
const TELL_MS = 200;

/** What of a response is looked at: the one that Node is writing on a connection. */
interface Answer {
  shouldKeepAlive: boolean;
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  once(event: 'finish', listener: () => void): unknown;
}
interface ServerSocket extends Socket {
  readonly _httpMessage?: Answer | null;
  readonly server?: unknown;
  readonly _server?: unknown;
  readonly parser?: { readonly incoming?: unknown } | null;
}

type Handles = () => readonly unknown[];

function activeHandles(): readonly unknown[] {
  const list = (process as unknown as { _getActiveHandles?: Handles })._getActiveHandles;
  return list === undefined ? [] : list.call(process);
}

/** @param tell says to the daemon how many connections are at work */
export function drain(signal: NodeJS.Signals, gates: Gates, tell: (inFlight: number) => void): void {
  const end = (): void => void process.kill(process.pid, signal);
  if (process.listenerCount(signal) > 0) {
    end();
    return;
  }
  const net = require('node:net') as typeof import('node:net');
  const isServer = (handle: unknown): handle is Server => handle instanceof net.Server;
  // A gate is not among Node's handles.
  const servers = [...new Set([...gates.all.map((gate) => gate.server), ...activeHandles().filter(isServer)])];
  const connections = (): ServerSocket[] =>
    activeHandles().filter(
      (handle): handle is ServerSocket =>
        handle instanceof net.Socket &&
        !handle.destroyed &&
        ((handle as ServerSocket).server ?? (handle as ServerSocket)._server ?? null) !== null,
    );
  if (servers.length === 0 && connections().length === 0) {
    end();
    return;
  }

  // Not http.Server's own close, which cuts idle connections at once, with requests that are on their way.
  for (const server of servers) net.Server.prototype.close.call(server);
  const { subscribe } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
  subscribe('http.server.request.start', (message) => {
    (message as { response: Answer }).response.shouldKeepAlive = false;
  });
  for (const socket of connections()) markLast(socket);

  const startedAt = performance.now();
  let toldAt = Number.NEGATIVE_INFINITY;
  const look = setInterval(() => {
    const open = connections();
    const busy = open.filter(isBusy);
    const now = performance.now();
    if (busy.length === 0 && (open.length === 0 || now - startedAt >= IDLE_GRACE_MS)) {
      clearInterval(look);
      for (const socket of open) socket.end();
      setImmediate(end);
      return;
    }
    if (busy.length > 0 && now - toldAt >= TELL_MS) {
      toldAt = now;
      tell(busy.length);
    }
  }, LOOK_MS);
}

/** A response is being made, a request is coming in, or it is no HTTP connection and may be at work at any time. */
function isBusy(socket: ServerSocket): boolean {
  if (socket._httpMessage != null) return true;
  if (socket.parser === undefined || socket.parser === null) return true;
  return socket.parser.incoming != null;
}

/** The connection ends behind the response that is being made. */
function markLast(socket: ServerSocket): void {
  const answer = socket._httpMessage;
  if (answer == null) return;
  if (!answer.headersSent) answer.shouldKeepAlive = false;
  // It has promised to keep the connection: end it behind the last byte.
  else if (!answer.writableFinished) answer.once('finish', () => socket.end());
}
