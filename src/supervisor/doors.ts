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
  readonly answer: Promise<readonly Door[]>;
  resolve(doors: readonly Door[]): void;
}

export class Doors {
  readonly #asked = new WeakMap<Runner, Asked>();

  /** What the runtime answered. */
  arrive(runner: Runner, doors: readonly Door[]): void {
    this.#asked.get(runner)?.resolve(doors);
  }

  /**
   * @param sharesPort its port is that of others, too
   * @returns null: it cannot be reached (yet), within the time
   */
  async find(
    runner: Runner,
    pid: number,
    wanted: { readonly host: string | null; readonly port: number | null },
    sharesPort: boolean,
    timeoutMs: number,
  ): Promise<Address | null> {
    const isHere = wanted.host === null || HERE.has(wanted.host);
    if (sharesPort && isHere) {
      const doors = await this.#ask(runner, timeoutMs);
      const door = doors.find((one) => wanted.port === null || one.port === wanted.port);
      if (door !== undefined) return { host: '127.0.0.1', port: door.at };
      // A port that is not shared may still be its own.
      if (wanted.port === null) return null;
    }
    if (wanted.port !== null) return { host: wanted.host ?? '127.0.0.1', port: wanted.port };
    return (
      addressesOf(pid)
        .map(parseAddress)
        .find((address) => address !== null) ?? null
    );
  }

  async #ask(runner: Runner, timeoutMs: number): Promise<readonly Door[]> {
    const under = this.#asked.get(runner);
    if (under !== undefined) return under.answer;
    let resolve: (doors: readonly Door[]) => void = () => {};
    const answer = new Promise<readonly Door[]>((settle) => {
      resolve = settle;
    });
    const timer = setTimeout(() => resolve([]), timeoutMs);
    this.#asked.set(runner, { answer, resolve });
    if (!runner.say({ type: 'doors' })) resolve([]);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#asked.delete(runner);
    }
  }
}

/** `0.0.0.0:3000` and `[::]:3000`, which takes IPv4 too, are reached by loopback. */
function parseAddress(text: string): Address | null {
  const found = /^(?:\[(.+)\]|([^:]+|\*)):(\d+)$/.exec(text);
  if (found === null) return null;
  const host = found[1] ?? found[2] ?? '';
  return { host: ['0.0.0.0', '::', '*'].includes(host) ? '127.0.0.1' : host, port: Number(found[3]) };
}
