/**
 * Server sockets as bare handles: bound once, held, copied to others, never accepted on. The few internals of Node that
 * this needs stand here and in `datagram-handle` and nowhere else on the daemon's side; each is there in Node 20 to 26. Where one is missing, the answer is `NOT_SUPPORTED`, and the app binds by itself.
 */
import net from 'node:net';
import { NOT_SUPPORTED, type SocketAddress } from '../core/terms.ts';
import { bindDatagrams, openDatagrams } from './datagram-handle.ts';

/** A libuv handle of Node (TCP, Pipe or UDP), as far as we touch it. */
export interface BoundHandle {
  /** The descriptor; -1 once closed. */
  readonly fd: number;
  close(callback?: () => void): void;
  unref?(): void;
  getsockname?(out: { port?: number; address?: string; family?: string }): number;
}

type CreateServerHandle = (
  address: string | null,
  port: number,
  addressType: number | null,
  fd: number | undefined,
  flags?: number,
) => BoundHandle | number;
const createServerHandle = (net as unknown as { _createServerHandle?: CreateServerHandle })._createServerHandle;

/** Binds and does not listen. @returns the handle, or a negative errno as libuv gives it */
export function bindSocket({ address, port, addressType, flags }: SocketAddress): BoundHandle | number {
  if (typeof addressType === 'string') return bindDatagrams(address, port, addressType, flags);
  if (createServerHandle === undefined) return NOT_SUPPORTED;
  if (port !== 0 || address !== null) return createServerHandle(address, port, addressType, undefined, flags);
  // Any port at any address: Node would leave the handle unbound, and then there is nothing to hold.
  const handle = createServerHandle('::', 0, 6, undefined, flags);
  return typeof handle === 'number' ? createServerHandle('0.0.0.0', 0, 4, undefined, flags) : handle;
}

/** Binds, or says that the address is taken, which libuv keeps to itself until somebody listens. */
export function bindFree(socket: SocketAddress): BoundHandle | number {
  const handle = bindSocket(socket);
  if (typeof handle === 'number') return handle;
  const errno = handle.getsockname?.({}) ?? 0;
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

/** Takes up a descriptor that was handed down. null: it is no socket that can be held. */
export function adoptSocket(fd: number, addressType: number | string): BoundHandle | null {
  try {
    const handle =
      typeof addressType === 'string' ? openDatagrams(fd, addressType) : createServerHandle?.(null, 0, null, fd);
    return handle === undefined || handle === null || typeof handle === 'number' ? null : handle;
  } catch {
    return null;
  }
}

/** Where it is bound, as `server.address()` says it. */
export function nameOf(handle: BoundHandle): { address: string; port: number; family: string } | null {
  const { address, port, family }: { address?: string; port?: number; family?: string } = named(handle);
  return address === undefined || port === undefined || family === undefined ? null : { address, port, family };
}

function named(handle: BoundHandle): { address?: string; port?: number; family?: string } {
  const out = {};
  handle.getsockname?.(out);
  return out;
}
