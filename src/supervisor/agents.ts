/**
 * The daemon's end of the lines to the apps' runtimes. A line belongs to the life whose token it shows and to nothing
 * else, so that one app cannot speak for another.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { isDeeper } from '../core/shape.ts';
import type { AppSpec } from '../core/terms.ts';
import { boundedByFiles, Callers } from '../platform/callers.ts';
import type { Clock } from '../platform/clock.ts';
import { listenPrivate } from '../platform/unix-socket.ts';
import {
  AGENT_PROTOCOL,
  type AgentReport,
  type FromApp,
  LONGEST_AGENT_FRAME_BYTES,
  type ToApp,
} from '../protocol/agent.ts';
import { encodeFrame, FrameReader, type HeldBytes } from '../protocol/frame.ts';
import { agreedProtocol, type Speaks, speaksOf } from '../protocol/versions.ts';
import { type AtWork, atWorkOf } from './cut.ts';
import { UserSockets } from './user-sockets.ts';

/** An app that does not read is not written to beyond this. */
const LONGEST_QUEUE_BYTES = 1024 * 1024;

/** Connections that have not shown a token, and how long they may take. */
const MOST_STRANGERS = 500;
const GREETING_MS = 5_000;
const LONGEST_VERSION = 40;
/** A hello is shorter. */
const LONGEST_HELLO_BYTES = 64 * 1024;
/** Of all apps together. */
const MOST_UNFINISHED_BYTES = 256 * 1024 * 1024;
/** A message that is nested deeper could not be passed on. */
const DEEPEST_MESSAGE = 1000;

const REPORTS: ReadonlySet<string> = new Set<AgentReport['type']>([
  'doors',
  'pong',
  'sigusr1',
  'measured',
  'performed',
]);

/** Whose processes open a line. */
export const hasRuntime = (spec: AppSpec): boolean => spec.isNode && spec.runtime;

export interface AgentListener {
  onHello(node: string): void;
  /** Its runtime is of a build that speaks no version of ours: it is not heard. Told instead of `onHello`. */
  onForeign(spoken: Speaks): void;
  onMessage(message: unknown): void;
  /** It drains, and waits for so much work; the rest is what would be cut if it were killed now. */
  onDraining(inFlight: number, atWork: AtWork): void;
  /** It waits for a socket that it can only get in a new life. */
  onStranded(): void;
  /** The fewest connections that it had since it last told. */
  onConnections(open: number): void;
  onReport(report: AgentReport): void;
}

export class Agents {
  readonly #server: Server;
  readonly #listeners = new Map<string, AgentListener>();
  readonly #lines = new Map<string, Socket>();
  /** Lines of runtimes that speak no protocol of ours. */
  readonly #foreign = new Map<string, Socket>();
  /** Lives whose runtime can drain. */
  readonly #draining = new Set<string>();
  /** Of those, the ones that pass a message to the app after telling its clients. */
  readonly #passing = new Set<string>();
  /** Who waits for the hello of a life. */
  readonly #awaited = new Map<string, () => void>();
  /** Those that have not said who they are. */
  readonly #strangers = new Callers(boundedByFiles(MOST_STRANGERS));
  readonly #sockets = new Set<Socket>();
  readonly #held: HeldBytes = { most: MOST_UNFINISHED_BYTES, now: 0 };
  /** Of this build. */
  readonly #version: string;
  readonly #ofUsers: UserSockets;

  constructor(home: string, version: string) {
    const take = (socket: Socket): void => this.#onConnection(socket);
    this.#version = version;
    this.#server = createServer(take);
    this.#ofUsers = new UserSockets(home, take);
  }

