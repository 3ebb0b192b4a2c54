/**
 * Listens on the life FIFO of one process: a line when its pid is known, end of file when it has ended or its keeper
 * is gone. It is the one way to learn of an end, whoever started the process.
 */
import { Socket } from 'node:net';

export interface LifelineListener {
  /** The keeper wrote something: the pid may be known now. */
  onSign(): void;
  /** No keeper holds the FIFO any more. */
  onReleased(): void;
}

export class Lifeline {
  readonly #socket: Socket;

  /** @param fd reader of the life FIFO; owned from here on */
  constructor(fd: number, listener: LifelineListener) {
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on('data', () => listener.onSign());
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.once('close', () => {
      if (!this.#closed) listener.onReleased();
    });
  }

  #closed = false;

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
