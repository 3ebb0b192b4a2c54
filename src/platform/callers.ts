/**
 * Who is connected to a socket of ours, and how many that may be. Without the bound a program that opens connections and never
 * closes them would take the file descriptors that apps need to be started.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** What is assumed where the system does not tell. */
const USUAL_OPEN_FILES = 1024;

/** How many files this process may have open. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return USUAL_OPEN_FILES;
  }
}

/** So many, and never more than an eighth of the files that may be open: most are for apps. */
export const boundedByFiles = (wanted: number): number => Math.min(wanted, Math.floor(openFilesLimit() / 8));

export class Callers {
  readonly #most: number;
  readonly #sockets = new Set<Socket>();

  constructor(most: number) {
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  /** @returns false if there is no room for it */
  admit(socket: Socket): boolean {
    if (this.#sockets.size >= this.#most) return false;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return true;
  }

  /** It counts no more, though it stays. */
  release(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
