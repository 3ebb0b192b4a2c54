/**
 * Both ends of a control connection: requests with answers, and notices without. Without one implementation for both
 * sides a lost connection would leave callers waiting for ever.
 */
import type { Failure } from '../core/errors.ts';
import { UpkeepError } from '../core/errors.ts';
import { encodeFrame, FrameReader, type HeldBytes, LONGEST_FRAME_BYTES } from './frame.ts';

/** What this needs of a socket: `net.Socket` has it, and so has a fake. */
export interface Wire {
  write(text: string): boolean;
  destroy(): void;
  /** No more 'data' until `resume`. */
  pause(): unknown;
  resume(): unknown;
  readonly writableLength: number;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
}

type Message =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: Failure }
  | { readonly notice: string; readonly value: unknown };

/** Who asks and does not read is not listened to beyond so many unread bytes; who asks very much at once has to wait. */
const LONGEST_UNREAD_BYTES = 1024 * 1024;
const MOST_AT_WORK = 1000;
/** Then others have their turn. */
const REQUESTS_A_TURN = 16;

export interface PeerHandlers {
  /** Answers a request, or throws an UpkeepError. Absent: every request is refused. */
  readonly onRequest?: (method: string, params: unknown, peer: Peer) => Promise<unknown> | unknown;
  readonly onNotice?: (notice: string, value: unknown) => void;
  readonly onClose?: () => void;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export class Peer {
  readonly #wire: Wire;
  readonly #handlers: PeerHandlers;
  readonly #reader: FrameReader;
  /** Bytes that have come, and are not read to their end. */
  readonly #inbox: Generator<unknown>[] = [];
  #isPaused = false;
  /** Requests that are not answered yet. */
  #atWork = 0;
  /** Requests that were taken in this turn of the event loop. */
  #taken = 0;
  /** What the other side said at last. */
  #farewell: Failure | null = null;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #closing: (() => void)[] = [];
  #nextId = 1;
  #open = true;

  /** @param held counts what unfinished messages take, over several peers */
  constructor(wire: Wire, handlers: PeerHandlers, held: HeldBytes | null = null) {
    this.#wire = wire;
    this.#handlers = handlers;
    this.#reader = new FrameReader(LONGEST_FRAME_BYTES, held);
    wire.on('data', (chunk) => this.#onData(chunk));
    wire.on('drain', () => this.#work());
    wire.on('error', () => {}); // 'close' follows
    wire.on('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Bytes that the other side has not taken yet. */
  get queuedBytes(): number {
    return this.#wire.writableLength;
  }

  onDrain(listener: () => void): void {
    this.#wire.on('drain', listener);
  }

  /** Called when the connection is gone; at once if it is gone already. */
  onClose(listener: () => void): void {
    if (this.#open) this.#closing.push(listener);
    else listener();
  }

  /** Rejects with an UpkeepError: the other side's, or NO_DAEMON when the connection ends first. */
  request(method: string, params: unknown): Promise<unknown> {
    if (!this.#open) return Promise.reject(lost(method));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  /** @returns false if the other side is slow: wait for `onDrain` before sending what can wait. */
  notify(notice: string, value: unknown): boolean {
    return this.#open && this.#send({ notice, value });
  }

  close(): void {
    this.#wire.destroy();
  }

  #send(message: Message): boolean {
    return this.#wire.write(encodeFrame(message));
  }

  #onData(chunk: Buffer): void {
    this.#inbox.push(this.#reader.read(chunk));
    if (!this.#isPaused) this.#work();
  }

  /** Takes what has come, and stops where the other side would only fill this one. */
  #work(): void {
    try {
      for (let next = this.#inbox[0]; next !== undefined && this.#open; next = this.#inbox[0]) {
        if (this.#mustWait()) {
          this.#pause();
          return;
        }
        const { done, value } = next.next();
        if (done === true) this.#inbox.shift();
        else this.#onMessage(value);
      }
    } catch (error) {
      // The stream cannot be trusted any more: say why, and end it.
      this.#inbox.length = 0;
      this.#send({ id: 0, error: { code: 'BAD_REQUEST', message: (error as Error).message } });
      this.#wire.destroy();
      return;
    }
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#wire.resume();
  }

  #mustWait(): boolean {
    return (
      this.#taken >= REQUESTS_A_TURN ||
      this.#atWork >= MOST_AT_WORK ||
      (this.#handlers.onRequest !== undefined && this.#wire.writableLength > LONGEST_UNREAD_BYTES)
    );
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#wire.pause();
  }

  #onMessage(message: unknown): void {
    if (!isObject(message)) throw new SyntaxError('a message is not an object');
    const { id } = message;
    if (typeof message.notice === 'string') this.#handlers.onNotice?.(message.notice, message.value);
    else if (typeof id !== 'number') throw new SyntaxError('a message has no id');
    else if (typeof message.method === 'string') void this.#answer(id, message.method, message.params);
    else this.#settle(id, message);
  }

  #settle(id: number, message: Record<string, unknown>): void {
    if (id === 0 && isObject(message.error)) this.#farewell = message.error as unknown as Failure;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (isObject(message.error)) waiting.reject(new UpkeepError(message.error as unknown as Failure));
    else waiting.resolve(message.result);
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    this.#atWork++;
    if (this.#taken++ === 0)
      setImmediate(() => {
        this.#taken = 0;
        this.#work();
      });
    try {
      if (this.#handlers.onRequest === undefined)
        throw new UpkeepError({ code: 'BAD_REQUEST', message: `no requests are taken here: ${method}` });
      const result = await this.#handlers.onRequest(method, params, this);
      if (this.#open) this.#send({ id, result: result ?? null });
    } catch (error) {
      if (this.#open) this.#send({ id, error: failureOf(error) });
    } finally {
      this.#atWork--;
      this.#work();
    }
  }

  #onClose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbox.length = 0;
    this.#reader.release();
    const reason = this.#farewell === null ? lost('the request') : new UpkeepError(this.#farewell);
    for (const [, waiting] of this.#waiting) waiting.reject(reason);
    this.#waiting.clear();
    this.#handlers.onClose?.();
    for (const listener of this.#closing) listener();
  }
}

const lost = (what: string): UpkeepError =>
  new UpkeepError({ code: 'NO_DAEMON', message: `the connection ended before ${what} was answered` });

export function failureOf(error: unknown): Failure {
  if (error instanceof UpkeepError) {
    return error.hint === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, hint: error.hint };
  }
  return { code: 'INTERNAL', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
