/**
 * Listeners by pattern: `log:*`, `*`. A pattern's listener gets the text that its star stands for first, then the packet.
 * Node's own emitter knows only whole names.
 */
export type Listener = (...args: readonly unknown[]) => void;

interface Entry {
  readonly pattern: string;
  readonly shape: RegExp | null;
  readonly listener: Listener;
  readonly isOnce: boolean;
}

const shapeOf = (pattern: string): RegExp | null => {
  if (!pattern.includes('*')) return null;
  // Runs of stars are one star: more would only make matching slow.
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('([^]*?)')}$`);
};

export class PatternEmitter {
  #entries: readonly Entry[] = [];

  on(pattern: string, listener: Listener): this {
    return this.#add(pattern, listener, false);
  }

  once(pattern: string, listener: Listener): this {
    return this.#add(pattern, listener, true);
  }

  /** Without a listener: all of the pattern. */
  off(pattern: string, listener?: Listener): this {
    this.#entries = this.#entries.filter(
      (entry) => entry.pattern !== pattern || (listener !== undefined && entry.listener !== listener),
    );
    return this;
  }

  addListener(pattern: string, listener: Listener): this {
    return this.on(pattern, listener);
  }

  removeListener(pattern: string, listener: Listener): this {
    return this.off(pattern, listener);
  }

  /** Without a pattern: all. */
  removeAllListeners(pattern?: string): this {
    this.#entries = pattern === undefined ? [] : this.#entries.filter((entry) => entry.pattern !== pattern);
    return this;
  }

  listeners(pattern: string): readonly Listener[] {
    return this.#entries.filter((entry) => entry.pattern === pattern).map((entry) => entry.listener);
  }

  /** Each listener in a turn of its own: what one throws is an uncaught exception of the program, and the others still hear. */
  emit(name: string, ...packets: readonly unknown[]): boolean {
    let isHeard = false;
    for (const entry of this.#entries) {
      const matched = entry.shape === null ? (entry.pattern === name ? [] : null) : entry.shape.exec(name)?.slice(1);
      if (matched === null || matched === undefined) continue;
      isHeard = true;
      if (entry.isOnce) this.#entries = this.#entries.filter((one) => one !== entry);
      process.nextTick(entry.listener, ...matched, ...packets);
    }
    return isHeard;
  }

  #add(pattern: string, listener: Listener, isOnce: boolean): this {
    this.#entries = [...this.#entries, { pattern, shape: shapeOf(pattern), listener, isOnce }];
    return this;
  }
}
