/** What an app tells of its own work is not trusted: it is bounded, and whatever is no text is left out. */
import { describe, expect, it } from 'vitest';
import type { StopRules } from '../../../src/core/terms.ts';
import { atWorkOf, describeCut } from '../../../src/supervisor/cut.ts';

const stop: StopRules = {
  signal: 'SIGINT',
  killTimeoutMs: 1_600,
  drainTimeoutMs: 30_000,
  tree: true,
  withMessage: false,
};
const work = { protocol: 'http/1', method: 'GET', path: '/a', remote: '127.0.0.1:1', openMs: 1_500 };

describe('what is at work', () => {
  it('of an older runtime is unknown', () => {
    expect(atWorkOf({})).toEqual({ work: [], more: 0 });
  });

  it.each([[null], ['text'], [{ length: 3 }], [[null, 1, 'text', []]]])(
    'of nonsense is nothing that is named: %j',
    (told) => {
      for (const one of atWorkOf({ work: told, more: 'many' }).work)
        expect(one).toEqual({ protocol: 'unknown', method: null, path: null, remote: null, openMs: 0 });
    },
  );

  it('has at most 20 entries, of at most 200 characters', () => {
    const told = atWorkOf({ work: Array.from({ length: 50 }, () => ({ ...work, path: 'x'.repeat(5_000) })), more: -1 });
    expect(told.work).toHaveLength(20);
    expect(told.work[0]?.path).toHaveLength(200);
    expect(told.more).toBe(0);
  });
});

describe('what was cut', () => {
  it('says what, from where, since when, and which limit', () => {
    expect(describeCut({ work: [work], more: 2 }, stop)).toEqual([
      'GET /a (http/1) from 127.0.0.1:1, connected 1.5 s before: the drain_timeout of 30000 ms was over',
      'and 2 more',
    ]);
  });

  it('says so where little is known', () => {
    const unknown = { protocol: 'tcp', method: null, path: null, remote: null, openMs: 0 };
    expect(describeCut({ work: [unknown], more: 0 }, { ...stop, killTimeoutMs: 500, drainTimeoutMs: 500 })).toEqual([
      'a connection (tcp): the kill_timeout of 500 ms was over',
    ]);
  });
});
