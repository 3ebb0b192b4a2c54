/**
 * Finds where one instance is reached: by its own way in if it shares its port, by what it listens on otherwise. Without
 * it a probe of a cluster would be answered by whichever process is best, and the bad one would pass.
 */
import type { Door } from '../protocol/agent.ts';
import type { Address } from './probe.ts';
import { addressesOf } from './readiness.ts';
import type { Runner } from './runner.ts';

/** Hosts that mean this machine; a shared port on one of them is the instance's own. */
const HERE = new Set(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::']);

interface Asked {
  readonly answer: Promise<readonly Door[] | null>;
  resolve(doors: readonly Door[] | null): void;
}

export type Found =
  | { readonly kind: 'at'; readonly address: Address }
  | { readonly kind: 'nowhere' }
  /** Its runtime has a line and does not answer on it. */
  | { readonly kind: 'silent' }
  /** Its runtime has no line (yet): nothing can be said. */
  | { readonly kind: 'unknown' };

export class Doors {
  readonly #asked = new WeakMap<Runner, Asked>();
  readonly #known = new WeakMap<Runner, readonly Door[]>();

  /** What the runtime answered. */
  arrive(runner: Runner, doors: readonly Door[]): void {
    this.#known.set(runner, doors);
    this.#asked.get(runner)?.resolve(doors);
  }

  /** Of addresses on which an instance listens, those that are the app's own. */
  withoutDoors(runner: Runner, addresses: readonly string[]): readonly string[] {
    const doors = new Set((this.#known.get(runner) ?? []).map(({ at }) => `127.0.0.1:${at}`));
    return addresses.filter((address) => !doors.has(address));
  }

  /** @param sharesPort its port is that of others, too */
  async find(
    runner: Runner,
    pid: number,
    wanted: { readonly host: string | null; readonly port: number | null },
    sharesPort: boolean,
    timeoutMs: number,
  ): Promise<Found> {
    const isHere = wanted.host === null || HERE.has(wanted.host);
    if (sharesPort && isHere) {
      const answer = this.#asked.get(runner)?.answer ?? this.#ask(runner, timeoutMs);
      if (answer === null) return { kind: 'unknown' };
      const doors = await answer;
      // Another process would answer in its place.
      if (doors === null) return { kind: 'silent' };
      const door = doors.find((one) => wanted.port === null || one.port === wanted.port);
      if (door !== undefined) return { kind: 'at', address: { host: '127.0.0.1', port: door.at } };
      // A port that is not shared may still be its own.
      if (wanted.port === null) return { kind: 'nowhere' };
    }
    if (wanted.port !== null) return { kind: 'at', address: { host: wanted.host ?? '127.0.0.1', port: wanted.port } };
    const address = addressesOf(pid)
      .map(parseAddress)
      .find((one) => one !== null);
    return address == null ? { kind: 'nowhere' } : { kind: 'at', address };
  }

  /** null: it has no line. */
  #ask(runner: Runner, timeoutMs: number): Promise<readonly Door[] | null> | null {
    if (!runner.say({ type: 'doors' })) return null;
    let resolve: (doors: readonly Door[] | null) => void = () => {};
    const answer = new Promise<readonly Door[] | null>((settle) => {
      const timer = setTimeout(() => resolve(null), timeoutMs);
      resolve = (doors) => {
        clearTimeout(timer);
        this.#asked.delete(runner);
        settle(doors);
      };
    });
    this.#asked.set(runner, { answer, resolve });
    return answer;
  }
}

/** `0.0.0.0:3000` and `[::]:3000`, which takes IPv4 too, are reached by loopback. */
function parseAddress(text: string): Address | null {
  const found = /^(?:\[(.+)\]|([^:]+|\*)):(\d+)$/.exec(text);
  if (found === null) return null;
  const host = found[1] ?? found[2] ?? '';
  return { host: ['0.0.0.0', '::', '*'].includes(host) ? '127.0.0.1' : host, port: Number(found[3]) };
}
