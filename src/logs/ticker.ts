/**
 * Things that want another look in a moment, on one timer that exists only while there are any.
 * Without it every held line and every full disk would have a timer of its own, or an idle daemon one for ever.
 */
export class Ticker<T> {
  readonly #intervalMs: number;
  readonly #look: (item: T) => boolean;
  readonly #items = new Set<T>();
  #timer: NodeJS.Timeout | null = null;

  /** `look` says whether the item wants to be looked at again. */
  constructor(intervalMs: number, look: (item: T) => boolean) {
    this.#intervalMs = intervalMs;
    this.#look = look;
  }

  add(item: T): void {
    this.#items.add(item);
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs);
  }

  delete(item: T): void {
    this.#items.delete(item);
    if (this.#items.size === 0) this.clear();
  }

  #tick(): void {
    for (const item of [...this.#items]) if (!this.#look(item)) this.#items.delete(item);
    if (this.#items.size === 0) this.clear();
  }

  clear(): void {
    this.#items.clear();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
