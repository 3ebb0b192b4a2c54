/**
 * Server sockets as bare handles: bound once, held, copied to others, never accepted on. The few internals of Node that
 * this needs stand here and nowhere else on the daemon's side; each was there, unchanged, in Node 20 to 26.
 */
import dgram from 'node:dgram';
import net from 'node:net';

/** A libuv handle of Node (TCP, Pipe or UDP), as far as we touch it. */
export interface BoundHandle {
  /** The descriptor; -1 once closed. */
  readonly fd: number;
  close(callback?: () => void): void;
  unref?(): void;
  getsockname?(out: { port?: number; address?: string }): number;
}

/** What a program asked to listen on, in Node's own terms. */
export interface Address {
  /** null: any address, IPv6 first; for a unix socket its path. */
  readonly address: string | null;
  /** 0: any port; -1: a unix socket. */
  readonly port: number;
  /** 4, 6, -1 for a unix socket, `udp4`, `udp6`. */
  readonly addressType: number | string;
  /** Flags of the bind, e.g. IPv6-only. */
  readonly flags: number;
}

type CreateServerHandle = (
  address: string | null,
  port: number,
  addressType: number | null,
  fd: number | undefined,
  flags?: number,
) => BoundHandle | number;
type CreateSocketHandle = (
  address: string | null,
  port: number,
  addressType: string,
  fd: number,
  flags: number,
) => BoundHandle | number;

const createServerHandle = (net as unknown as { _createServerHandle?: CreateServerHandle })._createServerHandle;
const createSocketHandle = (dgram as unknown as { _createSocketHandle?: CreateSocketHandle })._createSocketHandle;

/** Binds and does not listen. @returns the handle, or a negative errno as libuv gives it */
export function bindSocket({ address, port, addressType, flags }: Address): BoundHandle | number {
  if (typeof addressType === 'string') return createSocketHandle?.(address, port, addressType, -1, flags) ?? -95;
  if (createServerHandle === undefined) return -95; // ENOTSUP
  if (port !== 0 || address !== null) return createServerHandle(address, port, addressType, undefined, flags);
  // Any port at any address: Node would leave the handle unbound, and then there is nothing to hold.
  const handle = createServerHandle('::', 0, 6, undefined, flags);
  return typeof handle === 'number' ? createServerHandle('0.0.0.0', 0, 4, undefined, flags) : handle;
}

/** Takes up a descriptor that was handed down. null: it is no socket that can be held. */
export function adoptSocket(fd: number, addressType: number | string): BoundHandle | null {
  try {
    const handle =
      typeof addressType === 'string'
        ? createSocketHandle?.(null, 0, addressType, fd, 0)
        : createServerHandle?.(null, 0, null, fd);
    return handle === undefined || typeof handle === 'number' ? null : handle;
  } catch {
    return null;
  }
}
