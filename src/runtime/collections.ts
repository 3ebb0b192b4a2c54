/**
 * How long the collections of garbage took, by their kind, while somebody wants to know. Each would otherwise cost the app a call
 * for numbers that nobody reads.
 */
import type { PerformanceObserver } from 'node:perf_hooks';
import type { Durations } from '../protocol/agent.ts';
import { bucketOf, COLLECTION_BOUNDS_MS } from '../protocol/latency.ts';

/** By V8's number of the kind; 2 is a young collection, too. */
const KINDS: Readonly<Record<number, string>> = { 1: 'minor', 2: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

interface Collection {
  readonly duration: number;
  readonly detail?: { readonly kind?: number };
}

export class Collections {
  readonly #durations = new Map<string, { readonly counts: number[]; sumMs: number }>();
  #observer: PerformanceObserver | null = null;

  begin(): void {
    if (this.#observer !== null) return;
    const { PerformanceObserver } = require('node:perf_hooks') as typeof import('node:perf_hooks');
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#count(entry as Collection);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  end(): void {
    this.#observer?.disconnect();
    this.#observer = null;
  }

  all(): Readonly<Record<string, Durations>> {
    return Object.fromEntries(this.#durations);
  }

  #count({ duration, detail }: Collection): void {
    const kind = KINDS[detail?.kind ?? 0];
    if (kind === undefined) return;
    let known = this.#durations.get(kind);
    if (known === undefined) {
      known = { counts: new Array<number>(COLLECTION_BOUNDS_MS.length + 1).fill(0), sumMs: 0 };
      this.#durations.set(kind, known);
    }
    const at = bucketOf(COLLECTION_BOUNDS_MS, duration);
    known.counts[at] = (known.counts[at] as number) + 1;
    known.sumMs += duration;
  }
}
