/**
 * Makes a clustered app believe that it is a worker of Node's cluster, and answers in the primary's place: its servers get
 * the app's shared sockets from the daemon and accept by themselves. Without it a second instance would find the port in use.
 */
import { CHANNEL_COMMAND, type ListenAnswer } from '../protocol/channel.ts';
import type { HiddenChannel } from './channel.ts';

/** EPIPE as libuv gives it: there is no daemon to ask. The server's `error` event says so. */
const NO_DAEMON_ERRNO = -32;

interface Handle {
  close(): void;
}
type Callback = (errno: number, handle: Handle | null) => void;
interface Query {
  readonly address?: string | null;
  readonly port?: number;
  readonly addressType: number | string;
  readonly flags?: number;
}

/** The parts of `node:cluster` that a worker has and a primary has not. */
interface ClusterModule {
  isMaster: boolean;
  isPrimary: boolean;
  isWorker: boolean;
  worker: unknown;
  _getServer: (server: unknown, query: Query, callback: Callback) => void;
}

/** @param channel null: there is none, and every listen fails */
export function becomeWorker(id: number, channel: HiddenChannel | null): void {
  const cluster = require('node:cluster') as ClusterModule;
  const { EventEmitter } = require('node:events') as typeof import('node:events');
  const waiting = new Map<number, Callback>();
  const anyPort = new Map<string, number>();
  let seq = 0;

  const settle = (answered: number): Callback | undefined => {
    const callback = waiting.get(answered);
    waiting.delete(answered);
    if (waiting.size === 0) channel?.letGo();
    return callback;
  };

  process.on(
    'internalMessage' as 'message',
    ((message: ListenAnswer, handle: Handle | undefined) => {
      if (message.cmd !== CHANNEL_COMMAND) return;
      const callback = settle(message.seq);
      if (callback !== undefined) callback(message.errno, handle ?? null);
      else handle?.close();
    }) as NodeJS.MessageListener,
  );

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
  cluster._getServer = (_server, query, callback) => {
    const address = query.address ?? null;
    const port = query.port ?? -1;
    const flags = query.flags ?? 0;
    const place = `${address}|${query.addressType}`;
    const index = port === 0 ? (anyPort.get(place) ?? 0) : 0;
    if (port === 0) anyPort.set(place, index + 1);
    const mine = ++seq;
    waiting.set(mine, callback);
    channel?.hold();
    const onLost = (): void => void process.nextTick(() => settle(mine)?.(NO_DAEMON_ERRNO, null));
    if (channel === null) onLost();
    else
      channel.send(
        { cmd: CHANNEL_COMMAND, seq: mine, address, port, addressType: query.addressType, flags, index },
        onLost,
      );
  };
  (require('node:module') as typeof import('node:module')).syncBuiltinESMExports();
}
