import { describe, expect, it } from 'vitest';
import { appsOf, targetOf, touchedBy } from '../../../src/web/ui/read/apps.ts';
import { bytes, lasting, millis, NOTHING, percent, share } from '../../../src/web/ui/read/format.ts';
import { filtered, sorted } from '../../../src/web/ui/read/listing.ts';
import { aligned, summaryOf } from '../../../src/web/ui/read/series.ts';
import { structured } from '../../../src/web/ui/read/structured.ts';
import { windowOf } from '../../../src/web/ui/read/window.ts';
import { cast, instance } from '../../web/stage/cast.ts';

const ids = (list: readonly { readonly id: number }[]): number[] => list.map(({ id }) => id);

describe('the list', () => {
  it('shows those that have all words of the filter, in name, id, state or reason', () => {
    expect(ids(filtered(cast(), 'storefront 503'))).toEqual([5]);
    expect(ids(filtered(cast(), 'ERRORED'))).toEqual([6]);
    expect(filtered(cast(), 'no such thing')).toEqual([]);
  });

  it('is sorted by number, processes of one app in their order', () => {
    const byMemory = sorted(cast(), { key: 'memory', isDescending: true }, () => 0);
    expect(byMemory.map((one) => one.memoryBytes)).toEqual(
      [...byMemory.map((one) => one.memoryBytes)].sort((a, b) => b - a),
    );
    const byName = sorted(cast(), { key: 'name', isDescending: false }, () => 0);
    expect(ids(byName.slice(0, 4))).toEqual([0, 1, 2, 3]);
  });
});

describe('what an action touches', () => {
  const twins = [
    instance(0, 'web', { appKey: 'a' }),
    instance(1, 'web', { appKey: 'b' }),
    instance(2, 'upkeep-web', { isModule: true }),
  ];
  it('is named by the id where two apps share the name', () => {
    const [first] = appsOf(twins);
    expect(first && targetOf(first, twins)).toBe('0');
    expect(ids(touchedBy('web', twins))).toEqual([0, 1]);
  });

  it('is all, without our own', () => {
    expect(ids(touchedBy('all', twins))).toEqual([0, 1]);
  });
});

describe('numbers', () => {
  it.each([
    [bytes(0), '0 B'],
    [bytes(1536), '1.5 KB'],
    [bytes(73_400_320), '70 MB'],
    [percent(3.14), '3.1 %'],
    [share(0.345), '35 %'],
    [millis(1240), '1.24 s'],
    [millis(0.4), '0.40 ms'],
    [lasting(59_600), '1 min'],
    [lasting(3_700_000), '1 h 1 min'],
    [lasting(90_000_000), '1 d 1 h'],
    [bytes(null), NOTHING],
    [percent(Number.NaN), NOTHING],
  ])('%s', (written, expected) => expect(written).toBe(expected));
});

describe('histories', () => {
  it('that end at different times stand upon one row of times', () => {
    const { times, columns } = aligned([
      { endAt: 30_000, stepMs: 10_000, values: [1, 2, 3] },
      { endAt: 20_000, stepMs: 10_000, values: [7, 8] },
    ]);
    expect(times).toEqual([10, 20, 30]);
    expect(columns).toEqual([
      [1, 2, 3],
      [7, 8, null],
    ]);
  });

  it('are summed up without what is not known', () => {
    expect(summaryOf([null, 4, 9, 2, null])).toEqual({ last: 2, highest: 9 });
  });
});

describe('a structured line', () => {
  it('is its message, then its fields', () => {
    expect(structured('{"level":30,"time":1,"msg":"hi","user":{"id":7}}')).toEqual({
      message: 'hi',
      fields: [['user', '{"id":7}']],
    });
  });

  it.each(['{"a":1}', '{"msg":7}', '{broken}', 'text {"msg":"x"}'])('is not %s', (text) =>
    expect(structured(text)).toBeNull(),
  );
});

it('a long list draws what is seen and little more', () => {
  const { from, to } = windowOf(100_000, 600, 20, 20_000);
  expect(from).toBeLessThanOrEqual(5000);
  expect(to).toBeGreaterThanOrEqual(5030);
  expect(to - from).toBeLessThan(100);
  expect(windowOf(999_999, 600, 20, 10)).toEqual({ from: 0, to: 10 });
});
