/**
 * Asks the daemon for copies of the app's sockets over the hidden channel, and gives it those that the app has bound.
 * One place for both, so that an answer always finds who asked.
 */
import { CHANNEL_COMMAND, type ListenAnswer, type SocketAddress } from '../protocol/channel.ts';
import type { HiddenChannel } from './channel.ts';

/** EPIPE as libuv gives it: there is no daemon to ask. */
const NO_DAEMON_ERRNO = -32;

/** Longest delay of a timer: a server that waits for its socket keeps the app up. */
const FOREVER_MS = 2 ** 31 - 1;

/** A libuv handle of Node that listens, as far as we touch it. */
export interface RawHandle {
  readonly fd?: number;
  onconnection?: ((status: number, client: unknown) => void) | null;
  listen(backlog: number): number;
  close(callback?: () => void): void;
  ref?(): void;
  unref?(): void;
  getsockname?(out: object): number;
  fchmod?(mode: number): number;
}
export type SocketCallback = (errno: number, handle: RawHandle | null) => void;

interface Request {
  readonly callback: SocketCallback;
  readonly isVital: boolean;
}

export class SocketRequests {
  readonly #channel: HiddenChannel | null;
  readonly #waiting = new Map<number, Request>();
  #seq = 0;
  #isStranded = false;
  /** The app wants to listen, and the channel has ended with an earlier daemon: only a new process can get the socket. */
  onStranded: () => void = () => {};
  /** The channel has ended with an earlier daemon. */
  onEnded: () => void = () => {};

  /** @param channel null: there is none, and every request fails */
  constructor(channel: HiddenChannel | null) {
    this.#channel = channel;
    channel?.onEnd(() => {
      this.onEnded();
      for (const seq of [...this.#waiting.keys()]) this.#lose(seq);
    });
    process.on(
      'internalMessage' as 'message',
      ((message: ListenAnswer, handle: RawHandle | undefined) => {
        if (message.cmd !== CHANNEL_COMMAND) return;
        const request = this.#settle(message.seq);
        if (request !== undefined) request.callback(message.errno, handle ?? null);
        else handle?.close();
      }) as NodeJS.MessageListener,
    );
  }

  get isStranded(): boolean {
    return this.#isStranded;
  }

  /** @param isVital the app waits for it: without a daemon that could answer it goes on waiting, and `onStranded` tells */
  ask(socket: SocketAddress, isVital: boolean, callback: SocketCallback): void {
    const seq = ++this.#seq;
    this.#waiting.set(seq, { callback, isVital });
    const onLost = (): void => void process.nextTick(() => this.#lose(seq));
    if (this.#channel === null) onLost();
    else {
      this.#channel.send({ cmd: CHANNEL_COMMAND, seq, ...socket }, onLost);
      this.#channel.hold();
    }
  }

  #lose(seq: number): void {
    const request = this.#settle(seq);
    if (request === undefined) return;
    if (!request.isVital || this.#channel === null) {
      request.callback(NO_DAEMON_ERRNO, null);
      return;
    }
    if (this.#isStranded) return;
    this.#isStranded = true;
    setInterval(() => {}, FOREVER_MS);
    this.onStranded();
  }

  /** Lets the daemon hold a copy. Without a daemon nobody does, and the app runs as it would without us. */
  donate(socket: SocketAddress, handle: unknown): void {
    this.#channel?.send({ cmd: CHANNEL_COMMAND, seq: null, ...socket }, () => {}, handle);
  }

  /** The app listens for messages, or does so no more. @returns false if there is no channel that could hold it */
  holdListener(on: boolean): boolean {
    if (on) return this.#channel?.hold() === true;
    if (this.#waiting.size === 0) this.#channel?.letGo();
    return false;
  }

  /** What the app said, and its line could not take any more. */
  sayLast(message: unknown): void {
    this.#channel?.send({ cmd: CHANNEL_COMMAND, said: message }, () => {});
  }

  #settle(seq: number): Request | undefined {
    const request = this.#waiting.get(seq);
    this.#waiting.delete(seq);
    if (this.#waiting.size === 0) this.#channel?.letGo();
    return request;
  }
}
