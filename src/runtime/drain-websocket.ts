/**
 * WebSockets: a close frame with 1012, "service restart", at a quiet moment; then the client's own close is waited for.
 * Without it a client sees a broken connection, and what it does then differs from library to library.
 */
import { hidden, type ServerSocket, upgradeOf } from './connections.ts';
import type { Ending } from './ending.ts';

const SERVICE_RESTART = 1012;
/** FIN and opcode 8; two bytes, unmasked as a server sends them; the code. */
const CLOSE_FRAME = Buffer.from([0x88, 0x02, SERVICE_RESTART >> 8, SERVICE_RESTART & 0xff]);
/** A conversation may pause this long: then the moment counts as quiet. */
const QUIET_MS = 200;
/** One that never pauses is closed all the same; at the latest after a third of the time there is. */
const LATEST_MS = 1_000;
/** A client that does not answer the close frame is not waited for any longer; at the latest after a third. */
const ANSWER_MS = 1_000;

/** The server's side of the library `ws`, which keeps itself on the socket. */
interface KnownWebSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
}

/** When the close frame was sent. */
const closedAt = new WeakMap<object, number>();

function knownWebSocket(socket: ServerSocket): KnownWebSocket | undefined {
  const found = hidden(socket, 'websocket') as KnownWebSocket | undefined;
  return typeof found?.close === 'function' && typeof found.readyState === 'number' ? found : undefined;
}

export const webSocket: Ending = {
  protocol: 'websocket',
  claims: (socket) =>
    socket.parser === null && (upgradeOf(socket)?.isWebSocket === true || knownWebSocket(socket) !== undefined),
  announce(socket, { sinceStartMs, quietMs, limitMs, isOurs }) {
    if (!isOurs || closedAt.has(socket)) return;
    if (quietMs < QUIET_MS && sinceStartMs < Math.min(LATEST_MS, limitMs / 3)) return;
    // Its library may have half a frame on the way.
    if (socket.writableLength > 0) return;
    closedAt.set(socket, sinceStartMs);
    socket.on('error', () => {});
    const known = knownWebSocket(socket);
    if (known !== undefined) known.close(SERVICE_RESTART, 'Service Restart');
    else socket.write(CLOSE_FRAME);
  },
  isBusy(socket, { sinceStartMs, limitMs }) {
    const at = closedAt.get(socket);
    return at === undefined || sinceStartMs - at < Math.min(ANSWER_MS, limitMs / 3);
  },
  letGo: (socket) => void socket.end(),
  tasksOf(socket) {
    const upgrade = upgradeOf(socket);
    return upgrade === undefined ? [] : [{ method: upgrade.method, url: upgrade.url }];
  },
};
