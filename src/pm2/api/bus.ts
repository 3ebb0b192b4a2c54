/**
 * `launchBus`: what processes do, say and print, as events with PM2's names. It goes on over any number of daemons; without
 * the reconnecting a log shipper would fall silent with the first upgrade.
 */
import { EventEmitter } from 'node:events';
import type { Client } from '../../client/client.ts';
import { packetOf } from '../bus.ts';
import { PatternEmitter } from './emitter.ts';
import type { Closable, Host } from './host.ts';

const FIRST_WAIT_MS = 100;
const WAIT_GROWTH = 1.5;
const LONGEST_WAIT_MS = 5000;

/** What `launchBus` calls back with beside the bus: `connect`, `reconnect attempt`, `missed` (how many events), `close`. */
export class BusSocket extends EventEmitter implements Closable {
  readonly #abort = new AbortController();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    if (this.signal.aborted) return;
    this.#abort.abort();
    this.emit('close');
  }
}

/** Resolves when the bus is heard; reading goes on until it is closed. */
export async function launchBus(host: Host): Promise<readonly [PatternEmitter, BusSocket]> {
  const client = await host.client();
  const bus = new PatternEmitter();
  const socket = new BusSocket();
  host.keep(socket);
  const first = await open(client, socket);
  void read(client, bus, socket, first);
  return [bus, socket];
}

const open = (client: Client, socket: BusSocket): ReturnType<Client['followBus']> =>
  client.followBus({
    signal: socket.signal,
    onMissed: (count) => socket.emit('missed', count),
    onConnection: (state) => socket.emit(state === 'lost' ? 'reconnect attempt' : 'connect'),
  });

async function read(
  client: Client,
  bus: PatternEmitter,
  socket: BusSocket,
  first: Awaited<ReturnType<Client['followBus']>>,
): Promise<void> {
  let items: typeof first | null = first;
  let wait = FIRST_WAIT_MS;
  while (!socket.signal.aborted) {
    try {
      items ??= await open(client, socket);
      wait = FIRST_WAIT_MS;
      for await (const item of items) {
        const { name, packet } = packetOf(item, client.home);
        bus.emit(name, packet);
      }
    } catch {
      // The daemon is gone for longer than it takes its guard to bring it back. There will be another one.
    }
    items = null;
    if (socket.signal.aborted) return;
    socket.emit('reconnect attempt');
    await pause(wait, socket.signal);
    wait = Math.min(wait * WAIT_GROWTH, LONGEST_WAIT_MS);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
