/**
 * HTTP/2, also inside TLS: GOAWAY names the last stream that is answered; those finish, and a later one was not processed,
 * so its client may send it again. Without it a session would be cut with its streams.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { hidden, type ServerSocket, sessionOf } from './connections.ts';
import { type Ending, isEventStream, mute, type Task } from './ending.ts';

const told = new WeakSet<object>();
const ended = new WeakSet<object>();

type Streams = ReadonlyMap<number, ServerHttp2Stream>;

/** null: this version of Node keeps them elsewhere. */
function streamsOf(socket: ServerSocket): Streams | null {
  const session = sessionOf(socket);
  if (session === undefined) return null;
  // A map of Node's own make, not an instance of ours.
  const streams = (hidden(session, 'state') as { streams?: Partial<Streams> } | undefined)?.streams;
  return typeof streams?.values === 'function' ? (streams as Streams) : null;
}

const openStreams = (socket: ServerSocket): readonly ServerHttp2Stream[] =>
  [...(streamsOf(socket)?.values() ?? [])].filter((stream) => !stream.destroyed);

const isOfEvents = (stream: ServerHttp2Stream): boolean => isEventStream(stream.sentHeaders?.['content-type']);

export const http2: Ending = {
  protocol: 'http/2',
  claims: (socket) => sessionOf(socket) !== undefined,
  announce(socket, { sinceStartMs, graceMs, isOurs }) {
    const session = sessionOf(socket);
    if (session === undefined || session.destroyed) return;
    if (!told.has(session)) {
      told.add(session);
      // Where its streams cannot be seen the session itself waits for them.
      if (streamsOf(socket) === null) session.close();
      else session.goaway();
    }
    if (!isOurs || sinceStartMs < graceMs) return;
    for (const stream of openStreams(socket)) if (isOfEvents(stream)) endStream(stream);
  },
  isBusy(socket) {
    const session = sessionOf(socket);
    if (session === undefined || session.destroyed) return false;
    return streamsOf(socket) === null || openStreams(socket).some((stream) => !isOfEvents(stream));
  },
  letGo: (socket) => sessionOf(socket)?.close(),
  tasksOf: (socket) => openStreams(socket).map(taskOf),
};

/** Apps with the request-and-response API: there the head of the request is kept with the stream. */
function taskOf(stream: ServerHttp2Stream): Task {
  const request = hidden(stream, 'request') as { method?: string; url?: string } | undefined;
  return { method: request?.method, url: request?.url };
}

function endStream(stream: ServerHttp2Stream): void {
  if (ended.has(stream) || stream.writableEnded) return;
  ended.add(stream);
  stream.end();
  mute(stream);
}
