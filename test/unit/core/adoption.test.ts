import { describe, expect, it } from 'vitest';
import { adopt, type Evidence } from '../../../src/core/adoption.ts';
import type { State } from '../../../src/core/instance.ts';
import { states } from './samples.ts';

const nothing: Evidence = {
  sameBoot: true,
  life: 'missing',
  pid: null,
  exitStatus: null,
  process: 'none-recorded',
  strays: [],
};
const verdict = (state: string, evidence: Partial<Evidence>) =>
  adopt(states[state] as State, { ...nothing, ...evidence });

describe('a recorded process', () => {
  it('that lives with its keeper is taken up again', () => {
    expect(verdict('ready', { life: 'held', pid: 42, process: 'same' })).toEqual({ kind: 'reattach' });
  });
  it('that lives without its keeper is taken up, and that is said', () => {
    expect(verdict('ready', { life: 'released', pid: 42, process: 'same' }).kind).toBe('reattach-keeperless');
  });
  it('whose keeper wrote a status ended with it', () => {
    expect(verdict('ready', { life: 'released', exitStatus: 7, process: 'gone' })).toEqual({
      kind: 'ended',
      exit: { kind: 'code', code: 7 },
    });
    expect(verdict('draining, then down', { exitStatus: 137, process: 'gone' })).toMatchObject({
      exit: { kind: 'signal', signal: 'SIGKILL' },
    });
  });
  it('that is gone while its keeper has not written yet is waited for', () => {
    expect(verdict('ready', { life: 'held', process: 'gone' })).toEqual({ kind: 'reattach' });
  });
  it('that is gone with nobody to tell has an unknown end', () => {
    expect(verdict('ready', { life: 'missing', process: 'gone' })).toMatchObject({
      kind: 'ended',
      exit: { kind: 'unknown' },
    });
  });
  it('whose pid the system will not show is left alone', () => {
    expect(verdict('ready', { life: 'released', process: 'unreadable' }).kind).toBe('unverifiable');
  });
  it('whose keeper lives needs no look at its pid', () => {
    expect(verdict('ready', { life: 'held', process: 'unreadable' })).toEqual({ kind: 'reattach' });
  });
  it('of an earlier boot is over, whoever has its pid now', () => {
    expect(verdict('ready', { sameBoot: false, process: 'same', life: 'held' })).toMatchObject({
      kind: 'ended',
      exit: { kind: 'unknown' },
    });
  });
});

describe('a recorded launch', () => {
  it('whose keeper lives is waited for, or known', () => {
    expect(verdict('launching', { life: 'held' })).toEqual({ kind: 'still-launching' });
    expect(verdict('launching', { life: 'held', pid: 9 })).toEqual({ kind: 'launched', pid: 9 });
  });
  it('that left a process without a keeper is found by its token, never doubled', () => {
    expect(verdict('launching', { life: 'released', strays: [9] })).toEqual({ kind: 'reattach-keeperless', pid: 9 });
    expect(verdict('launching', { life: 'released', strays: [9, 10] }).kind).toBe('unverifiable');
  });
  it('that never came to be is done again', () => {
    expect(verdict('launching', {})).toEqual({ kind: 'never-launched' });
    expect(verdict('launching', { sameBoot: false })).toEqual({ kind: 'never-launched' });
  });
});

it('where nothing ran there is nothing to adopt', () => {
  for (const state of ['down', 'backoff', 'failed'])
    expect(verdict(state, { process: 'same' })).toEqual({ kind: 'idle' });
});
