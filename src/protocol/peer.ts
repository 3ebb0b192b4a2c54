/**
 * Both ends of a control connection: requests with answers, and notices without. Without one implementation for both
 * sides a lost connection would leave callers waiting for ever.
 */
import type { Failure } from '../core/errors.ts';
import { UpkeepError } from '../core/errors.ts';
import { encodeFrame, FrameReader } from './frame.ts';

/** What this needs of a socket: `net.Socket` has it, and so has a fake. */
export interface Wire {
  write(text: string): boolean;
  destroy(): void;
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
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #closing: (() => void)[] = [];
  #nextId = 1;
  #open = true;

  constructor(wire: Wire, handlers: PeerHandlers) {
    this.#wire = wire;
    this.#handlers = handlers;
    wire.on('data', (chunk) => this.#onData(chunk));
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
    try {
      for (const message of this.#reader.read(chunk)) this.#onMessage(message);
    } catch (error) {
      // The stream cannot be trusted any more: say why, and end it.
      this.#send({ id: 0, error: { code: 'BAD_REQUEST', message: (error as Error).message } });
      this.#wire.destroy();
    }
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
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (isObject(message.error)) waiting.reject(new UpkeepError(message.error as unknown as Failure));
    else waiting.resolve(message.result);
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    try {
      if (this.#handlers.onRequest === undefined)
        throw new UpkeepError({ code: 'BAD_REQUEST', message: `no requests are taken here: ${method}` });
      const result = await this.#handlers.onRequest(method, params, this);
      if (this.#open) this.#send({ id, result: result ?? null });
    } catch (error) {
      if (this.#open) this.#send({ id, error: failureOf(error) });
    }
  }

  #onClose(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const [, waiting] of this.#waiting) waiting.reject(lost('the request'));
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
