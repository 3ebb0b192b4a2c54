/**
 * What a Node app's runtime and the daemon say over the app's IPC channel: only what needs a descriptor to be passed. All
 * else goes over the agent line, which outlives a daemon; this channel does not.
 */

import { NOT_SUPPORTED, type SocketAddress } from '../core/terms.ts';

/** Node keeps messages whose `cmd` begins with `NODE_` from the app's own listeners. */
export const CHANNEL_COMMAND = 'NODE_UPKEEP';

export { NOT_SUPPORTED, type SocketAddress };

/** From the app: it wants a copy of the socket, bound by the daemon if nobody has done it yet. Answered. */
export interface ListenRequest extends SocketAddress {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly seq: number;
}

/** From the app, its own socket beside the message: to be held for its successors. Not answered. */
export interface Donation extends SocketAddress {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly seq: null;
}

/** From the app, which ends before its line is open: what it said. Not answered. */
export interface LastMessage {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly said: unknown;
}

/** To the app: 0 with a handle beside the message, or a negative errno. */
export interface ListenAnswer {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly seq: number;
  readonly errno: number;
}

/** A socket that the daemon holds for an app that owns its port alone, as the app's environment tells its runtime. */
export interface KnownSocket extends SocketAddress {
  /** What `server.address()` says of it. */
  readonly name: { readonly address: string; readonly port: number; readonly family: string } | null;
}
