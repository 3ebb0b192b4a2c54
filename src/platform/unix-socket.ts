/**
 * Sockets that only this user can reach, and the lock by which at most one daemon serves a home. Without the lock
 * fifty commands on a cold home would start fifty supervisors of the same apps.
 */
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { ProcessIdentity } from '../core/terms.ts';
import { atPlace } from './owned-place.ts';
import { compareIdentity, identify } from './process.ts';

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
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

const LOCK = /^daemon\.lock\.(\d+)$/;

/** The newest lock of a home, and whether its owner lives. */
export function lockHolder(home: string): { readonly number: number; readonly owner: ProcessIdentity | null } | null {
  let names: string[];
  try {
    names = readdirSync(home);
  } catch {
    return null;
  }
  const number = Math.max(0, ...names.map((name) => Number(LOCK.exec(name)?.[1] ?? 0)));
  if (number === 0) return null;
  try {
    const owner = JSON.parse(readFileSync(join(home, `daemon.lock.${number}`), 'utf8')) as ProcessIdentity;
    return { number, owner: compareIdentity(owner) === 'same' ? owner : null };
  } catch {
    return { number, owner: null };
  }
}

/**
 * Takes the lock of a home for the rest of this process, or names who has it.
 *
 * Locks are numbered. A dead owner's number n is followed by n + 1, which only one process can link into place, and
 * the newest is never removed; so two that saw the same dead owner cannot both win. (Removing a stale lock file
 * and making a new one has that race.)
 */
export function takeLock(
  home: string,
): { readonly taken: true } | { readonly taken: false; readonly owner: ProcessIdentity } {
  const self = identify(process.pid);
  if (self === null) throw new Error('cannot identify this process');
  const draft = join(home, `daemon.lock.draft-${process.pid}`);
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      const holder = lockHolder(home);
      if (holder?.owner?.pid === process.pid) return { taken: true };
      if (holder !== null && holder.owner !== null) return { taken: false, owner: holder.owner };
      const number = (holder?.number ?? 0) + 1;
      try {
        linkSync(draft, join(home, `daemon.lock.${number}`));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      // Somebody slower may have linked a number that was free again because its winner had cleaned up.
      if (lockHolder(home)?.number !== number) {
        rmSync(join(home, `daemon.lock.${number}`), { force: true });
        continue;
      }
      for (const name of readdirSync(home)) {
        const older = Number(LOCK.exec(name)?.[1] ?? number);
        if (older < number) rmSync(join(home, name), { force: true });
      }
      return { taken: true };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}
