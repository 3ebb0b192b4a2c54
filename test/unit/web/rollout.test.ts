import { describe, expect, it } from 'vitest';
import type { EventRecord } from '../../../src/protocol/control.ts';
import { rolloutOf, runningSince } from '../../../src/web/ui/read/rollout.ts';

const WATCHED = { name: 'api', ids: [0, 1] };
const told = (...kinds: (readonly [kind: string, id: number | null])[]): EventRecord[] =>
  kinds.map(([kind, id], index) => ({
    number: index + 1,
    at: index,
    kind,
    id,
    name: 'api',
    incarnation: null,
    reason: kind,
  }));
const phases = (events: readonly EventRecord[], since = 4) =>
  rolloutOf(events, WATCHED, since).steps.map(({ phase }) => phase);

const STARTED = [
  ['started', 0],
  ['ready', 0],
  ['started', 1],
  ['ready', 1],
] as const;
/** As a real daemon tells a reload of one process. */
const REPLACED = [
  ['started', 0],
  ['ready', 0],
  ['stopping', 0],
  ['exited', 0],
  ['stopped', 0],
] as const;

describe('a reload as the events tell it', () => {
  it('is followed step by step', () => {
    const steps = REPLACED.map((_, index) => phases(told(...STARTED, ...REPLACED.slice(0, index + 1)))[0]);
    expect(steps).toEqual(['starting', 'ready', 'draining', 'replaced', 'replaced']);
    expect(phases(told(...STARTED, ...REPLACED))[1]).toBe('waiting');
  });

  it('has an end, good or bad', () => {
    expect(rolloutOf(told(...STARTED, ['reloaded', null]), WATCHED, 4).end).toMatchObject({ isGood: true });
    const failed = told(...STARTED, ['started', 0], ['exited', 0], ['reload-failed', null]);
    expect(phases(failed)[0]).toBe('failed');
    expect(rolloutOf(failed, WATCHED, 4).end).toMatchObject({ isGood: false, reason: 'reload-failed' });
  });

  it('is followed where the new one starts after the old one has ended', () => {
    const order = [
      ['stopping', 0],
      ['exited', 0],
      ['started', 0],
      ['ready', 0],
    ] as const;
    const steps = order.map((_, index) => phases(told(...STARTED, ...order.slice(0, index + 1)))[0]);
    expect(steps).toEqual(['draining', 'replaced', 'starting', 'replaced']);
  });

  it('leaves events of others and of before out', () => {
    const others = told(...STARTED).map((event) => ({ ...event, name: 'other', number: event.number + 10 }));
    expect(phases([...told(...STARTED), ...others])).toEqual(['waiting', 'waiting']);
  });
});

describe('whether a reload goes on', () => {
  it('is seen by a process that was started beside one that runs', () => {
    expect(runningSince(told(...STARTED), WATCHED, 100)).toBeNull();
    expect(runningSince(told(...STARTED, ['started', 0]), WATCHED, 100)).toBe(4);
    expect(runningSince(told(...STARTED, ...REPLACED), WATCHED, 100)).toBe(4);
    expect(runningSince(told(...STARTED, ...REPLACED, ['reloaded', null]), WATCHED, 100)).toBeNull();
  });

  it('is known when it was told', () => {
    expect(runningSince(told(...STARTED, ['reload-begun', null]), WATCHED, 100)).toBe(4);
  });

  it('is not believed for ever', () => {
    expect(runningSince(told(...STARTED, ['started', 0]), WATCHED, 3_600_000)).toBeNull();
  });

  it('is not taken from a restart', () => {
    const restarted = told(...STARTED, ['stopping', 0], ['exited', 0], ['started', 0], ['ready', 0]);
    expect(runningSince(restarted, WATCHED, 100)).toBeNull();
  });
});
