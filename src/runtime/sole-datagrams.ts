/**
 * Datagram sockets of an app that owns its port alone: held by the daemon like its servers, so that what is sent while it
 * restarts waits for its successor instead of being turned away.
 */
import type { Socket } from 'node:dgram';
import type { KnownSocket, SocketAddress } from '../protocol/channel.ts';
import type { SocketRequests } from './socket-requests.ts';

type Bind = (this: Socket, ...args: unknown[]) => Socket;
type Join = (this: Socket, ...args: unknown[]) => void;

/** A UDP handle of Node, as far as we touch it. */
interface DatagramHandle {
  close(): void;
  disconnect?(): number;
}

/** What Node keeps of a datagram socket. */
interface State {
  handle: unknown;
  bindState: number;
  readonly reuseAddr?: boolean;
  readonly reusePort?: boolean;
  readonly ipv6Only?: boolean;
}

/** As Node counts: it is on its way to be bound, and nothing else may bind it. */
const UNBOUND = 0;
const BINDING = 1;
/** Of libuv. */
const IPV6_ONLY_FLAG = 1;

const same = (a: SocketAddress, b: SocketAddress): boolean =>
  a.address === b.address && a.port === b.port && a.addressType === b.addressType && a.flags === b.flags;

/** Takes over `bind`; where Node keeps its state elsewhere, the app binds as without us. */
export function holdDatagrams(requests: SocketRequests, handedDown: readonly KnownSocket[]): void {
  const dgram = require('node:dgram') as typeof import('node:dgram');
  const prototype = dgram.Socket.prototype as unknown as { bind: Bind; addMembership: Join; dropMembership: Join };
  const { bind, addMembership, dropMembership } = prototype;
  const known: SocketAddress[] = [...handedDown];
  const inherited = new WeakSet<Socket>();

  prototype.bind = function (...args) {
    const state = stateOf(this);
    const socket = state === null || state.bindState !== UNBOUND ? null : addressOf(this, state, args);
    if (state === null || socket === null) return bind.apply(this, args);
    const callback = args.at(-1);
    if (!known.some((one) => same(one, socket))) {
      this.once('listening', () => {
        known.push(socket);
        requests.donate(socket, stateOf(this)?.handle);
      });
      return bind.apply(this, args);
    }
    state.bindState = BINDING;
    requests.ask(socket, true, (_errno, handle) => {
      if (state.handle === null) return handle?.close(); // closed in the mean time
      state.bindState = UNBOUND;
      // Nobody holds it after all.
      if (handle === null) return void bind.apply(this, args);
      inherited.add(this);
      (handle as DatagramHandle).disconnect?.();
      bind.call(this, handle, ...(typeof callback === 'function' ? [callback] : []));
    });
    return this;
  };

  // A membership is the socket's, and outlives the process that asked for it.
  prototype.addMembership = function (...args) {
    if (inherited.has(this)) {
      try {
        dropMembership.apply(this, args);
      } catch {
        // it was no member
      }
    }
    addMembership.apply(this, args);
  };
}

function stateOf(socket: Socket): State | null {
  const key = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol');
  const state = key === undefined ? undefined : (socket as unknown as Record<symbol, State | undefined>)[key];
  return typeof state?.bindState === 'number' && state.handle !== undefined ? state : null;
}

/** null: not one that is held. Sockets that others may bind too are theirs as much as ours. */
function addressOf(socket: Socket, state: State, args: readonly unknown[]): SocketAddress | null {
  if (state.reuseAddr === true || state.reusePort === true) return null;
  const { isIP } = require('node:net') as typeof import('node:net');
  const [first, second] = args;
  const options = (typeof first === 'object' && first !== null ? first : { port: first, address: second }) as {
    readonly port?: unknown;
    readonly address?: unknown;
    readonly fd?: unknown;
    readonly recvStart?: unknown;
  };
  const { type } = socket as unknown as { type: string };
  const any = type === 'udp6' ? '::' : '0.0.0.0';
  const address = typeof options.address === 'string' && options.address !== '' ? options.address : any;
  const port = Number(options.port);
  const isPlain = options.fd === undefined && options.recvStart === undefined;
  if (!isPlain || !Number.isInteger(port) || port < 1 || port > 65_535 || isIP(address) === 0) return null;
  return { address, port, addressType: type, flags: state.ipv6Only === true ? IPV6_ONLY_FLAG : 0, index: 0 };
}
