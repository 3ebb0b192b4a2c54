/** Quiet for a while: what is not sent, what is in spite of it, and what is made up for afterwards. */
import { describe, expect, it } from 'vitest';
import { onEvent } from '../../../../src/core/alerts/machine.ts';
import { audible, endMutes, type Mute } from '../../../../src/core/alerts/mute.ts';
import { type Alerts, type Change, NO_ALERTS } from '../../../../src/core/alerts/state.ts';
import { happened, onlyRules, told } from './samples.ts';

const CONFIG = onlyRules({ errored: true, daemon: true });
const HOME = { id: null, name: null };

function raise(alerts: Alerts, at: number, name: string | null): { alerts: Alerts; changes: readonly Change[] } {
  const event = name === null ? happened(at, 'daemon-lost', HOME) : happened(at, 'errored', { id: at, name });
  return onEvent(alerts, CONFIG, event);
}
const muted = (apps: readonly string[], sinceAt: number, untilAt: number): Mute => ({ apps, sinceAt, untilAt });

describe('while it is quiet', () => {
  const [api, home] = [raise(NO_ALERTS, 10, 'api').changes, raise(NO_ALERTS, 11, null).changes];

  it.each([
    [['api'], api, 0],
    [['a*'], api, 0],
    [['web'], api, 1],
    [['*'], home, 0],
    [['/.*/'], home, 1],
  ] as const)('%j', (apps, changes, heard) => {
    expect(audible([muted(apps, 5, 20)], changes, 10)).toHaveLength(heard);
    expect(audible([muted(apps, 5, 20)], changes, 20)).toHaveLength(1);
  });

  it('the end of what was told before is told, of what was not it is not', () => {
    const before = raise(NO_ALERTS, 1, 'api');
    const [change] = onEvent(before.alerts, CONFIG, happened(10, 'ready', { id: 1, name: 'api' })).changes;
    expect(audible([muted(['api'], 5, 20)], [change as Change], 10)).toHaveLength(1);
    expect(audible([muted(['api'], 0, 20)], [change as Change], 10)).toHaveLength(0);
  });
});

describe('when the quiet is over', () => {
  const both = raise(raise(raise(NO_ALERTS, 1, 'api').alerts, 10, 'api').alerts, 11, 'web').alerts;

  it('what was hidden and still stands is told; what had been told, or was never hidden, is not', () => {
    const ended = endMutes([muted(['api'], 5, 20)], both, 20);
    expect(ended.mutes).toEqual([]);
    expect(told(ended.changes)).toEqual(['raised 2 errored']);
  });

  it('not while another mute hides it', () => {
    const ended = endMutes([muted(['api'], 5, 20), muted(['*'], 6, 30)], both, 20);
    expect([ended.mutes.length, ended.changes]).toEqual([1, []]);
    expect(told(endMutes(ended.mutes, both, 30).changes)).toEqual(['raised 2 errored', 'raised 3 errored']);
  });

  it('nothing changes before', () => {
    const mutes = [muted(['api'], 5, 20)];
    expect(endMutes(mutes, both, 19).mutes).toBe(mutes);
  });
});
