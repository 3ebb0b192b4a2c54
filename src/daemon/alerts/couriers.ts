/**
 * One queue for each destination: sends what is due, keeps what was not taken, and says when a destination fails and when it
 * is well again. Without a queue each a chat room that is down would hold back the pager.
 */
import { type AlertConfig, type Destination, describeTarget } from '../../core/alerts/config.ts';
import { compose, dueAt, EMPTY_OUTBOX, failed, isWanted, type Outbox, put, taken } from '../../core/alerts/outbox.ts';
import type { Change } from '../../core/alerts/state.ts';
import type { EventKind } from '../../core/events.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DestinationView } from '../../protocol/observation.ts';
import { deliver, type Sender } from './deliver.ts';

export interface CourierSurroundings {
  readonly clock: Clock;
  readonly sender: Sender;
  /** Writes the outboxes to disk. */
  save(): void;
  /** Something may be due at another time now. */
  changed(): void;
  tell(kind: EventKind, reason: string, details: Readonly<Record<string, string | number>>): void;
}

export class Couriers {
  readonly #around: CourierSurroundings;
  readonly #outboxes: Map<string, Outbox>;
  readonly #busy = new Set<string>();
  readonly #lastSentAt = new Map<string, number>();
  readonly #toldDropped: Map<string, number>;
  #config: AlertConfig;

  constructor(config: AlertConfig, outboxes: Readonly<Record<string, Outbox>>, around: CourierSurroundings) {
    this.#config = config;
    this.#around = around;
    this.#outboxes = new Map(Object.entries(outboxes));
    this.#toldDropped = new Map(Object.entries(outboxes).map(([name, { dropped }]) => [name, dropped]));
    this.use(config);
  }

  get outboxes(): Readonly<Record<string, Outbox>> {
    return Object.fromEntries(this.#outboxes);
  }

  /** What waits for a destination that is gone goes with it; who has an error is tried at once. */
  use(config: AlertConfig): void {
    this.#config = config;
    const names = new Set(config.destinations.map(({ name }) => name));
    for (const [name, outbox] of this.#outboxes) {
      if (!names.has(name)) this.#outboxes.delete(name);
      else if (!this.#busy.has(name)) this.#outboxes.set(name, { ...outbox, retryAt: null });
    }
  }

  take(changes: readonly Change[], now: number): void {
    for (const destination of this.#config.destinations)
      for (const change of changes)
        if (isWanted(destination, change))
          this.#outboxes.set(destination.name, put(this.#of(destination.name), change, now));
  }

  /** Begins to send what is due. @returns when the next is; null: nothing waits */
  work(now: number): number | null {
    let next: number | null = null;
    for (const destination of this.#config.destinations) {
      if (this.#busy.has(destination.name)) continue;
      const at = dueAt(this.#of(destination.name), destination, this.#config.groupMs, now);
      if (at === null) continue;
      if (at <= now) void this.#send(destination, now);
      else next = next === null ? at : Math.min(next, at);
    }
    return next;
  }

  views(): readonly DestinationView[] {
    return this.#config.destinations.map(({ name, target }) => {
      const outbox = this.#of(name);
      return {
        name,
        target: describeTarget(target),
        waiting: outbox.waiting.length + (outbox.message?.items.length ?? 0),
        failures: outbox.failures,
        lastError: outbox.lastError,
        retryAt: outbox.retryAt,
        sentAt: this.#lastSentAt.get(name) ?? outbox.sentAt.at(-1) ?? null,
        dropped: outbox.dropped,
      };
    });
  }

  #of(name: string): Outbox {
    return this.#outboxes.get(name) ?? EMPTY_OUTBOX;
  }

  async #send(destination: Destination, now: number): Promise<void> {
    const { name } = destination;
    const { clock, sender, save, changed } = this.#around;
    const composed = compose(this.#of(name), now);
    if (composed.message === null) return;
    this.#busy.add(name);
    this.#outboxes.set(name, composed);
    // With its number on disk: the next daemon sends the same message, not another of that number.
    save();
    const sent = await deliver(destination, composed.message, sender);
    this.#busy.delete(name);
    // Given up because this daemon ends, or because the destination is gone.
    if (sender.signal.aborted || !this.#config.destinations.some((one) => one.name === name)) return;
    const before = this.#of(name);
    const after = sent.ok
      ? taken(before, destination, clock.now())
      : failed(before, sent.error, clock.now(), sent.afterMs);
    this.#outboxes.set(name, after);
    if (sent.ok) this.#lastSentAt.set(name, clock.now());
    save();
    this.#tell(destination, before, after);
    changed();
  }

  #tell({ name, target }: Destination, before: Outbox, after: Outbox): void {
    const details = { destination: name };
    const where = `${name} (${describeTarget(target)})`;
    if (before.failures === 0 && after.failures > 0)
      this.#around.tell('alert-unsent', `${where}: ${after.lastError ?? ''}; it is tried again`, details);
    else if (before.failures > 0 && after.failures === 0)
      this.#around.tell('alert-sent-again', `${where}, after ${before.failures} attempts that failed`, details);
    const dropped = after.dropped - (this.#toldDropped.get(name) ?? 0);
    if (dropped <= 0) return;
    this.#toldDropped.set(name, after.dropped);
    this.#around.tell('alert-given-up', `${where}: ${dropped} alerts were dropped`, { ...details, dropped });
  }
}
