/**
 * Asks the daemon for copies of the app's sockets over the hidden channel, and gives it those that the app has bound.
 * One place for both, so that an answer always finds who asked.
 */
import { CHANNEL_COMMAND, type ListenAnswer, type SocketAddress } from '../protocol/channel.ts';
import type { HiddenChannel } from './channel.ts';

/** EPIPE as libuv gives it: there is no daemon to ask. The server's `error` event says so. */
const NO_DAEMON_ERRNO = -32;

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

export class SocketRequests {
  readonly #channel: HiddenChannel | null;
  readonly #waiting = new Map<number, SocketCallback>();
  #seq = 0;

  /** @param channel null: there is none, and every request fails */
  constructor(channel: HiddenChannel | null) {
    this.#channel = channel;
    channel?.onEnd(() => {
      for (const seq of [...this.#waiting.keys()]) this.#settle(seq)?.(NO_DAEMON_ERRNO, null);
    });
    process.on(
      'internalMessage' as 'message',
      ((message: ListenAnswer, handle: RawHandle | undefined) => {
        if (message.cmd !== CHANNEL_COMMAND) return;
        const callback = this.#settle(message.seq);
        if (callback !== undefined) callback(message.errno, handle ?? null);
        else handle?.close();
      }) as NodeJS.MessageListener,
    );
  }

  ask(socket: SocketAddress, callback: SocketCallback): void {
    const seq = ++this.#seq;
    this.#waiting.set(seq, callback);
    this.#channel?.hold();
    const onLost = (): void => void process.nextTick(() => this.#settle(seq)?.(NO_DAEMON_ERRNO, null));
    if (this.#channel === null) onLost();
    else this.#channel.send({ cmd: CHANNEL_COMMAND, seq, ...socket }, onLost);
  }

  /** Lets the daemon hold a copy. Without a daemon nobody does, and the app runs as it would without us. */
  donate(socket: SocketAddress, handle: unknown): void {
    this.#channel?.send({ cmd: CHANNEL_COMMAND, seq: null, ...socket }, () => {}, handle);
  }

  #settle(seq: number): SocketCallback | undefined {
    const callback = this.#waiting.get(seq);
    this.#waiting.delete(seq);
    if (this.#waiting.size === 0) this.#channel?.letGo();
    return callback;
  }
}
