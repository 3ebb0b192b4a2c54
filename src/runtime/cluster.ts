/**
 * Makes a clustered app believe that it is a worker of Node's cluster, and answers in the primary's place: its servers get
 * the app's shared sockets from the daemon and accept by themselves. Without it a second instance would find the port in use.
 */
import type { Server } from 'node:net';
import { NOT_SUPPORTED } from '../protocol/channel.ts';
import { Gate, type Gates, placeOf } from './gate.ts';
import type { RawHandle, SocketRequests } from './socket-requests.ts';

type Callback = (errno: number, handle: Gate | RawHandle | null) => void;
interface Query {
  readonly address?: string | null;
  readonly port?: number;
  readonly addressType: number | string;
  readonly flags?: number;
  readonly fd?: number;
  readonly backlog?: number;
}

type CreateServerHandle = (address: null, port: null, addressType: null, fd: number) => RawHandle | number;

/** A handle on a descriptor that `listen({ fd })` names. */
function inherited(fd: number): [errno: number, handle: RawHandle | null] {
  const net = require('node:net') as typeof import('node:net') & { _createServerHandle: CreateServerHandle };
  const handle = net._createServerHandle(null, null, null, fd);
  return typeof handle === 'number' ? [handle, null] : [0, handle];
}

type Listen = (
  this: Server,
  address: string | null,
  port: number | null,
  addressType: number | string,
  backlog: number | undefined,
  fd: undefined,
  flags: number | undefined,
) => void;

/** The parts of `node:cluster` that a worker has and a primary has not. */
interface ClusterModule {
  isMaster: boolean;
  isPrimary: boolean;
  isWorker: boolean;
  worker: unknown;
  _getServer: (server: Server, query: Query, callback: Callback) => void;
}

export function becomeWorker(id: number, requests: SocketRequests, gates: Gates): void {
  const cluster = require('node:cluster') as ClusterModule;
  const { EventEmitter } = require('node:events') as typeof import('node:events');
  const anyPort = new Map<string, number>();

  const worker = Object.assign(new EventEmitter(), {
    id,
    process,
    exitedAfterDisconnect: undefined,
    isConnected: () => true,
    isDead: () => false,
    send: (...args: [unknown]) => process.send?.(...args),
    kill: (signal?: string) => process.kill(process.pid, signal ?? 'SIGTERM'),
    destroy: (signal?: string) => process.kill(process.pid, signal ?? 'SIGTERM'),
    disconnect: () => worker,
  });

  cluster.isMaster = false;
  cluster.isPrimary = false;
  cluster.isWorker = true;
  cluster.worker = worker;
  cluster._getServer = (server, query, callback) => {
    // It has inherited that one: nobody needs to be asked.
    if (typeof query.fd === 'number' && query.fd >= 0) return callback(...inherited(query.fd));
    const { address, port } = placeOf(query.address, query.port ?? -1);
    const place = `${address}|${query.addressType}`;
    const index = port === 0 ? (anyPort.get(place) ?? 0) : 0;
    if (port === 0) anyPort.set(place, index + 1);
    const socket = { address, port, addressType: query.addressType, flags: query.flags ?? 0, index };
    requests.ask(socket, true, (errno, handle) => {
      // Datagrams need no accepting.
      const isStream = typeof query.addressType === 'number';
      // As without us; only the first process gets the port then.
      if (errno === NOT_SUPPORTED && isStream) return listenHere(server, query);
      callback(errno, handle !== null && isStream ? new Gate(gates, requests, server, socket, handle) : handle);
    });
  };
  (require('node:module') as typeof import('node:module')).syncBuiltinESMExports();
}

function listenHere(server: Server, { address, port, addressType, backlog, flags }: Query): void {
  const { _listen2: listen } = server as unknown as { _listen2: Listen };
  listen.call(server, address ?? null, port ?? null, addressType, backlog, undefined, flags);
}
