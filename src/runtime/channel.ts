/**
 * Takes Node's IPC channel to the daemon out of the app's sight: it passes descriptors and nothing else, and it ends with
 * the daemon that opened it. Without this the app would get a 'disconnect' that is none of its business.
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

interface Exposed {
  channel?: { ref(): void; unref(): void };
  send?: (message: unknown, handle: unknown, options: undefined, callback: (error: Error | null) => void) => boolean;
  disconnect?: () => void;
}

export function takeChannel(): HiddenChannel | null {
  const { channel, send } = process as unknown as Exposed;
  if (channel === undefined || send === undefined) return null;
  channel.unref();
  let isUp = true;
  let end = (): void => {};
  // Node calls this when the other end is gone; its own would tell the app.
  (process as unknown as Exposed).disconnect = () => {
    isUp = false;
    end();
  };
  // What follows is defined anew, over the agent line.
  delete (process as unknown as Exposed).send;
  // Node keeps its own idea of these; the app sees a connection that never ends.
  Object.defineProperty(process, 'connected', { configurable: true, enumerable: true, get: () => true, set: () => {} });
  return {
    onEnd(listener) {
      end = listener;
    },
    send(message, onLost, handle) {
      if (!isUp) return onLost();
      try {
        send.call(process, message, handle, undefined, (error) => {
          if (error !== null) onLost();
        });
      } catch {
        onLost();
      }
    },
    hold: () => {
      if (isUp) channel.ref();
      return isUp;
    },
    letGo: () => {
      if (process.listenerCount('message') === 0) channel.unref();
    },
  };
}
