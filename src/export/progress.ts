/**
 * How far a destination has come, kept in its file. Without the file a process that is started anew would send twice, or leave
 * out, all that was written since its predecessor began.
 */
import { type Count, NEW_STATE, readState, type ShippedPlace, type ShipState, writeState } from './ship-orders.ts';

/** What a sudden death can send again. */
const WRITE_EVERY_MS = 1000;

export class Progress {
  readonly #home: string;
  readonly #number: number;
  readonly #places = new Map<string, ShippedPlace>();
  #state: ShipState;
  #timer: NodeJS.Timeout | null = null;
  /** Into its own log. */
  readonly say: (text: string) => void;
  /** Nothing was shipped before. */
  readonly isNew: boolean;

  constructor(home: string, number: number, say: (text: string) => void) {
    this.#home = home;
    this.#number = number;
    this.say = say;
    const state = readState(home, number);
    this.isNew = state === null;
    this.#state = state ?? NEW_STATE;
    for (const place of this.#state.places) this.#places.set(place.path, place);
  }

  get state(): ShipState {
    return this.#state;
  }

  /** @param isKnown whether a file is still of interest */
  shipped(places: readonly ShippedPlace[], isKnown: (path: string) => boolean): void {
    for (const place of places) this.#places.set(place.path, place);
    if (places.length === 0) return;
    for (const path of this.#places.keys()) if (!isKnown(path)) this.#places.delete(path);
    this.#later();
  }

  count(what: 'lines' | 'readings', more: Partial<Count>): void {
    const { sent, refused, dropped } = this.#state[what];
    const counts = {
      sent: sent + (more.sent ?? 0),
      refused: refused + (more.refused ?? 0),
      dropped: dropped + (more.dropped ?? 0),
    };
    const lastSentAt = (more.sent ?? 0) > 0 ? Date.now() : this.#state.lastSentAt;
    this.#state = { ...this.#state, [what]: counts, lastSentAt };
    this.#later();
  }

  gap(): void {
    this.#state = { ...this.#state, gaps: this.#state.gaps + 1 };
    this.say('a log file was gone before it was shipped: what was in it is missing at the receiver');
    this.#later();
  }

  /** Said once for each time that the receiver is away. */
  trouble(why: string | null): void {
    const before = this.#state.trouble;
    if (why === null && before === null) return;
    const now = Date.now();
    if (why === null) this.say(`it is taken again, after ${Math.round((now - (before?.since ?? now)) / 1000)} s`);
    else if (before === null) this.say(`cannot send: ${why}; tried again until it can`);
    this.#state = { ...this.#state, trouble: why === null ? null : { since: before?.since ?? now, why } };
    // Who looks at the list is to see at once that it is away, or back.
    if (why === null || before === null) this.write();
    else this.#later();
  }

  write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#state = { ...this.#state, savedAt: Date.now(), places: [...this.#places.values()] };
    try {
      writeState(this.#home, this.#number, this.#state);
    } catch (error) {
      this.say(`cannot keep how far it has come: ${(error as Error).message}`);
    }
  }

  #later(): void {
    this.#timer ??= setTimeout(() => this.write(), WRITE_EVERY_MS);
  }
}
