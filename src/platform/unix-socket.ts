/**
 * Sockets that only this user can reach. Without the mode from the first moment on another user could get in while the
 * daemon starts.
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { dirname } from 'node:path';
import { atPlace } from './owned-place.ts';

/** Listens where nobody answers any more; the caller holds the home's lock, so a file there is a dead daemon's. */
export function listenPrivate(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    bindPrivate(server, path);
  });
}

/** The socket is there at once; a failure is an event of the server. */
export function bindPrivate(server: Server, path: string): void {
  rmSync(path, { force: true });
  // The mode must be right from the first moment: bind creates the file under the umask.
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
}

/**
 * Removes what a listener has left at a path, if it is a socket.
 * @param uid whose it must be: the path was told by an app of that user, which could name any; null: one of our own user
 */
export function removeSocketFile(path: string, uid: number | null): void {
  try {
    atPlace(path, (place) => {
      const at = lstatSync(place.path);
      if (at.isSocket() && (uid === null || at.uid === uid)) rmSync(place.path);
    });
  } catch {
    // It is gone, or not ours to touch.
  }
}

/** Connects, or says that nobody listens (null). */
export function connectTo(path: string): Promise<Socket | null> {
  // Here, because with its streams it is a third of what Node's own start costs, and `--version` needs none of it.
  const net = require('node:net') as typeof import('node:net');
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
