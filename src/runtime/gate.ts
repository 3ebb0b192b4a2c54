/**
 * Stands between a server of the app and the socket that it shares: Node believes it to be the listening handle, and the
 * real one behind it can be closed and opened again. So a new process waits with accepting until it is known to be good,
 * and one that has more than its share of connections rests, while the others go on.
 */
import type { Server } from 'node:net';
import type { SocketAddress } from '../protocol/channel.ts';
import type { RawHandle, SocketRequests } from './socket-requests.ts';

type Accept = (this: Gate, status: number, client: unknown) => void;

/** Longest delay of a timer: a shut gate keeps the app up as a listening server would. */
const FOREVER_MS = 2 ** 31 - 1;

export class Gate {
  readonly server: Server;
  readonly socket: SocketAddress;
  /** Set by Node: what a connection is given to. */
  onconnection: Accept | null = null;
  readonly #requests: SocketRequests;
  readonly #gates: Gates;
  /** Bound, and listening while the gate is open; null while it is on its way. */
  #handle: RawHandle | null;
  #knownName: object | null = null;
  #isListening = false;
  /** null: the app has not called listen yet. */
  #backlog: number | null = null;
  #closed = false;
  #wantsRef = true;
  #stay: NodeJS.Timeout | null = null;
  #fetching = false;
  /** Of a unix socket, as the app asked. */
  #mode: number | null = null;

  /** @param handle null: it will be given by `arrive` */
  constructor(gates: Gates, requests: SocketRequests, server: Server, socket: SocketAddress, handle: RawHandle | null) {
    this.#gates = gates;
    this.#requests = requests;
    this.server = server;
    this.socket = socket;
    this.#handle = handle;
    gates.add(this);
  }

  get fd(): number {
    return this.#handle?.fd ?? -1;
  }

  listen(backlog: number): number {
    this.#backlog = backlog;
    return this.update();
  }

  close(callback?: () => void): void {
    this.#closed = true;
    this.#gates.delete(this);
    this.#stayUp(false);
    const handle = this.#handle;
    this.#handle = null;
    if (handle !== null) handle.close(callback);
    else if (callback !== undefined) setImmediate(callback);
  }

  ref(): void {
    this.#wantsRef = true;
    this.#handle?.ref?.();
    this.#stay?.ref();
  }

  unref(): void {
    this.#wantsRef = false;
    this.#handle?.unref?.();
    this.#stay?.unref();
  }

  hasRef(): boolean {
    return this.#wantsRef;
  }

