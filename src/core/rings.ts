/**
 * Values of one process over time, in two grains: the last hour in steps of ten seconds, the last day in steps of two minutes. What is
 * kept never grows, however long the process runs; a list of all values would.
 */

/** What a longer step keeps of the shorter ones in it. */
export type Fold = 'mean' | 'highest';

export type Grain = 'hour' | 'day';

interface Extent {
  readonly stepMs: number;
  readonly length: number;
}

export const EXTENTS: Readonly<Record<Grain, Extent>> = {
  hour: { stepMs: 10_000, length: 360 },
  day: { stepMs: 120_000, length: 720 },
};

const PER_DAY_STEP = EXTENTS.day.stepMs / EXTENTS.hour.stepMs;
const GRAINS: readonly Grain[] = ['hour', 'day'];

/** One value of a ring for each step, NaN where nothing is known; null: never was. */
type Ring = Float32Array | null;

/** As it is kept in a file: the rings of each column that has some, hour and day after each other. */
export interface StoredRings {
  /** Number of the last step of the hour. */
  readonly last: number;
  readonly columns: readonly { readonly column: number; readonly hour: Float32Array; readonly day: Float32Array }[];
}

/** Step `n` ends at `n` times its length: a value that is taken then, or a little later, is of that step. */
export const stepOf = (at: number, grain: Grain): number => Math.round(at / EXTENTS[grain].stepMs);

const dayStepOf = (hourStep: number): number => Math.ceil(hourStep / PER_DAY_STEP);

export class Rings {
  readonly #folds: readonly Fold[];
  readonly #rings: Readonly<Record<Grain, Ring[]>>;
  #last: number | null = null;

  /** @param folds one for each column */
  constructor(folds: readonly Fold[]) {
    this.#folds = folds;
    this.#rings = { hour: folds.map(() => null), day: folds.map(() => null) };
  }

  /** Values of the step that ends about now, one for each column. */
  put(at: number, values: readonly (number | null)[]): void {
    const step = stepOf(at, 'hour');
    this.#turnTo(step);
    for (let column = 0; column < values.length; column++) {
      const value = values[column];
      if (value == null || Number.isNaN(value)) continue;
      const hour = this.#ring('hour', column);
      hour[step % hour.length] = value;
    }
  }

  /** Steps up to now, oldest first. */
  read(
    grain: Grain,
    now: number,
  ): { readonly endAt: number; readonly columns: readonly (readonly (number | null)[])[] } {
    this.#fold();
    const { stepMs, length } = EXTENTS[grain];
    const last = this.#lastOf(grain);
    const end = Math.max(Math.floor(now / stepMs), last ?? 0);
    const columns = this.#rings[grain].map((ring) =>
      Array.from({ length }, (_, i) =>
        ring === null || last === null ? null : this.#at(grain, ring, end - length + 1 + i),
      ),
    );
    return { endAt: end * stepMs, columns };
  }

  get stored(): StoredRings | null {
    if (this.#last === null) return null;
    this.#fold();
    const columns = this.#folds.flatMap((_, column) => {
      const [hour, day] = [this.#rings.hour[column] ?? null, this.#rings.day[column] ?? null];
      return hour === null || day === null ? [] : [{ column, hour, day }];
    });
    return { last: this.#last, columns };
  }

  /** Takes over what an earlier daemon kept, where this one knows nothing itself. */
  recall({ last, columns }: StoredRings, now: number): void {
    const earlier = new Rings(this.#folds);
    earlier.#last = last;
    for (const { column, hour, day } of columns) {
      if (column >= this.#folds.length || hour.length !== EXTENTS.hour.length || day.length !== EXTENTS.day.length)
        continue;
      earlier.#rings.hour[column] = hour;
      earlier.#rings.day[column] = day;
    }
    const step = stepOf(now, 'hour');
    if (last > step) earlier.#turnTo(step);
    this.#turnTo(Math.max(earlier.#last, this.#last ?? 0));
    for (const grain of GRAINS) this.#fill(grain, earlier);
  }

  #fill(grain: Grain, earlier: Rings): void {
    const { length } = EXTENTS[grain];
    const end = this.#lastOf(grain) as number;
    earlier.#rings[grain].forEach((ring, column) => {
      if (ring === null) return;
      const own = this.#ring(grain, column);
      for (let step = end - length + 1; step <= end; step++) {
        const known = earlier.#at(grain, ring, step);
        if (known !== null && Number.isNaN(own[step % length])) own[step % length] = known;
      }
    });
  }

  #lastOf(grain: Grain): number | null {
    if (this.#last === null) return null;
    return grain === 'hour' ? this.#last : dayStepOf(this.#last);
  }

  /** null: not known, or not within the ring. */
  #at(grain: Grain, ring: Float32Array, step: number): number | null {
    const last = this.#lastOf(grain) as number;
    if (step < 0 || step > last || step <= last - ring.length) return null;
    const value = ring[step % ring.length] as number;
    return Number.isNaN(value) ? null : value;
  }

  #ring(grain: Grain, column: number): Float32Array {
    const ring = this.#rings[grain][column] ?? new Float32Array(EXTENTS[grain].length).fill(Number.NaN);
    this.#rings[grain][column] = ring;
    return ring;
  }

  /** Steps between the last one and this are empty; those after it, if the clock was set back, have not been yet. */
  #turnTo(step: number): void {
    const last = this.#last;
    if (last !== null && dayStepOf(step) !== dayStepOf(last)) this.#fold();
    this.#last = step;
    if (last === null || step === last) return;
    const [from, to] = [Math.min(last, step), Math.max(last, step)];
    this.#clear('hour', from + 1, to);
    this.#clear('day', dayStepOf(from) + 1, dayStepOf(to));
  }

  #clear(grain: Grain, from: number, to: number): void {
    const { length } = EXTENTS[grain];
    for (const ring of this.#rings[grain])
      for (let step = Math.max(from, to - length + 1); ring !== null && step <= to; step++)
        ring[step % length] = Number.NaN;
  }

  /** Works out the last long step: when it is over, or when somebody reads it before. */
  #fold(): void {
    const dayStep = this.#lastOf('day');
    if (dayStep === null) return;
    this.#rings.hour.forEach((hour, column) => {
      if (hour === null) return;
      const value = this.#folded(hour, column, dayStep);
      if (value === null) return;
      const day = this.#ring('day', column);
      day[dayStep % day.length] = value;
    });
  }

  #folded(hour: Float32Array, column: number, dayStep: number): number | null {
    let [sum, count, highest] = [0, 0, Number.NEGATIVE_INFINITY];
    for (let step = (dayStep - 1) * PER_DAY_STEP + 1; step <= dayStep * PER_DAY_STEP; step++) {
      const value = this.#at('hour', hour, step);
      if (value === null) continue;
      sum += value;
      count++;
      highest = Math.max(highest, value);
    }
    if (count === 0) return null;
    return this.#folds[column] === 'highest' ? highest : sum / count;
  }
}
