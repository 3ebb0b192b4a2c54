/** A value that parts of the page wait for. Without it each part would keep a copy of its own, and they would differ. */
import { useEffect, useState } from 'preact/hooks';

export class Store<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** Draws anew when what `read` gives is another one. */
export function useSyncExternalStore<T>(subscribe: (changed: () => void) => () => void, read: () => T): T {
  const [, draw] = useState({});
  const value = read();
  useEffect(() => {
    let seen = value;
    const look = (): void => {
      const next = read();
      if (Object.is(next, seen)) return;
      seen = next;
      draw({});
    };
    look();
    return subscribe(look);
  }, []);
  return value;
}

export const useStore = <T>(store: Store<T>): T => useSyncExternalStore(store.subscribe, () => store.value);