  listen(path: string): Promise<void> {
    return listenPrivate(this.#server, path);
  }

  /** Its file is gone; lines that are open go on. */
  listenAgain(path: string): Promise<void> {
    this.#server.close();
    return this.listen(path);
  }

  /** Where apps of this user find us, if that is not the socket of the home. */
  socketOf(uid: number | null): string | null {
    return this.#ofUsers.of(uid);
  }

  /**
   * Events of the life with this token go to the listener from now on.
   * @param uid whom it runs as; null: as we do
   */
  expect(token: string, uid: number | null, listener: AgentListener): void {
    this.socketOf(uid);
    this.#listeners.set(token, listener);
  }

  forget(token: string): void {
    this.#listeners.delete(token);
    this.#draining.delete(token);
    this.#passing.delete(token);
    this.#awaited.delete(token);
    this.#lines.get(token)?.destroy();
  }

  isConnected(token: string): boolean {
    return this.#lines.has(token);
  }

  /** Resolves when its runtime has said hello, in whichever language, or after so many milliseconds. */
  greeted(token: string, withinMs: number, clock: Clock): Promise<void> {
    if (this.#lines.has(token) || this.#foreign.has(token)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(withinMs, resolve);
      this.#awaited.set(token, () => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** @returns false if the app has no line now, or does not read. */
  send(token: string, message: unknown): boolean {
    return this.say(token, { type: 'message', message });
  }

  /**
   * Asks a runtime to drain and end as by the signal, or by the message.
   * @returns false if it cannot: then the signal, or the message, itself is due
   */
  stop(
    token: string,
    order: { readonly signal: string; readonly limitMs: number; readonly message?: string },
  ): boolean {
    const isAble = order.message === undefined ? this.#draining : this.#passing;
    return isAble.has(token) && this.say(token, { type: 'stop', ...order });
  }

  /** @returns false if the app has no line now, or does not read. */
  say(token: string, frame: ToApp): boolean {
    const line = this.#lines.get(token);
    if (line === undefined || line.writableLength > LONGEST_QUEUE_BYTES) return false;
    line.write(encodeFrame(frame));
    return true;
  }

  close(): void {
    this.#server.close();
    this.#ofUsers.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** No daemon follows. */
  removeSockets(): void {
    this.#ofUsers.remove();
  }

  #onConnection(socket: Socket): void {
    socket.on('error', () => {});
    if (!this.#strangers.admit(socket)) {
      socket.destroy();
      return;
    }
    let reader = new FrameReader(LONGEST_HELLO_BYTES, this.#held);
    let token: string | null = null;
    let isForeign = false;
    this.#sockets.add(socket);
    const limit = setTimeout(() => socket.destroy(), GREETING_MS);
    socket.on('close', () => {
      clearTimeout(limit);
      reader.release();
      this.#sockets.delete(socket);
      if (token !== null && this.#lines.get(token) === socket) this.#lines.delete(token);
    });
    socket.on('data', (chunk) => {
      let rest = chunk;
      try {
        // Kept open: its runtime would come again and again.
        if (isForeign) return;
        if (token === null) {
          const end = chunk.indexOf(10) + 1;
          for (const frame of reader.read(end === 0 ? chunk : chunk.subarray(0, end))) {
            token = this.#greet(socket, frame as FromApp);
            isForeign = token === null;
          }
          if (token === null && !isForeign) return;
          clearTimeout(limit);
          this.#strangers.release(socket);
          if (token === null) return;
          reader = new FrameReader(LONGEST_AGENT_FRAME_BYTES, this.#held);
          rest = chunk.subarray(end);
        }
        this.#hear(socket, token, reader.read(rest));
      } catch {
        socket.destroy(); // not our language
      }
    });
  }

  /** One `ack` for what came together: it counts for all before it. */
  #hear(socket: Socket, token: string, frames: Iterable<unknown>): void {
    let heard: number | null = null;
    for (const frame of frames) {
      const listener = this.#listeners.get(token);
      if (socket.destroyed || listener === undefined) return;
      const message = frame as FromApp;
      if (message.type === 'message') {
        if (Number.isSafeInteger(message.n)) heard = Math.max(heard ?? 0, message.n);
        if (!isDeeper(message.message, DEEPEST_MESSAGE)) listener.onMessage(message.message);
      } else if (message.type === 'draining') listener.onDraining(Number(message.inFlight), atWorkOf(message));
      else if (message.type === 'stranded') listener.onStranded();
      else if (message.type === 'connections') {
        if (Number.isSafeInteger(message.open) && message.open >= 0) listener.onConnections(message.open);
      } else if (REPORTS.has(message.type)) listener.onReport(message as AgentReport);
    }
    if (heard !== null) this.say(token, { type: 'ack', n: heard });
  }

  /** @returns null: it is not listened to any further */
  #greet(socket: Socket, message: FromApp): string | null {
    const listener = message.type === 'hello' ? this.#listeners.get(message.token) : undefined;
    if (message.type !== 'hello' || listener === undefined) {
      socket.destroy();
      return null;
    }
    const spoken = speaksOf(message);
    const protocol = agreedProtocol(spoken, AGENT_PROTOCOL);
    const hello: ToApp = { type: 'hello', protocol: protocol ?? AGENT_PROTOCOL.protocol, version: this.#version };
    socket.write(encodeFrame(hello));
    if (protocol === null) {
      // One for each life, as of those that are understood.
      this.#foreign.get(message.token)?.destroy();
      this.#foreign.set(message.token, socket);
      socket.once('close', () => {
        if (this.#foreign.get(message.token) === socket) this.#foreign.delete(message.token);
      });
      listener.onForeign(spoken);
      this.#awaited.get(message.token)?.();
      return null;
    }
    this.#lines.get(message.token)?.destroy();
    this.#lines.set(message.token, socket);
    if (message.drains === true) this.#draining.add(message.token);
    if (message.passesMessage === true) this.#passing.add(message.token);
    listener.onHello(String(message.node).slice(0, LONGEST_VERSION));
    listener.onReport(message);
    this.#awaited.get(message.token)?.();
    return message.token;
  }
}
