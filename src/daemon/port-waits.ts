/**
 * Apps whose port is still another supervisor's: they are booted, and get their socket the moment it is free. Without it
 * the time in which nobody answers would be as long as the boot of the app.
 */
import { constants } from 'node:os';
import type { BoundHandle } from '../platform/bound-socket.ts';
import type { Clock } from '../platform/clock.ts';

const IN_USE = -constants.errno.EADDRINUSE;

/** A bind that fails costs some microseconds; what lies between two of them is time in which nobody listens. */
const PACE_MS = 1;

interface Asker {
  /** Binds, or says why not. */
  take(): BoundHandle | number;
  /** It has to wait; or: the port was free, so nobody listens until it does. */
  tell(what: 'awaiting-port' | 'port-free'): void;
  /** The process that asked is still there. */
  isCurrent(): boolean;
}

export class PortWaits {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For so long from now on the app's processes wait for ports that are taken. */
  allow(appKey: string, forMs: number): void {
    if (forMs > 0) this.#until.set(appKey, this.#clock.now() + forMs);
  }

  mayWait(appKey: string): boolean {
    return this.#clock.now() < (this.#until.get(appKey) ?? 0);
  }

  /** @param answer called at once, or when the port is free or the time is over; not for a process that has gone */
  take(appKey: string, asker: Asker, answer: (handle: BoundHandle | number) => void): void {
    const first = asker.take();
    if (first !== IN_USE || !this.mayWait(appKey)) {
      answer(first);
      return;
    }
    asker.tell('awaiting-port');
    const timer = setInterval(() => {
      if (!asker.isCurrent()) return this.#end(timer);
      const handle = asker.take();
      if (handle === IN_USE && this.mayWait(appKey)) return;
      this.#end(timer);
      if (typeof handle !== 'number') asker.tell('port-free');
      answer(handle);
    }, PACE_MS);
    this.#timers.add(timer);
  }

  #end(timer: NodeJS.Timeout): void {
    clearInterval(timer);
    this.#timers.delete(timer);
  }

  close(): void {
    for (const timer of [...this.#timers]) this.#end(timer);
  }
}
