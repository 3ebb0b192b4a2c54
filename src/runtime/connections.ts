/**
 * Finds the connections that clients have to this process, and what Node does not tell later: the encrypted side of a TLS
 * connection, its HTTP/2 session, what it was upgraded to, and since when it is open. Without it a drain would see a bare
 * socket and could not say goodbye in its client's language.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Gates } from './gate.ts';

/** What of a response is looked at: the one that Node is writing on a connection. */
export interface Answer {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly req: { readonly method?: string; readonly url?: string; readonly socket: ServerSocket };
  writeHead(...args: unknown[]): unknown;
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  write(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
}
export interface ServerSocket extends Socket {
  readonly _httpMessage?: Answer | null;
  readonly server?: unknown;
  readonly _server?: unknown;
  /** undefined: no HTTP connection; null: one that was upgraded. */
  readonly parser?: { readonly incoming?: unknown } | null;
}
export interface Upgrade {
  readonly isWebSocket: boolean;
  readonly method: string | undefined;
  readonly url: string | undefined;
}
interface UpgradeRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers: { readonly upgrade?: string };
}
type Listener = (...args: unknown[]) => void;

/** Of a raw socket below TLS: the side that speaks in clear. */
const fronts = new WeakMap<object, ServerSocket>();
const sessions = new WeakMap<object, ServerHttp2Session>();
const upgrades = new WeakMap<object, Upgrade>();
const openedAt = new WeakMap<object, number>();
const watched = new WeakSet<Server>();

/** An own property of Node's that is kept under a symbol; undefined where Node calls it otherwise. */
export function hidden(owner: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(owner).find((one) => one.description === description);
  return symbol === undefined ? undefined : (owner as Record<symbol, unknown>)[symbol];
}

/** Watches every server of the app from its first `listen` on. */
export function watchConnections(): void {
  const net = require('node:net') as typeof import('node:net');
  const { subscribe } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
  const prototype = net.Server.prototype as { listen: (this: Server, ...args: unknown[]) => Server };
  const { listen } = prototype;
  prototype.listen = function (...args) {
    watch(this);
    return listen.apply(this, args);
  };
  subscribe('net.server.socket', (message) => {
    openedAt.set((message as { socket: Socket }).socket, performance.now());
  });
}

function watch(server: Server): void {
  if (watched.has(server)) return;
  watched.add(server);
  try {
    const on = server.on.bind(server) as (event: string, listener: Listener) => void;
    if (typeof (server as { setSecureContext?: unknown }).setSecureContext === 'function')
      on('secureConnection', (secure) => {
        const raw = (secure as { _parent?: unknown })._parent;
        if (typeof raw === 'object' && raw !== null) fronts.set(raw, secure as ServerSocket);
      });
    if (typeof (server as { updateSettings?: unknown }).updateSettings === 'function')
      on('session', (session) => {
        const socket = hidden(session as object, 'socket');
        if (typeof socket === 'object' && socket !== null) sessions.set(socket, session as ServerHttp2Session);
      });
    watchUpgrades(server);
  } catch {
    // A server that is not Node's.
  }
}

/** Node upgrades if anybody listens: so we do only while the app does. */
function watchUpgrades(server: Server): void {
  const note: Listener = (request, socket) => {
    const { method, url, headers } = request as UpgradeRequest;
    const isWebSocket = /websocket/i.test(String(headers?.upgrade ?? ''));
    upgrades.set(socket as object, { isWebSocket, method, url });
  };
  const align = (): void => {
    const isOn = server.listeners('upgrade').includes(note);
    const others = server.listenerCount('upgrade') - (isOn ? 1 : 0);
    if (!isOn && others > 0) server.prependListener('upgrade', note);
    else if (isOn && others === 0) server.removeListener('upgrade', note);
  };
  align();
  server.on('newListener', (name, listener) => {
    if (name === 'upgrade' && listener !== note) setImmediate(align).unref();
  });
  server.on('removeListener', (name, listener) => {
    if (name === 'upgrade' && listener !== note) align();
  });
}

export const sessionOf = (socket: ServerSocket): ServerHttp2Session | undefined => sessions.get(socket);
export const upgradeOf = (socket: ServerSocket): Upgrade | undefined => upgrades.get(socket);

/** How long the connection has been open, in milliseconds; 0 if nobody knows. */
export function openForMs(socket: ServerSocket): number {
  const at = openedAt.get(socket) ?? openedAt.get((socket as { _parent?: object })._parent ?? socket);
  return at === undefined ? 0 : Math.round(performance.now() - at);
}

type Handles = () => readonly unknown[];

function activeHandles(): readonly unknown[] {
  const list = (process as unknown as { _getActiveHandles?: Handles })._getActiveHandles;
  return list === undefined ? [] : list.call(process);
}

/** Servers that listen. */
export function openServers(gates: Gates): readonly Server[] {
  const net = require('node:net') as typeof import('node:net');
  const isServer = (handle: unknown): handle is Server => handle instanceof net.Server;
  // A gate is not among Node's handles.
  return [...new Set([...gates.all.map((gate) => gate.server), ...activeHandles().filter(isServer)])];
}

/** Connections that a server of this process has accepted, each as its client sees it. */
export function openConnections(): readonly ServerSocket[] {
  const net = require('node:net') as typeof import('node:net');
  return activeHandles()
    .filter(
      (handle): handle is ServerSocket =>
        handle instanceof net.Socket &&
        !handle.destroyed &&
        ((handle as ServerSocket).server ?? (handle as ServerSocket)._server ?? null) !== null,
    )
    .map((socket) => fronts.get(socket) ?? socket);
}
