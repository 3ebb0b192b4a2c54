/**
 * What a Node app's runtime and the daemon say over the app's IPC channel: only what needs a descriptor to be passed. All
 * else goes over the agent line, which outlives a daemon; this channel does not.
 */

/** Node keeps messages whose `cmd` begins with `NODE_` from the app's own listeners. */
export const CHANNEL_COMMAND = 'NODE_UPKEEP';

/** From the app: it wants to listen. `index` tells several sockets on "any port" apart. */
export interface ListenRequest {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly seq: number;
  readonly address: string | null;
  readonly port: number;
  readonly addressType: number | string;
  readonly flags: number;
  readonly index: number;
}

/** To the app: 0 with a handle beside the message, or a negative errno. */
export interface ListenAnswer {
  readonly cmd: typeof CHANNEL_COMMAND;
  readonly seq: number;
  readonly errno: number;
}
