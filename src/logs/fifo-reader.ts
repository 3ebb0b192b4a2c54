/**
 * Reads one FIFO by path, without ever waiting for it. Without it as a socket with one static
 * buffer, every open pipe would occupy a thread of Node's pool, and six of them would stop all
 * other work of the process.
 *
 * An end of file means that no program has the FIFO open now. It is told, and the FIFO is opened
 * again at once: only `close` ends the reading.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { errorCode } from './log-file.ts';

/** No pipe holds more unless root made it so: what is in it now is read after this many bytes. */
const DRAIN_LIMIT_BYTES = 1024 * 1024 + 64 * 1024;
/**
 * The first reads of a thread are small: its code is not compiled yet, so the time between read and write, in which a
 * SIGKILL loses what was read, is a hundred times longer than later.
 */
const COLD_READS = 24;
const COLD_READ_BYTES = 256;
let readsSoFar = 0;

/** Where the system reports the end again and again while nobody writes, looking for more is left to `drain`. */
const EMPTY_ENDS_LIMIT = 4;

/** Nobody writes and nothing is there: no program yet, or one that left nothing · somebody has it open · only last words. */
export type FoundState = 'untouched' | 'running' | 'ended';

export interface FifoEvents {
  /** The bytes are valid only during the call. */
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  onFailure(code: string): void;
}

export class FifoReader {
  readonly #path: string;
  /** Shared by all readers of the thread: each chunk is dealt with before the next read. */
  readonly #buffer: Buffer;
  readonly #events: FifoEvents;
  #socket: Socket | null = null;
  #fd = -1;
  #closed = false;
  #emptyEnds = 0;

  constructor(path: string, buffer: Buffer, events: FifoEvents) {
    this.#path = path;
    this.#buffer = buffer;
    this.#events = events;
  }

  /** Begins to read, with what is there already. */
  open(): FoundState {
    const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#fd = fd;
    const { hasWriter, bytes } = this.drain();
    this.#listen(fd);
    return hasWriter ? 'running' : bytes > 0 ? 'ended' : 'untouched';
  }

  #listen(fd: number): void {
    // Node takes `onread` here too, but its types know it only for `connect`.
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      fd,
      readable: true,
      writable: false,
      onread: {
        buffer: this.#buffer,
        callback: (length: number) => {
          this.#emptyEnds = 0;
          this.#events.onChunk(this.#buffer.subarray(0, length));
          return true;
        },
      },
    };
    const socket = new Socket(options);
    this.#socket = socket;
    socket.on('error', (error) => this.#events.onFailure(errorCode(error)));
    socket.on('close', () => {
      if (this.#socket === socket) this.#ended();
    });
  }

  #ended(): void {
    this.#socket = null;
    this.#fd = -1;
    if (this.#closed) return;
    this.#emptyEnds++;
    this.#events.onEnd();
    // The listener may have closed this reader.
    if (this.#closed) return;
    try {
      const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      this.#fd = fd;
      this.drain();
      if (this.#emptyEnds < EMPTY_ENDS_LIMIT) this.#listen(fd);
    } catch {
      // The run directory has gone, and with it every writer.
    }
  }

  /** Reads all that is in the FIFO now. `hasWriter`: somebody still has it open for writing. */
  drain(): { readonly hasWriter: boolean; readonly bytes: number } {
    // The socket has seen the end and closed the descriptor, whose number may be somebody else's by now.
    if (this.#socket?.destroyed === true) this.#ended();
    let bytes = 0;
    while (this.#fd !== -1 && bytes < DRAIN_LIMIT_BYTES) {
      let length: number;
      try {
        const most = readsSoFar++ < COLD_READS ? COLD_READ_BYTES : this.#buffer.length;
        length = readSync(this.#fd, this.#buffer, 0, most, null);
      } catch (error) {
        if (errorCode(error) !== 'EAGAIN') this.#events.onFailure(errorCode(error));
        return { hasWriter: true, bytes };
      }
      if (length === 0) return { hasWriter: false, bytes };
      bytes += length;
      this.#events.onChunk(this.#buffer.subarray(0, length));
    }
    return { hasWriter: this.#fd !== -1, bytes };
  }

  close(): void {
    this.#closed = true;
    // The socket owns the descriptor once it listens.
    if (this.#socket !== null) this.#socket.destroy();
    else if (this.#fd !== -1) closeSync(this.#fd);
    this.#socket = null;
    this.#fd = -1;
  }
}
