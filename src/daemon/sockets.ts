/**
 * The sockets of apps: bound once, never accepted on, given to every process that asks, and held for as long as their
 * owner is meant to run. So connections go from the kernel straight to a process, and while processes restart they wait
 * in the kernel's queue instead of being refused.
 */
import { closeSync } from 'node:fs';
import { adoptSocket, type BoundHandle, bindSocket, nameOf } from '../platform/bound-socket.ts';
import { inheritedSocket } from '../platform/listening-socket.ts';
import { removeSocketFile } from '../platform/unix-socket.ts';
import type { KnownSocket, SocketAddress } from '../protocol/channel.ts';

export interface HeldSocket extends SocketAddress {
  /** Who shares it: an app with all its instances, or one instance that owns its port alone. */
  readonly owner: string;
  /** Of an app that runs as another user than we do: that user. */
  readonly uid?: number;
  /** It listens, programs inherit it, and it stays even if none of them has asked for it. */
  readonly isDeclared?: true;
}

interface Held {
  readonly socket: HeldSocket;
  readonly handle: BoundHandle;
  /** The process that asked for it last; null: one that an earlier daemon started. */
  usedBy: string | null;
}

/** Where the guard's copies begin among its descriptors. */
export const FIRST_HANDED_FD = 3;
/** Names the sockets that are handed down, in the order of their descriptors. */
export const HANDED_VARIABLE = 'UPKEEP_HANDED_SOCKETS';

const keyOf = ({ owner, address, port, addressType, flags, index, isDeclared }: HeldSocket): string =>
  JSON.stringify([owner, address, port, addressType, flags, index, isDeclared === true]);

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
      const fd = FIRST_HANDED_FD + i;
      const handle = socket.isDeclared === true ? inheritedSocket(fd) : adoptSocket(fd, socket.addressType);
      if (handle !== null) this.#held.set(keyOf(socket), { socket, handle, usedBy: null });
      // Nobody would ever accept on it, and its port would stay taken.
      else closeSync(fd);
    });
    return this.#held.size;
  }

  /**
   * The owner's socket, bound now if it is the first time.
   * @param user names the process that asks
   * @returns a negative errno if it cannot be bound
   */
  get(socket: HeldSocket, user: string): BoundHandle | number {
    const key = keyOf(socket);
    const held = this.#held.get(key);
    if (held !== undefined) {
      held.usedBy = user;
      return held.handle;
    }
    const handle = bindSocket(socket);
    if (typeof handle === 'number') return handle;
    this.#hold(key, { socket, handle, usedBy: user });
    return handle;
  }

  /** Holds a socket that a process has bound itself. */
  take(socket: HeldSocket, handle: BoundHandle, user: string): void {
    const key = keyOf(socket);
    this.#held.get(key)?.handle.close();
    this.#hold(key, { socket, handle, usedBy: user });
  }

  /** Holds one that a program will inherit. */
  hold(socket: HeldSocket, handle: BoundHandle): void {
    this.#hold(keyOf(socket), { socket, handle, usedBy: null });
  }

  find(socket: HeldSocket): BoundHandle | undefined {
    return this.#held.get(keyOf(socket))?.handle;
  }

  /** Lets go of an owner's declared sockets but these. */
  keepDeclared(owner: string, wanted: readonly HeldSocket[]): void {
    const keys = new Set(wanted.map(keyOf));
    this.#drop(({ socket }) => socket.owner === owner && socket.isDeclared === true && !keys.has(keyOf(socket)));
  }

  #hold(key: string, held: Held): void {
    held.handle.unref?.();
    this.#held.set(key, held);
    this.#onChange();
  }

  /**
   * An app that changes its mode keeps its ports: what all its processes shared becomes the one instance's that asks next,
   * and the other way round. Else its next process would find its own port taken.
   */
  passOn(appKey: string, owner: string): void {
    const isShared = owner === appKey;
    for (const [key, held] of this.#held) {
      const { socket } = held;
      const isOfOtherMode = isShared ? socket.owner.startsWith(`${appKey}#`) : socket.owner === appKey;
      const next = { ...socket, owner };
      if (!isOfOtherMode || socket.isDeclared === true || this.#held.has(keyOf(next))) continue;
      this.#held.delete(key);
      this.#hold(keyOf(next), { ...held, socket: next });
    }
  }

  /** What is held for an owner, for its next process. */
  knownTo(owner: string): KnownSocket[] {
    return [...this.#held.values()]
      .filter(({ socket }) => socket.owner === owner)
      .map(({ socket: { address, port, addressType, flags, index }, handle }) => ({
        address,
        port,
        addressType,
        flags,
        index,
        name: port === -1 ? null : nameOf(handle),
      }));
  }

  /** Lets go of the sockets of owners that are not meant to run. */
  release(isWanted: (owner: string) => boolean): void {
    this.#drop(({ socket }) => !isWanted(socket.owner));
  }

  /** Lets go of those that an owner's present process has not asked for: nobody would accept on them. */
  releaseUnused(owner: string, user: string): void {
    this.#drop((held) => held.socket.owner === owner && held.usedBy !== user);
  }

  #drop(isDropped: (held: Held) => boolean): void {
    let changed = false;
    for (const [key, held] of this.#held) {
      if (!isDropped(held)) continue;
      const { socket, handle } = held;
      handle.close();
      this.#held.delete(key);
      changed = true;
      // Nobody else will: the path of a unix socket stays behind its last listener.
      if (socket.port === -1 && socket.address !== null) removeSocketFile(socket.address, socket.uid ?? null);
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
