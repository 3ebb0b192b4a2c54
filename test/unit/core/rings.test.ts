import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXTENTS, Rings } from '../../../src/core/rings.ts';

const HOUR = EXTENTS.hour;
const DAY = EXTENTS.day;
/** A whole number of long steps. */
const START = DAY.stepMs * 10_000;
const make = (): Rings => new Rings(['mean', 'highest']);
const hourOf = (rings: Rings, now: number, column = 0) => rings.read('hour', now).columns[column] ?? [];
const dayOf = (rings: Rings, now: number, column = 0) => rings.read('day', now).columns[column] ?? [];

describe('rings', () => {
  it('keep the value of each step, oldest first, and say when the last one ends', () => {
    const rings = make();
    rings.put(START, [1, 10]);
    rings.put(START + HOUR.stepMs + 900, [2, 20]);
    const { endAt, columns } = rings.read('hour', START + HOUR.stepMs + 900);
    expect(endAt).toBe(START + HOUR.stepMs);
    expect(columns.map((column) => column.length)).toEqual([HOUR.length, HOUR.length]);
    expect(columns.map((column) => column.slice(-3))).toEqual([
      [null, 1, 2],
      [null, 10, 20],
    ]);
  });

  it('a step without a value, and what is not known, is null', () => {
    const rings = make();
    rings.put(START, [1, null]);
    rings.put(START + 3 * HOUR.stepMs, [4, Number.NaN]);
    expect(hourOf(rings, START + 3 * HOUR.stepMs).slice(-4)).toEqual([1, null, null, 4]);
    expect(hourOf(rings, START + 3 * HOUR.stepMs, 1).every((value) => value === null)).toBe(true);
  });

  it('end now, also when the process does not run any more', () => {
    const rings = make();
    rings.put(START, [1, 1]);
    const later = START + 5 * HOUR.stepMs;
    expect(rings.read('hour', later).endAt).toBe(later);
    expect(hourOf(rings, later).slice(-6)).toEqual([1, null, null, null, null, null]);
    expect(hourOf(rings, START + HOUR.length * HOUR.stepMs).every((value) => value === null)).toBe(true);
  });

  it('a long step is the mean of its short ones, or their highest', () => {
    const rings = make();
    for (let i = 1; i <= 12; i++) rings.put(START + i * HOUR.stepMs, [i, i]);
    const end = START + DAY.stepMs;
    expect(rings.read('day', end).endAt).toBe(end);
    expect(dayOf(rings, end).at(-1)).toBe(6.5);
    expect(dayOf(rings, end, 1).at(-1)).toBe(12);
    rings.put(end + HOUR.stepMs, [100, 100]);
    expect(dayOf(rings, end + DAY.stepMs).slice(-2)).toEqual([6.5, 100]);
  });

  it('of a long step whose short ones are over an hour old the value stays', () => {
    const rings = make();
    rings.put(START + HOUR.stepMs, [7, 7]);
    rings.put(START + 2 * HOUR.length * HOUR.stepMs, [1, 1]);
    const now = START + 2 * HOUR.length * HOUR.stepMs;
    expect(dayOf(rings, now).filter((value) => value !== null)).toEqual([7, 1]);
    expect(hourOf(rings, now).filter((value) => value !== null)).toEqual([1]);
  });

  it('whatever gaps there are, they are as a list of all values is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 1000 })), { maxLength: 60 }),
        (moves) => {
          const rings = make();
          const all = new Map<number, number>();
          let step = START / HOUR.stepMs;
          for (const [gap, value] of moves) {
            step += gap;
            rings.put(step * HOUR.stepMs, [value, value]);
            all.set(step, value);
          }
          const now = step * HOUR.stepMs;
          const expected = Array.from({ length: HOUR.length }, (_, i) => all.get(step - HOUR.length + 1 + i) ?? null);
          expect(hourOf(rings, now)).toEqual(expected);
          const dayStep = Math.ceil(step / 12);
          const days = Array.from({ length: DAY.length }, (_, i) => {
            const here = [...all]
              .filter(([one]) => Math.ceil(one / 12) === dayStep - DAY.length + 1 + i)
              .map(([, value]) => value);
            return here.length === 0 ? null : Math.max(...here);
          });
          if (moves.length > 0) expect(rings.read('day', dayStep * DAY.stepMs).columns[1]).toEqual(days);
        },
      ),
    );
  });

  it('a clock that was set back takes what it had not come to yet', () => {
    const rings = make();
    for (let i = 0; i <= 30; i++) rings.put(START + i * HOUR.stepMs, [i, i]);
    const back = START + 10 * HOUR.stepMs;
    rings.put(back, [99, 99]);
    expect(hourOf(rings, back).slice(-3)).toEqual([8, 9, 99]);
    rings.put(START - 10 * 3_600_000, [5, 5]);
    expect(hourOf(rings, START - 10 * 3_600_000).filter((value) => value !== null)).toEqual([5]);
  });
});

describe('rings of an earlier daemon', () => {
  it('come before the own ones, which win', () => {
    const [before, now] = [make(), make()];
    for (let i = 0; i < 5; i++) before.put(START + i * HOUR.stepMs, [i, null]);
    now.put(START + 4 * HOUR.stepMs, [44, null]);
    now.put(START + 8 * HOUR.stepMs, [8, 8]);
    now.recall(before.stored as NonNullable<typeof before.stored>, START + 8 * HOUR.stepMs);
    expect(hourOf(now, START + 8 * HOUR.stepMs).slice(-10)).toEqual([null, 0, 1, 2, 3, 44, null, null, null, 8]);
    expect(hourOf(now, START + 8 * HOUR.stepMs, 1).slice(-2)).toEqual([null, 8]);
  });

  it('are all there is of a process that has not run since', () => {
    const [before, now] = [make(), make()];
    before.put(START, [3, 4]);
    now.recall(before.stored as NonNullable<typeof before.stored>, START + 2 * HOUR.stepMs);
    expect(hourOf(now, START + 2 * HOUR.stepMs).slice(-3)).toEqual([3, null, null]);
    expect(dayOf(now, START, 1).at(-1)).toBe(4);
  });

  it('from after now, for the clock was set back, are dropped', () => {
    const [before, now] = [make(), make()];
    for (let i = 0; i < 100; i++) before.put(START + i * HOUR.stepMs, [i, i]);
    const back = START + 50 * HOUR.stepMs;
    now.recall(before.stored as NonNullable<typeof before.stored>, back);
    expect(hourOf(now, back).at(-1)).toBe(50);
    expect(rows(now)).toBe(51);
  });
});

const rows = (rings: Rings): number =>
  rings.stored?.columns[0]?.hour.filter((value) => !Number.isNaN(value)).length ?? 0;
