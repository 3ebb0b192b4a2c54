/**
 * The answer of `launchBus` has two values: a callback gets both, a promise only the bus, which knows its socket. Without
 * this step apart every other method would have to think of the second one.
 */
import type { BusSocket } from './bus.ts';
import type { PatternEmitter } from './emitter.ts';
import { asPm2Error } from './failure.ts';
import { settle } from './settle.ts';

type BusCallback = (error: Error | null, bus?: unknown, socket?: unknown) => void;

export type Bus = PatternEmitter & { readonly sock: BusSocket; close(): void };

export function settleBus(
  launched: Promise<readonly [PatternEmitter, BusSocket]>,
  callback: BusCallback | undefined,
): Promise<unknown> | undefined {
  const both = launched.then(
    ([bus, sock]) => Object.assign(bus, { sock, close: () => sock.close() }) as Bus,
    (error: unknown) => {
      throw asPm2Error(error);
    },
  );
  if (callback === undefined) return settle(both, null);
  return settle(both, (error, bus) => callback(error, bus, (bus as Bus | undefined)?.sock));
}
