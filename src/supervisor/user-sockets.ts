/**
 * Sockets of the agent line for apps that run as another user than the daemon: one for each user, which nobody else can connect to.
 * The home is root's alone, so that without them such an app could neither be asked to drain nor send a message.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprint } from '../platform/paths.ts';
import { bindPrivate } from '../platform/unix-socket.ts';

/** Everybody may pass to the socket of his own; what others there are cannot be listed. */
const PASSABLE = 0o711;
const FOR_OTHERS_TO_WRITE = 0o022;

/** In /run only root can have made it; where there is none (some containers), it is looked at more closely. */
export function userSocketFolder(home: string): string {
  const isThere = statSync('/run', { throwIfNoEntry: false })?.isDirectory() === true;
  return join(isThere ? '/run' : tmpdir(), `upkeep-${fingerprint(home)}`);
}

export class UserSockets {
  readonly #folder: string;
  readonly #onConnection: (socket: Socket) => void;
  readonly #servers = new Map<number, Server>();

  constructor(home: string, onConnection: (socket: Socket) => void) {
    this.#folder = userSocketFolder(home);
    this.#onConnection = onConnection;
  }

  /**
   * The socket of a user, made if it is not there.
   * @returns null: it is ours, or none can be made; then the app has no line
   */
  of(uid: number | null): string | null {
    if (uid === null || process.getuid?.() !== 0 || uid === 0) return null;
    const path = join(this.#folder, `${uid}.sock`);
    if (this.#servers.has(uid)) return path;
    try {
      this.#makeFolder();
      const server = createServer(this.#onConnection);
      server.on('error', () => void this.#servers.delete(uid));
      bindPrivate(server, path);
      // A name in a folder of ours, which nobody can exchange.
      chownSync(path, uid, 0);
      this.#servers.set(uid, server);
      return path;
    } catch {
      return null;
    }
  }

  #makeFolder(): void {
    try {
      mkdirSync(this.#folder, PASSABLE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const at = lstatSync(this.#folder);
    if (!at.isDirectory() || at.uid !== 0 || (at.mode & FOR_OTHERS_TO_WRITE) !== 0)
      throw new Error(`${this.#folder} is not root's alone`);
    // Whatever the umask took.
    chmodSync(this.#folder, PASSABLE);
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }

  /** Nothing is to be found by a daemon after this one. */
  remove(): void {
    if (this.#servers.size > 0) rmSync(this.#folder, { recursive: true, force: true });
  }
}
