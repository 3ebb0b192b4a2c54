/** Which ends are crashes, which are recorded, and which records go. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CrashLoop,
  crashName,
  isCrash,
  type KeptCrash,
  nextInLoop,
  outdatedCrashes,
  parseCrashName,
  REBOOTED,
} from '../../../src/core/crash.ts';
import type { Exit, RestartRules } from '../../../src/core/terms.ts';

const RULES: RestartRules = {
  autorestart: true,
  minUptimeMs: 1_000,
  maxRestarts: 16,
  restartDelayMs: 0,
  backoffInitialMs: null,
  backoffMaxMs: 15_000,
  backoffResetMs: 30_000,
  stopExitCodes: [7],
};
const code = (value: number): Exit => ({ kind: 'code', code: value });
const KILLED: Exit = { kind: 'signal', signal: 'SIGKILL', number: 9 };

describe('what is a crash', () => {
  it.each<[string, Exit, boolean]>([
    ['a clean end', code(0), false],
    ['an error', code(1), true],
    ['a wanted exit code', code(7), false],
    ['a signal from outside', KILLED, true],
    ['an end that nobody saw', { kind: 'unknown', why: 'its keeper had been killed before' }, true],
    ['the end of the machine', REBOOTED, false],
  ])('by itself: %s', (_, exit, expected) => {
    expect(isCrash(exit, null, RULES)).toBe(expected);
  });

  it('never what a command asked for, always what did not work any more', () => {
    expect(isCrash(KILLED, { kind: 'down', reason: 'stopped by command' }, RULES)).toBe(false);
    expect(isCrash(code(1), { kind: 'launch', reason: 'restarted', countsAsRestart: true }, RULES)).toBe(false);
    expect(isCrash(code(0), { kind: 'judge', reason: 'its probe failed', unstable: false }, RULES)).toBe(true);
  });
});

const recordedOf = (instants: readonly number[]): number[] => {
  let loop: CrashLoop | null = null;
  return instants.filter((at) => {
    const next = nextInLoop(loop, at);
    loop = next.loop;
    return next.isRecorded;
  });
};

describe('a loop', () => {
  it('of a thousand is recorded a dozen times: the first three, then as their number doubles', () => {
    const instants = Array.from({ length: 1_000 }, (_, i) => i * 100);
    expect(recordedOf(instants).map((at) => at / 100 + 1)).toEqual([1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('that goes on for days is recorded now and then', () => {
    const minute = 60_000;
    const instants = Array.from({ length: 3 * 24 * 60 }, (_, i) => i * minute);
    const recorded = recordedOf(instants);
    expect(recorded.length).toBeLessThan(25);
    const gaps = recorded.slice(1).map((at, i) => at - (recorded[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * 60 * minute);
  });

  it('is over after a while: crashes far apart are all recorded', () => {
    const instants = Array.from({ length: 50 }, (_, i) => i * 301_000);
    expect(recordedOf(instants)).toEqual(instants);
  });
});

describe('a name', () => {
  it('sorts by time, and says whose record it is', () => {
    const name = crashName(Date.UTC(2026, 10, 25, 1, 2, 3, 45), 'shop/api-2', 12);
    expect(name).toBe('20261125T010203045Z-shop-api-2-12');
    expect(parseCrashName(name)).toEqual({ stamp: '20261125T010203045Z', app: 'shop-api-2', id: 12 });
    expect(parseCrashName('.new-20261125T010203045Z-api-0')).toBeNull();
    expect(parseCrashName('notes.txt')).toBeNull();
  });

  it('of any app can be a folder, and is read back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.integer({ min: 0, max: 4e12 }), (app, id, at) => {
        const name = crashName(at, app, id);
        expect(name).not.toMatch(/[/\0]/);
        expect(parseCrashName(name)?.id).toBe(id);
      }),
    );
  });
});

describe('which records go', () => {
  const record = (n: number, app: string, bytes = 10): KeptCrash => ({ folder: crashName(n * 1_000, app, 0), bytes });
  const NO_BOUNDS = { most: 1_000, bytes: Number.POSITIVE_INFINITY };

  it('those beyond what the app keeps, the oldest first, and none of other apps', () => {
    const kept = [record(5, 'api'), record(1, 'api'), record(3, 'web'), record(2, 'api'), { folder: 'x', bytes: 1 }];
    expect(outdatedCrashes(kept, { name: 'api', keep: 2 }, NO_BOUNDS)).toEqual([record(1, 'api').folder]);
  });

  it('any, until the home is within its bounds; the newest stays however large it is', () => {
    const kept = [record(1, 'web'), record(2, 'api'), record(3, 'api', 5_000)];
    const api = { name: 'api', keep: 20 };
    expect(outdatedCrashes(kept, api, { most: 2, bytes: 10_000 })).toEqual([record(1, 'web').folder]);
    expect(outdatedCrashes(kept, api, { most: 9, bytes: 5_015 })).toEqual([record(1, 'web').folder]);
    expect(outdatedCrashes(kept, api, { most: 9, bytes: 100 })).toEqual([
      record(1, 'web').folder,
      record(2, 'api').folder,
    ]);
  });
});
