/**
 * Clients of every protocol under constant load, and a count of what went wrong. Each does one thing again and again on a
 * connection of its own until it is told to stop.
 */
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import WebSocket from 'ws';
import type { Load } from './load.ts';
import { until } from './until.ts';

const PAUSE_MS = 5;
const PATIENCE_MS = 30_000;

export interface Client {
  /** One request. Throws if it failed. */
  once(): Promise<void>;
  close?(): void | Promise<void>;
}

/** @returns also how often each client has succeeded, in `sent` */
export function startClients(count: number, make: (index: number) => Client): Load {
  const failures: string[] = [];
  let sent = 0;
  let running = true;
  const run = async (index: number): Promise<void> => {
    const client = make(index);
    while (running) {
      sent++;
      await client.once().catch((error: Error) => failures.push(error.message));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    await client.close?.();
  };
  const runs = Array.from({ length: count }, (_, index) => run(index));
  return {
    sent: () => sent,
    failures: () => failures,
    async stop() {
      running = false;
      await Promise.all(runs);
    },
  };
}

/** Waits until the load has gone on for a while. */
export function moreLoad(load: Load, by: number): Promise<true> {
  const sent = load.sent();
  return until(
    () => (load.sent() >= sent + by ? true : undefined),
    () => `${by} more requests; failures: ${load.failures().slice(0, 5).join('; ')}`,
  );
}

function inTime<T>(
  what: string,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: nothing for ${PATIENCE_MS} ms`)), PATIENCE_MS);
    start(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** What the server says was not processed is sent again, as the protocol allows; it is counted. */
export function http2Client(
  origin: string,
  path: string,
  isRight: (body: string) => boolean,
  retried: () => void,
): Client {
  let session: ClientHttp2Session | null = null;
  const open = (): ClientHttp2Session => {
    if (session !== null && !session.closed && !session.destroyed) return session;
    const fresh = connectHttp2(origin, { rejectUnauthorized: false });
    let last = Number.POSITIVE_INFINITY;
    fresh.on('goaway', (_code, lastStream) => {
      last = lastStream;
    });
    fresh.on('error', () => {});
    lastStreams.set(fresh, () => last);
    session = fresh;
    return fresh;
  };
  const lastStreams = new WeakMap<ClientHttp2Session, () => number>();
  const attempt = (): Promise<boolean> =>
    inTime(`${origin}${path}`, (resolve, reject) => {
      const on = open();
      const stream = on.request({ ':path': path });
      let body = '';
      stream.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      const wasNotProcessed = (): boolean =>
        stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ||
        (stream.id !== undefined && stream.id > (lastStreams.get(on)?.() ?? Number.POSITIVE_INFINITY));
      stream.on('error', (error) => (wasNotProcessed() ? resolve(false) : reject(error)));
      stream.on('close', () => {
        if (isRight(body)) resolve(true);
        else if (wasNotProcessed()) resolve(false);
        else reject(new Error(`a stream ended with code ${stream.rstCode} and ${JSON.stringify(body.slice(0, 80))}`));
      });
      stream.end();
    });
  return {
    async once() {
      while (!(await attempt())) retried();
    },
    close: () => session?.close(),
  };
}

export interface Closes {
  /** Close codes that clients have seen while they did not want to leave. */
  readonly codes: Map<number, number>;
}

/**
 * Sends a number and waits for its echo. A socket that closes must do so by a close frame; a message that it had not answered
 * by then is sent again on the next one.
 */
export function webSocketClient(url: string, closes: Closes): Client {
  let socket: WebSocket | null = null;
  let n = 0;
  let isLeaving = false;
  const open = (): Promise<WebSocket> =>
    socket !== null && socket.readyState === WebSocket.OPEN
      ? Promise.resolve(socket)
      : inTime(url, (resolve, reject) => {
          const fresh = new WebSocket(url);
          fresh.on('close', (code) => {
            if (!isLeaving) closes.codes.set(code, (closes.codes.get(code) ?? 0) + 1);
          });
          fresh.on('open', () => {
            socket = fresh;
            resolve(fresh);
          });
          fresh.on('error', reject);
        });
  const attempt = async (text: string): Promise<boolean> => {
    const on = await open();
    return inTime(url, (resolve, reject) => {
      const onMessage = (data: WebSocket.RawData): void => {
        done(() => (String(data) === text ? resolve(true) : reject(new Error(`${data} came for ${text}`))));
      };
      const onClose = (code: number): void => {
        // 1006: the connection ended without a close frame.
        done(() => (code === 1006 ? reject(new Error('a WebSocket was cut')) : resolve(false)));
      };
      const done = (then: () => void): void => {
        on.off('message', onMessage);
        on.off('close', onClose);
        then();
      };
      on.on('message', onMessage);
      on.on('close', onClose);
      // In CLOSING nothing is sent: the close event follows.
      if (on.readyState === WebSocket.OPEN) on.send(text);
      else if (on.readyState === WebSocket.CLOSED) onClose(1005);
    });
  };
  return {
    async once() {
      const text = String(++n);
      while (!(await attempt(text)));
    },
    close: () => {
      isLeaving = true;
      socket?.close();
    },
  };
}

/** Sends bytes on a new connection and gives what came until the server ended it. */
export function exchange(port: number, write: (socket: Socket) => void): Promise<string> {
  return inTime(`port ${port}`, (resolve, reject) => {
    const socket = connectTcp({ port, host: '127.0.0.1' }, () => write(socket));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', (error) => reject(new Error(`${error.message} after ${JSON.stringify(text.slice(-80))}`)));
  });
}
