/**
 * Everything else: raw TCP, unix sockets, tunnels. Only the bytes can be watched: a connection on which none have moved for
 * a while is half-closed, so that what was sent arrives and the client sees an orderly end.
 */
import { type ServerSocket, upgradeOf } from './connections.ts';
import { type Ending, mute } from './ending.ts';

/** An answer may be thought about this long; at most half of the time there is. */
const QUIET_MS = 2_000;

export const tcp: Ending = {
  protocol: 'tcp',
  claims: () => true,
  announce() {},
  isBusy: (socket, { quietMs, limitMs }) =>
    !socket.writableEnded && (quietMs < Math.min(QUIET_MS, limitMs / 2) || socket.writableLength > 0),
  letGo(socket: ServerSocket) {
    socket.on('error', () => {});
    socket.end();
    mute(socket);
  },
  tasksOf(socket) {
    const upgrade = upgradeOf(socket);
    return upgrade === undefined ? [] : [{ method: upgrade.method, url: upgrade.url }];
  },
};
