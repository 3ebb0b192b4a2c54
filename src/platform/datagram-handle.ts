/**
 * Datagram sockets as bare handles. Node offers no function for that any more (it went with Node 26), so the handle is
 * taken out of a socket that nobody uses; without this, apps that share a UDP port could not run on the newest Node.
 */
import dgram from 'node:dgram';
import { NOT_SUPPORTED } from '../core/terms.ts';
import type { BoundHandle } from './bound-socket.ts';

interface DatagramHandle extends BoundHandle {
  /** For IPv6 too: the socket has made it so. */
  bind(address: string, port: number, flags: number): number;
  open(fd: number): number;
}

/** null: this Node keeps its handles elsewhere. */
function freshHandle(type: string): DatagramHandle | null {
  const socket = dgram.createSocket(type === 'udp6' ? 'udp6' : 'udp4');
  const key = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol');
  const state = key === undefined ? undefined : (socket as unknown as Record<symbol, { handle?: DatagramHandle }>)[key];
  const handle = state?.handle;
  return typeof handle?.bind === 'function' && typeof handle.open === 'function' ? handle : null;
}

/** @returns the handle, or a negative errno as libuv gives it */
export function bindDatagrams(address: string | null, port: number, type: string, flags: number): BoundHandle | number {
  const handle = freshHandle(type);
  if (handle === null) return NOT_SUPPORTED;
  const errno = handle.bind(address ?? (type === 'udp6' ? '::' : '0.0.0.0'), port, flags);
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

/** Takes up a descriptor. null: it is no datagram socket, or this Node cannot. */
export function openDatagrams(fd: number, type: string): BoundHandle | null {
  const handle = freshHandle(type);
  if (handle === null) return null;
  if (handle.open(fd) === 0) return handle;
  handle.close();
  return null;
}
