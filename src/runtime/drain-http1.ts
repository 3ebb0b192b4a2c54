/**
 * HTTP/1.1, also inside TLS: what was received is answered, and the last answer on a connection says `Connection: close`.
 * Without that word a client may send the next request into a connection that ends.
 */
import type { Answer, ServerSocket } from './connections.ts';
import { type Ending, isEventStream, mute } from './ending.ts';

const told = new WeakSet<Answer>();

/** Answers to requests that come from now on are the last of their connections. */
export function announceToNewRequests(): void {
  const { subscribe } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
  subscribe('http.server.request.start', (message) => closeBehind((message as { response: Answer }).response));
}

export const http1: Ending = {
  protocol: 'http/1',
  claims: (socket) => socket.parser != null,
  announce(socket, { sinceStartMs, graceMs, isOurs }) {
    const answer = socket._httpMessage;
    if (answer == null) return;
    if (!answer.headersSent) closeBehind(answer);
    else if (isOurs && sinceStartMs >= graceMs && isEventStream(contentTypeOf(answer))) endStream(answer);
  },
  /** A response is being made, or a request is coming in. A stream of events has no end to wait for. */
  isBusy({ _httpMessage: answer, parser }) {
    if (answer == null) return parser?.incoming != null;
    return !answer.headersSent || !isEventStream(contentTypeOf(answer));
  },
  letGo: (socket) => void socket.end(),
  tasksOf(socket) {
    const request = socket._httpMessage?.req ?? (socket.parser?.incoming as Answer['req'] | null | undefined);
    return request == null ? [] : [{ method: request.method, url: request.url }];
  },
};

/** Decided when the head of the answer is written: by then it is known whether another request waits behind it. */
function closeBehind(answer: Answer): void {
  if (told.has(answer)) return;
  told.add(answer);
  const { writeHead } = answer;
  answer.writeHead = function (this: Answer, ...args: unknown[]) {
    // An upgrade goes on.
    const isLast = !this.headersSent && args[0] !== 101 && isNewest(this);
    if (isLast) this.setHeader('Connection', 'close');
    return writeHead.apply(this, isLast ? args.map(withoutConnection) : args);
  };
}

/** Pipelined requests are answered one after the other: the parser holds the newest. */
function isNewest({ req }: Answer): boolean {
  const incoming = (req.socket as ServerSocket | null)?.parser?.incoming;
  return incoming == null || incoming === req;
}

/** An app may promise by itself to keep the connection, in any of the forms that `writeHead` takes. */
function withoutConnection(headers: unknown): unknown {
  const isConnection = (name: unknown): boolean => String(name).toLowerCase() === 'connection';
  if (Array.isArray(headers)) {
    if (Array.isArray(headers[0])) return headers.filter((pair) => !isConnection((pair as unknown[])[0]));
    return headers.filter((_, i) => !isConnection(headers[i - (i % 2)]));
  }
  if (typeof headers !== 'object' || headers === null) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isConnection(name)));
}

/** Headers given to `writeHead` alone are in the text of the head only. */
function contentTypeOf(answer: Answer): unknown {
  const header = answer.getHeader('content-type');
  if (header !== undefined) return header;
  const head = (answer as unknown as { _header?: unknown })._header;
  return typeof head === 'string' ? /^content-type:(.*)$/im.exec(head)?.[1] : undefined;
}

function endStream(answer: Answer): void {
  if (answer.writableEnded) return;
  answer.end();
  mute(answer);
}