  getsockname(out: object): number {
    if (this.#handle?.getsockname !== undefined) return this.#handle.getsockname(out);
    Object.assign(out, this.#knownName);
    return 0;
  }

  fchmod(mode: number): number {
    this.#mode = mode;
    return this.#handle?.fchmod?.(mode) ?? 0;
  }

  /** What `getsockname` says while the handle is on its way. */
  knownAs(name: object | null): this {
    this.#knownName = name;
    return this;
  }

  /** The handle that was asked for has come. @returns false if nobody wants it any more */
  arrive(handle: RawHandle): boolean {
    if (this.#closed) {
      handle.close();
      return false;
    }
    this.#handle = handle;
    if (this.#mode !== null) handle.fchmod?.(this.#mode);
    const errno = this.update();
    if (errno !== 0) this.fail(errno);
    return errno === 0;
  }

  /** As Node tells of a bind or listen that failed. */
  fail(errno: number): void {
    if (this.#closed) return;
    const server = this.server as Server & { _handle?: unknown };
    this.close();
    if (server._handle === this) server._handle = null;
    const { getSystemErrorMap } = require('node:util') as typeof import('node:util');
    const [code, text] = getSystemErrorMap().get(errno) ?? [`E${-errno}`, 'unknown error'];
    const { address, port } = this.socket;
    const place = port > 0 ? `${address ?? '::'}:${port}` : address;
    const details = { code, errno, syscall: 'listen', address: address ?? '::', ...(port > 0 ? { port } : {}) };
    server.emit('error', Object.assign(new Error(`listen ${code}: ${text} ${place}`), details));
  }

  /** Makes what the gate does fit what it should. @returns an errno of listen, or 0 */
  update(): number {
    if (this.#closed || this.#backlog === null) return 0;
    const { isOpen } = this.#gates;
    if (this.#gates.isShut) this.#shut();
    else if (isOpen && this.#handle !== null && !this.#isListening) return this.#open(this.#handle);
    else if (!isOpen && this.#isListening) this.#fetchAndShut();
    this.#stayUp(!this.#isListening);
    return 0;
  }

  #open(handle: RawHandle): number {
    const gates = this.#gates;
    handle.onconnection = (status, client) => {
      watchClose(client, gates);
      this.onconnection?.(status, client);
      gates.onAccepted();
    };
    const errno = handle.listen(this.#backlog ?? 511);
    if (errno !== 0) return errno;
    this.#isListening = true;
    if (!this.#wantsRef) handle.unref?.();
    this.#stayUp(false);
    return 0;
  }

  /** For good, while the app believes that it listens. */
  #shut(): void {
    const handle = this.#handle;
    if (handle === null) return;
    const name = {};
    handle.getsockname?.(name);
    this.#knownName = name;
    this.#handle = null;
    this.#isListening = false;
    handle.close();
  }

  /** A handle cannot stop listening, only close: first another copy, so that opening again needs nobody. */
  #fetchAndShut(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    this.#requests.ask(this.socket, false, (_errno, fresh) => {
      this.#fetching = false;
      if (fresh === null) return;
      if (this.#closed || this.#gates.isOpen || this.#handle === null) {
        fresh.close();
        return;
      }
      this.#handle.close();
      this.#handle = fresh;
      this.#isListening = false;
      this.#stayUp(true);
    });
  }

  /** A handle that does not listen keeps nothing alive. */
  #stayUp(wanted: boolean): void {
    if (wanted === (this.#stay !== null)) return;
    if (this.#stay !== null) clearInterval(this.#stay);
    this.#stay = wanted ? setInterval(() => {}, FOREVER_MS) : null;
    if (!this.#wantsRef) this.#stay?.unref();
  }
}

/** Tells of the end of a connection by way of its handle: a listener could be seen by the app. */
function watchClose(client: unknown, gates: Gates): void {
  const handle = client as { close?: (callback?: () => void) => void } | undefined;
  const close = handle?.close;
  if (handle === undefined || typeof close !== 'function') return;
  handle.close = function (callback) {
    gates.onReleased();
    return close.call(this, callback);
  };
}

/** All gates of the process, which open and shut together. */
export class Gates {
  readonly #all = new Set<Gate>();
  #heldBack: boolean;
  #resting = false;
  #shut = false;
  /** A connection was accepted. */
  onAccepted: () => void = () => {};
  /** A connection is being closed. */
  onReleased: () => void = () => {};

  /** @param heldBack accepting waits for `admit` */
  constructor(heldBack: boolean) {
    this.#heldBack = heldBack;
  }

  get isOpen(): boolean {
    return !this.#heldBack && !this.#resting && !this.#shut;
  }

  get isShut(): boolean {
    return this.#shut;
  }

  get all(): readonly Gate[] {
    return [...this.#all];
  }

  /** Connections that are open now. */
  get connections(): number {
    let sum = 0;
    for (const { server } of this.#all) sum += (server as unknown as { _connections?: number })._connections ?? 0;
    return sum;
  }

  add(gate: Gate): void {
    this.#all.add(gate);
  }

  delete(gate: Gate): void {
    this.#all.delete(gate);
  }

  /** It may accept from now on. */
  admit(): void {
    this.#heldBack = false;
    this.#update();
  }

  /** It is about to end: it accepts no more, and its servers do not know. */
  shut(): void {
    this.#shut = true;
    this.#update();
  }

  rest(wanted: boolean): void {
    if (this.#resting === wanted) return;
    this.#resting = wanted;
    this.#update();
  }

  #update(): void {
    for (const gate of this.all) {
      const errno = gate.update();
      if (errno !== 0) gate.fail(errno);
    }
  }
}

/** Address and port in a form that means the same in the daemon, whose working directory is another. */
export function placeOf(address: string | null | undefined, port: number): { address: string | null; port: number } {
  const isPath = port === -1 && typeof address === 'string' && !address.startsWith('\0');
  const { resolve } = require('node:path') as typeof import('node:path');
  return { address: isPath ? resolve(address) : (address ?? null), port };
}
