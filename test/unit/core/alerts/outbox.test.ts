/** What waits for a destination: in which messages it goes out, when, and that nothing is lost on the way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Destination } from '../../../../src/core/alerts/config.ts';
import {
  compose,
  dueAt,
  EMPTY_OUTBOX,
  failed,
  GIVE_UP_MS,
  isWanted,
  LONGEST_PATIENCE_MS,
  MOST_IN_MESSAGE,
  type Outbox,
  put,
  taken,
} from '../../../../src/core/alerts/outbox.ts';
import type { Alert, Change } from '../../../../src/core/alerts/state.ts';
import { configOf } from './samples.ts';

const destination = (settings: Readonly<Record<string, unknown>> = {}): Destination => {
  const config = configOf({
    destinations: { ops: { webhook: 'http://127.0.0.1/', at_most: 2, per: '1m', ...settings } },
  });
  return config.destinations[0] as Destination;
};

const alert = (number: number, of: Partial<Alert> = {}): Alert => ({
  number,
  rule: 'errored',
  severity: 'warning',
  id: 0,
  name: 'api',
  raisedAt: 0,
  clearedAt: null,
  reason: 'why',
  ended: null,
  ...of,
});
const raised = (number: number): Change => ({ what: 'raised', alert: alert(number) });
const cleared = (number: number): Change => ({
  what: 'cleared',
  alert: alert(number, { clearedAt: 1, ended: 'well' }),
});
const inMessage = (outbox: Outbox): readonly string[] =>
  (outbox.message?.items ?? []).map(({ what, alert: { number } }) => `${what} ${number}`);

describe('gathering', () => {
  it('waits for what comes within group_wait of the first', () => {
    const outbox = put(put(EMPTY_OUTBOX, raised(1), 1000), raised(2), 4000);
    expect(dueAt(outbox, destination(), 5000, 4000)).toBe(6000);
    expect(inMessage(compose(outbox, 6000))).toEqual(['raised 1', 'raised 2']);
  });

  it('tells what was raised and is over before anybody was told in one', () => {
    const outbox = put(put(put(EMPTY_OUTBOX, raised(1), 0), raised(2), 0), cleared(1), 1);
    expect(inMessage(compose(outbox, 10))).toEqual(['raised 2', 'cleared 1']);
  });

  it('a message that is on its way is not changed by what comes meanwhile', () => {
    const sending = compose(put(EMPTY_OUTBOX, raised(1), 0), 5);
    const later = put(sending, cleared(1), 6);
    expect(inMessage(later)).toEqual(['raised 1']);
    expect(compose(later, 7)).toBe(later);
    expect(inMessage(compose(taken(later, destination(), 8), 9))).toEqual(['cleared 1']);
  });

  it('a flood goes out in messages of bounded length, and what does not fit waits', () => {
    let outbox: Outbox = EMPTY_OUTBOX;
    for (let i = 1; i <= MOST_IN_MESSAGE + 5; i++) outbox = put(outbox, raised(i), 0);
    const first = compose(outbox, 1);
    expect(first.message?.items).toHaveLength(MOST_IN_MESSAGE);
    expect(first.waiting).toHaveLength(5);
  });

  it('drops the oldest of more than a thousand, and counts them', () => {
    let outbox: Outbox = EMPTY_OUTBOX;
    for (let i = 1; i <= 1003; i++) outbox = put(outbox, raised(i), 0);
    expect([outbox.dropped, outbox.waiting.length, outbox.waiting[0]?.alert.number]).toEqual([3, 1000, 4]);
  });
});

describe('the rate', () => {
  it('two in a minute, then the third waits for the first to be a minute old, with all that came meanwhile', () => {
    const to = destination();
    let outbox: Outbox = EMPTY_OUTBOX;
    for (const at of [0, 10_000]) outbox = taken(compose(put(outbox, raised(at + 1), at), at), to, at);
    outbox = put(put(outbox, raised(7), 20_000), raised(8), 30_000);
    expect(dueAt(outbox, to, 0, 30_000)).toBe(60_000);
    expect(inMessage(compose(outbox, 60_000))).toEqual(['raised 7', 'raised 8']);
  });

  it('is not held for ever by a clock that was set back', () => {
    const to = destination({ at_most: 1 });
    const far = 1e12;
    const outbox = put(taken(compose(put(EMPTY_OUTBOX, raised(1), far), far), to, far), raised(2), far);
    expect(dueAt(outbox, to, 5, 1000)).toBe(1005);
    const retrying = failed(compose(outbox, far), 'no', far, null);
    expect(dueAt(retrying, to, 5, 1000)).toBe(1000 + LONGEST_PATIENCE_MS);
  });
});

describe('failures', () => {
  it('the same message again, after waits that double up to five minutes', () => {
    const to = destination();
    let outbox = compose(put(EMPTY_OUTBOX, raised(1), 0), 0);
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 11; i++) {
      outbox = failed(outbox, 'answered 500', now, null);
      waits.push((outbox.retryAt ?? 0) - now);
      now = outbox.retryAt ?? 0;
      expect([outbox.message?.number, inMessage(outbox)]).toEqual([1, ['raised 1']]);
      expect(dueAt(outbox, to, 0, now)).toBe(now);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
    expect(taken(outbox, to, now)).toMatchObject({ message: null, failures: 0, lastError: null, retryAt: null });
  });

  it('a receiver that asks for more patience gets it', () => {
    expect(failed(compose(put(EMPTY_OUTBOX, raised(1), 0), 0), 'answered 429', 0, 30_000).retryAt).toBe(30_000);
  });

  it('is given up after a day, and counted; what came after it goes on', () => {
    const outbox = put(compose(put(EMPTY_OUTBOX, raised(1), 0), 0), raised(2), 1);
    const after = failed(outbox, 'no', GIVE_UP_MS, null);
    expect(after).toMatchObject({ message: null, dropped: 1 });
    expect(inMessage(compose(after, GIVE_UP_MS))).toEqual(['raised 2']);
  });
});

describe('who wants what', () => {
  it.each([
    [{ severity: 'critical' }, raised(1), false],
    [{ severity: 'warning' }, raised(1), true],
    [{ recovery: false }, cleared(1), false],
    [{ recovery: false }, raised(1), true],
    [{ rules: ['memory'] }, raised(1), false],
    [{ rules: ['errored', 'memory'] }, raised(1), true],
    [{ apps: 'web' }, raised(1), false],
    [{ apps: ['web', 'a*'] }, raised(1), true],
    [{ except: 'api' }, raised(1), false],
    [{ apps: 'web' }, { what: 'raised', alert: alert(1, { name: null }) }, true],
  ] as const)('%j', (settings, change, isTold) => {
    expect(isWanted(destination(settings), change)).toBe(isTold);
  });
});

it('every alert that a destination takes is told, in the end, and the rate is never broken', () => {
  const deed = fc.record({
    afterMs: fc.integer({ min: 0, max: 40_000 }),
    what: fc.constantFrom('raise', 'clear', 'raise', 'fail', 'send'),
    pick: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 80 }), (deeds) => {
      const to = destination();
      let outbox: Outbox = EMPTY_OUTBOX;
      let now = 0;
      let last = 0;
      const sentAt: number[] = [];
      const told = new Map<number, string[]>();
      const attempt = (isTaken: boolean): void => {
        const due = dueAt(outbox, to, 5_000, now);
        if (due === null || due > now) return;
        // A daemon that dies here reads it from disk.
        outbox = JSON.parse(JSON.stringify(compose(outbox, now))) as Outbox;
        if (!isTaken) {
          outbox = failed(outbox, 'no', now, null);
          return;
        }
        for (const { what, alert: one } of outbox.message?.items ?? [])
          told.set(one.number, [...(told.get(one.number) ?? []), what]);
        sentAt.push(now);
        outbox = taken(outbox, to, now);
      };
      const over = new Set<number>();
      for (const { afterMs, what, pick } of deeds) {
        now += afterMs;
        const number = last === 0 ? 0 : (pick % last) + 1;
        if (what === 'raise') outbox = put(outbox, raised(++last), now);
        else if (what === 'clear' && number > 0 && !over.has(number))
          outbox = put(outbox, cleared([...over.add(number)].at(-1) as number), now);
        else attempt(what === 'send');
      }
      for (let i = 0; i < 200 && dueAt(outbox, to, 5_000, now) !== null; i++) {
        now = Math.max(now, dueAt(outbox, to, 5_000, now) ?? now);
        attempt(true);
      }
      for (let number = 1; number <= last; number++) {
        const expected = over.has(number) ? [['cleared'], ['raised', 'cleared']] : [['raised']];
        expect(expected).toContainEqual(told.get(number));
      }
      for (const [i, at] of sentAt.entries())
        expect(at - (sentAt[i - 2] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000);
    }),
  );
});
