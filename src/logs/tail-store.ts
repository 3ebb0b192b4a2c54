/**
 * The tails of all instances, kept across their lives until the instance is deleted. Without it the
 * last words of a crashed process would go with its channel, just when they are wanted.
 */
import type { LogLine, StreamName } from '../core/terms.ts';
import type { Legacy } from './pump-messages.ts';
import { type TailLine, TailRing } from './tail-ring.ts';

interface Source {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
}

interface Kept {
  name: string;
  namespace: string;
  readonly rings: Map<StreamName, TailRing>;
}

/** The next life may have written much since. */
const ofLife = (ring: TailRing, incarnation: number): TailLine[] =>
  ring.lines(Number.POSITIVE_INFINITY).filter((line) => line.incarnation === incarnation);

export class TailStore {
  readonly #maxLines: number;
  readonly #instances = new Map<number, Kept>();

  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  #kept(id: number): Kept {
    let kept = this.#instances.get(id);
    if (kept === undefined) {
      kept = { name: '', namespace: '', rings: new Map() };
      this.#instances.set(id, kept);
    }
    return kept;
  }

  /** The ring that this stream writes to. */
  ring(source: Source): TailRing {
    this.introduce(source);
    const { rings } = this.#kept(source.id);
    let ring = rings.get(source.stream);
    if (ring === undefined) {
      ring = new TailRing();
      rings.set(source.stream, ring);
    }
    return ring;
  }

  /** The name that lines of this instance bear from now on. */
  introduce({ id, name, namespace }: Source): void {
    Object.assign(this.#kept(id), { name, namespace });
  }

  /**
   * Last lines, oldest first; lines of both streams in the order in which they were read.
   * @param incarnation only those of this life; null: of all
   */
  tail(id: number, lines: number, stream: StreamName | null, incarnation: number | null = null): LogLine[] {
    const kept = this.#instances.get(id);
    if (kept === undefined) return [];
    const count = Math.min(lines, this.#maxLines);
    const { name, namespace } = kept;
    const found: LogLine[] = [];
    for (const [from, ring] of kept.rings) {
      if (stream !== null && from !== stream) continue;
      const kept = incarnation === null ? ring.lines(count) : ofLife(ring, incarnation);
      for (const { at, text } of kept) found.push({ id, name, namespace, stream: from, at, text });
    }
    found.sort((a, b) => a.at - b.at);
    return count <= 0 ? [] : found.slice(-count);
  }

  forget(id: number): void {
    this.#instances.delete(id);
  }

  save(): Legacy['tails'] {
    return [...this.#instances].flatMap(([id, { rings }]) =>
      [...rings].map(([stream, ring]) => ({ id, stream, state: ring.save() })),
    );
  }

  restore(tails: Legacy['tails']): void {
    for (const { id, stream, state } of tails) this.#kept(id).rings.set(stream, TailRing.restore(state));
  }
}
