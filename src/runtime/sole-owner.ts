/**
 * Sockets of an app that owns its port alone: what it binds is given to the daemon to hold, and its successor gets it back,
 * so that clients wait while it restarts instead of being refused. Listening stays as synchronous as Node has it.
 */
import type { Server } from 'node:net';
import { type KnownSocket, NOT_SUPPORTED, type SocketAddress } from '../protocol/channel.ts';
import { Gate, type Gates, placeOf } from './gate.ts';
import type { RawHandle, SocketRequests } from './socket-requests.ts';

type Listen = (
  this: ListeningServer,
  address: string | null,
  port: number,
  addressType: number,
  backlog: number,
  fd: number | undefined,
  flags: number | undefined,
) => void;
type ListeningServer = Server & { _handle?: unknown };

const sameAddress = (a: SocketAddress, b: SocketAddress): boolean =>
  a.address === b.address && a.port === b.port && a.addressType === b.addressType && a.flags === b.flags;

/** Takes over the step behind all ways to listen; where Node has it no more, the app binds as without us. */
export function holdSockets(requests: SocketRequests, gates: Gates, handedDown: readonly KnownSocket[]): void {
  // What this process gives away itself it must ask for, too, should it close its server and listen again.
  const known = [...handedDown];
  const net = require('node:net') as typeof import('node:net');
  const prototype = net.Server.prototype as unknown as { _listen2?: Listen };
  const { _listen2: listen } = prototype;
  if (typeof listen !== 'function') return;
  prototype._listen2 = function (address, port, addressType, backlog, fd, flags) {
    const isOurs = this._handle == null && (fd === undefined || fd === null || fd < 0) && port !== 0;
    if (!isOurs) return listen.call(this, address, port, addressType, backlog, fd, flags);
    const socket: SocketAddress = { ...placeOf(address, port), addressType, flags: flags ?? 0, index: 0 };
    const goOn = (): void => listen.call(this, address, port, addressType, backlog, fd, flags);
    const held = known.find((one) => sameAddress(one, socket));
    if (held !== undefined) {
      const gate = new Gate(gates, requests, this, socket, null).knownAs(held.name);
      requests.ask(socket, true, (errno, handle) => void (handle === null ? gate.fail(errno) : gate.arrive(handle)));
      this._handle = gate;
      return goOn();
    }
    if (port === -1) {
      // Who binds a path removes it when it closes: the daemon does, and the successor finds it.
      const gate = new Gate(gates, requests, this, socket, null);
      this._handle = gate;
      requests.ask(socket, true, (errno, handle) => {
        if (errno === NOT_SUPPORTED) {
          gate.close();
          this._handle = null;
          goOn();
        } else if (handle === null) gate.fail(errno);
        else if (gate.arrive(handle)) goOn();
      });
      return;
    }
    goOn();
    if (this._handle == null) return;
    const name = {};
    (this._handle as RawHandle).getsockname?.(name);
    known.push({ ...socket, name: name as KnownSocket['name'] });
    requests.donate(socket, this._handle);
  };
}
