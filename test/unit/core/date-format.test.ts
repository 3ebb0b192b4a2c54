/** The tokens of date patterns, against the language's own calendar. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileDateFormat } from '../../../src/core/date-format.ts';

const at = Date.UTC(2026, 0, 5, 15, 4, 9, 7);
const write = (pattern: string, offset = 0, instant = at): string => compileDateFormat(pattern)(instant, offset);

describe('tokens', () => {
  test.each([
    ['YYYY-MM-DD HH:mm:ss.SSS', '2026-01-05 15:04:09.007'],
    ['YY M D H h m s', '26 1 5 15 3 4 9'],
    ['hh:mm A a', '03:04 PM pm'],
    ['MMM MMMM dd ddd dddd d', 'Jan January Mo Mon Monday 1'],
    ['[Year] YYYY [YYYY]', 'Year 2026 YYYY'],
    ['YYYY-MM-DDTHH:mm:ssZ', '2026-01-05T15:04:09+00:00'],
    ['YYYY-MM-DD HH:mm Z', '2026-01-05 15:04 +00:00'],
    ['ZZ', '+0000'],
    ['', ''],
    ['no tken xyz %', 'no tken xyz %'.replace(/[aAdDhHmMsS]/g, (letter) => write(letter))],
    ['[', '['],
    ['[]', '[]'],
    ['[[YYYY]', '[YYYY'],
  ])('%s', (pattern, expected) => {
    expect(write(pattern)).toBe(expected);
  });

  test('the offset moves the clock and is written', () => {
    expect(write('YYYY-MM-DD HH:mm Z ZZ', 9 * 60 + 30)).toBe('2026-01-06 00:34 +09:30 +0930');
    expect(write('YYYY-MM-DD HH:mm Z', -16 * 60)).toBe('2026-01-04 23:04 -16:00');
  });

  test('midnight and noon', () => {
    expect(write('h hh A', 0, Date.UTC(2026, 0, 1))).toBe('12 12 AM');
    expect(write('h hh A', 0, Date.UTC(2026, 0, 1, 12))).toBe('12 12 PM');
  });
});

test('any instant is what the language says it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) }), (instant) => {
      const date = new Date(instant);
      if (date.getUTCFullYear() < 0) return;
      expect(write('YYYY-MM-DDTHH:mm:ss.SSS[Z]', 0, instant)).toBe(date.toISOString());
      expect(write('d', 0, instant)).toBe(String(date.getUTCDay()));
    }),
  );
});

test('odd patterns are harmless', () => {
  fc.assert(fc.property(fc.string(), (pattern) => typeof write(pattern) === 'string'));
});
