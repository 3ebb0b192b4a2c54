/**
 * A connection on which bytes go one way: made when it is needed, made anew when it breaks. Nobody on the other side says that
 * they came; so what was written shortly before a break is written again.
 */
import type { Socket } from 'node:net';
import { reasonOf } from './sender.ts';

const CONNECTS_WITHIN_MS = 10_000;
const TAKES_WITHIN_MS = 10_000;
/** A receiver that has gone is noticed within this time of the first write, as long as its machine is there. */
const UNPROVEN_MS = 2000;
/** For the other side to close too; cut before, what is under way could be thrown away there. */
const CLOSES_WITHIN_MS = 1000;
const MOST_UNPROVEN_BYTES = 4 * 1024 * 1024;

export interface Dialled {
  readonly socket: Socket;
  /** The event that says that it is connected. */
  readonly ready: 'connect' | 'secureConnect';
  /** The other side ends its own way at once, as journald does: that is no break. */
  readonly isOneWay?: boolean;
}

/** Gives a socket that is connecting. */
export type Dial = () => Dialled;

interface Written {
  readonly at: number;
  readonly bytes: Buffer;
}

export class Wire {
  readonly #dial: Dial;
  readonly #greeting: Buffer | null;
  #socket: Socket | null = null;
  #why = 'the connection is gone';
  #written: Written[] = [];

  /** @param greeting goes first on every connection */
  constructor(dial: Dial, greeting: Buffer | null = null) {
    this.#dial = dial;
    this.#greeting = greeting;
  }

  /** Rejects if the bytes could not be handed to the system; they are not kept then. */
  async write(bytes: Buffer): Promise<void> {
    const socket = this.#socket ?? (await this.#connect());
    await this.#hand(socket, bytes);
    this.#remember(bytes);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), CLOSES_WITHIN_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
      // It is read to its end, or it would never close.
      socket.resume();
    });
  }

  #remember(bytes: Buffer): void {
    const now = Date.now();
    this.#written.push({ at: now, bytes });
    const size = (): number => this.#written.reduce((sum, one) => sum + one.bytes.length, 0);
    while (
      this.#written.length > 1 &&
      ((this.#written[0] as Written).at < now - UNPROVEN_MS || size() > MOST_UNPROVEN_BYTES)
    )
      this.#written.shift();
  }

  async #connect(): Promise<Socket> {
    this.#why = 'the connection is gone';
    const { socket, ready, isOneWay = false } = this.#dial();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), CONNECTS_WITHIN_MS);
      socket.once(ready, () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new Error(this.#why));
      });
      socket.once('error', (error) => {
        this.#why = reasonOf(error);
      });
    });
    socket.setKeepAlive(true, CONNECTS_WITHIN_MS);
    socket.resume();
    const brokeAt = (): void => {
      if (this.#socket === socket) this.#socket = null;
      socket.destroy();
    };
    socket.on('error', (error) => {
      this.#why = reasonOf(error);
    });
    if (!isOneWay) socket.once('end', brokeAt);
    socket.once('close', brokeAt);
    if (this.#greeting !== null) await this.#hand(socket, this.#greeting);
    const again = this.#unproven();
    if (again.length > 0) await this.#hand(socket, again);
    this.#socket = socket;
    return socket;
  }

  /** What was written last before the break, if that came soon after. */
  #unproven(): Buffer {
    const since = (this.#written.at(-1)?.at ?? 0) - UNPROVEN_MS;
    return Buffer.concat(this.#written.filter(({ at }) => at >= since).map(({ bytes }) => bytes));
  }

  #hand(socket: Socket, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        socket.off('close', broke);
        reject(new Error(why));
      };
      const broke = (): void => fail(this.#why);
      const timer = setTimeout(() => {
        fail('it takes nothing any more');
        socket.destroy();
      }, TAKES_WITHIN_MS);
      socket.once('close', broke);
      socket.write(bytes, (error) => {
        if (error !== undefined && error !== null) return fail(reasonOf(error));
        clearTimeout(timer);
        socket.off('close', broke);
        resolve();
      });
    });
  }
}
