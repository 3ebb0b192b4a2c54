/**
 * The sockets of clustered apps: bound once by the daemon, never accepted on, given to every instance that asks, and held
 * for as long as the app is meant to run. So connections go from the kernel straight to an instance, and while instances
 * restart they wait in the kernel's queue instead of being refused.
 */
import { closeSync, rmSync } from 'node:fs';
import { type Address, adoptSocket, type BoundHandle, bindSocket } from '../platform/bound-socket.ts';

export interface HeldSocket extends Address {
  readonly appKey: string;
  readonly index: number;
}

interface Held {
  readonly socket: HeldSocket;
  readonly handle: BoundHandle;
}

/** Where the guard's copies begin among its descriptors. */
export const FIRST_HANDED_FD = 3;
/** Names the sockets that are handed down, in the order of their descriptors. */
export const HANDED_VARIABLE = 'UPKEEP_HANDED_SOCKETS';

const keyOf = ({ appKey, address, port, addressType, flags, index }: HeldSocket): string =>
  JSON.stringify([appKey, address, port, addressType, flags, index]);

export class HeldSockets {
  readonly #held = new Map<string, Held>();
  readonly #onChange: () => void;

  /** @param onChange the set has changed: the guard's copies must follow */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Takes up what an earlier daemon held, as its guard handed it down. */
  adopt(env: NodeJS.ProcessEnv): number {
    const text = env[HANDED_VARIABLE];
    delete env[HANDED_VARIABLE];
    if (text === undefined) return 0;
    const sockets = JSON.parse(text) as HeldSocket[];
    sockets.forEach((socket, i) => {
      const handle = adoptSocket(FIRST_HANDED_FD + i, socket.addressType);
      if (handle !== null) this.#held.set(keyOf(socket), { socket, handle });
      // Nobody would ever accept on it, and its port would stay taken.
      else closeSync(FIRST_HANDED_FD + i);
    });
    return this.#held.size;
  }

  /** The app's socket, bound now if it is the first time. @returns a negative errno if it cannot be bound */
  get(socket: HeldSocket): BoundHandle | number {
    const key = keyOf(socket);
    const held = this.#held.get(key);
    if (held !== undefined) return held.handle;
    const handle = bindSocket(socket);
    if (typeof handle === 'number') return handle;
    this.#held.set(key, { socket, handle });
    this.#onChange();
    return handle;
  }

  /** Lets go of the sockets of apps that are not meant to run. */
  release(isWanted: (appKey: string) => boolean): void {
    let changed = false;
    for (const [key, { socket, handle }] of this.#held) {
      if (isWanted(socket.appKey)) continue;
      handle.close();
      this.#held.delete(key);
      changed = true;
      // Nobody else will: the path of a unix socket stays behind its last listener.
      if (socket.port === -1 && socket.address !== null) rmSync(socket.address, { force: true });
    }
    if (changed) this.#onChange();
  }

  /** For the guard: descriptors in order, and the variable that names them. */
  handDown(): { readonly fds: readonly number[]; readonly env: Readonly<Record<string, string>> } {
    const all = [...this.#held.values()].filter(({ handle }) => handle.fd >= 0);
    if (all.length === 0) return { fds: [], env: {} };
    return {
      fds: all.map(({ handle }) => handle.fd),
      env: { [HANDED_VARIABLE]: JSON.stringify(all.map(({ socket }) => socket)) },
    };
  }
}
