/**
 * Node's IPC channel to the daemon, out of the app's sight: it passes descriptors and nothing else, it is set up when the
 * app first listens, and it ends with the daemon that opened it. Without this the app would find a channel in `process`
 * that is not its own, get a 'disconnect' that is none of its business, and start later though it never listens.
 */
import type { Donation, LastMessage, ListenRequest } from '../protocol/channel.ts';

export interface HiddenChannel {
  /** It has ended with the daemon that opened it; what was asked will not be answered. */
  onEnd(listener: () => void): void;
  /** Calls back if the message cannot be sent. */
  send(message: ListenRequest | Donation | LastMessage, onLost: () => void, handle?: unknown): void;
  /**
   * An answer is awaited, or the app listens for messages: it must not end meanwhile for want of anything else to do. Node's own
   * channel, and not the line, so that a program that looks at its handles finds what it would find under PM2.
   * @returns false if the channel has ended
   */
  hold(): boolean;
  letGo(): void;
}

type Send = (message: unknown, handle: unknown, options: undefined, callback: (error: Error | null) => void) => boolean;
interface Known {
  readonly channel: { ref(): void; unref(): void };
  readonly send: Send;
}

/** @param fd of the channel, as the keeper names it; null: there is none */
export function hiddenChannel(fd: number | null): HiddenChannel | null {
  // With a channel of its own (somebody forked it) a second one would take its place.
  if (fd === null || process.send !== undefined) return null;
  let isUp = true;
  let known: Known | null = null;
  let end = (): void => {};

  const setUp = (): Known => {
    const appsSend = Object.getOwnPropertyDescriptor(process, 'send');
    const { _forkChild: forkChild } = require('node:child_process') as unknown as {
      _forkChild: (fd: number, serialization: string) => void;
    };
    // As Node does it at its start, had the keeper not renamed the variable.
    forkChild(fd, 'json');
    const exposed = process as unknown as Known & { disconnect: () => void };
    const { channel, send } = exposed;
    channel.unref();
    // Node calls this when the other end is gone; its own would tell the app.
    exposed.disconnect = () => {
      isUp = false;
      end();
    };
    // The app's own goes over the agent line.
    if (appsSend === undefined) delete (process as { send?: unknown }).send;
    else Object.defineProperty(process, 'send', appsSend);
    // Node keeps its own idea of these; the app sees a connection that never ends.
    Object.defineProperty(process, 'connected', {
      configurable: true,
      enumerable: true,
      get: () => true,
      set: () => {},
    });
    return { channel, send };
  };
  return {
    onEnd(listener) {
      end = listener;
    },
    send(message, onLost, handle) {
      if (!isUp) return onLost();
      try {
        known ??= setUp();
        known.send.call(process, message, handle, undefined, (error) => {
          if (error !== null) onLost();
        });
      } catch {
        onLost();
      }
    },
    hold() {
      if (!isUp) return false;
      try {
        known ??= setUp();
        known.channel.ref();
        return true;
      } catch {
        return false;
      }
    },
    letGo: () => {
      if (process.listenerCount('message') === 0) known?.channel.unref();
    },
  };
}
