import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRASH_WINDOW_MS, type CrashHistory, judge, NO_HISTORY } from '../../../src/core/restart-policy.ts';
import type { Exit, RestartRules } from '../../../src/core/terms.ts';
import { rules as machineRules } from './samples.ts';

const rules = machineRules.restart;
const crash: Exit = { kind: 'code', code: 1 };

/** Lets an app end again and again. @returns how many lives there were before it was given up; `most` if it never was */
function livesUntilGivenUp(rulesOf: RestartRules, lifeMs: number, most = 1_000): number {
  let history: CrashHistory = NO_HISTORY;
  let now = 0;
  for (let lives = 1; lives <= most; lives++) {
    now += lifeMs;
    const judgement = judge(rulesOf, history, crash, lifeMs, now, 0);
    if (judgement.verdict.kind === 'give-up') return lives;
    if (judgement.verdict.kind === 'restart') now += judgement.verdict.delayMs;
    history = judgement.history;
  }
  return most;
}

describe('giving up', () => {
  it('counts lives shorter than min_uptime', () => {
    expect(livesUntilGivenUp(rules, 5)).toBe(16);
    expect(livesUntilGivenUp({ ...rules, maxRestarts: 3 }, 5)).toBe(3);
  });

  it('counts ends within 60 s, so that a machine too slow for min_uptime is no way out', () => {
    expect(livesUntilGivenUp(rules, 3_000)).toBe(16);
  });

  it('leaves alone what ends rarely, however often', () => {
    expect(livesUntilGivenUp(rules, CRASH_WINDOW_MS / 10)).toBe(1_000);
  });

  it('never happens without a limit', () => {
    expect(livesUntilGivenUp({ ...rules, maxRestarts: null }, 5)).toBe(1_000);
  });

  it('says why, loudly', () => {
    let history = NO_HISTORY;
    for (let i = 0; i < 15; i++) history = judge(rules, history, crash, 10, i, 0).history;
    const { verdict } = judge(rules, history, crash, 10, 16, 0);
    expect(verdict.kind).toBe('give-up');
    expect(verdict.reason).toMatch(/exit code 1.*1000 ms.*16/);
  });
});

describe('staying down', () => {
  it('without autorestart, and on a code of stop_exit_codes', () => {
    expect(judge({ ...rules, autorestart: false }, NO_HISTORY, crash, 5_000, 0, 0).verdict.kind).toBe('stay-down');
    expect(
      judge({ ...rules, stopExitCodes: [0, 42] }, NO_HISTORY, { kind: 'code', code: 42 }, 5_000, 0, 0).verdict.kind,
    ).toBe('stay-down');
  });

  it('not when a signal ended it: the OOM killer is no clean end', () => {
    const killed: Exit = { kind: 'signal', signal: 'SIGKILL', number: 9 };
    expect(judge({ ...rules, stopExitCodes: [0, 137] }, NO_HISTORY, killed, 5_000, 0, 0).verdict.kind).toBe('restart');
  });
});

describe('delays', () => {
  const delays = (rulesOf: RestartRules, count: number, lifeMs = 10): number[] => {
    let history = NO_HISTORY;
    return Array.from({ length: count }, (_, i) => {
      const { verdict, history: next } = judge(rulesOf, history, crash, lifeMs, i * 100_000, 0);
      history = next;
      return verdict.kind === 'restart' ? verdict.delayMs : -1;
    });
  };
  const backoff: RestartRules = { ...rules, maxRestarts: null, backoffInitialMs: 100 };

  it('none by default, a fixed one if set', () => {
    expect(delays({ ...rules, maxRestarts: null }, 3)).toEqual([0, 0, 0]);
    expect(delays({ ...rules, maxRestarts: null, restartDelayMs: 5_000 }, 2)).toEqual([5_000, 5_000]);
  });

  it('grow by half up to the cap, and win over the fixed one', () => {
    expect(delays({ ...backoff, restartDelayMs: 9 }, 5)).toEqual([100, 150, 225, 337, 505]);
    expect(delays({ ...backoff, backoffMaxMs: 200 }, 4)).toEqual([100, 150, 200, 200]);
  });

  it('begin anew after a long life', () => {
    const { history } = judge(backoff, { unstable: 0, recentEndsAt: [], previousDelayMs: 5_000 }, crash, 30_000, 0, 0);
    expect(history.previousDelayMs).toBe(100);
  });

  it('have jitter, never below the base and never above the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (previousDelayMs, random) => {
          const { verdict, history } = judge(
            backoff,
            { unstable: 0, recentEndsAt: [], previousDelayMs },
            crash,
            10,
            0,
            random,
          );
          if (verdict.kind !== 'restart') throw new Error('expected a restart');
          expect(verdict.delayMs).toBeGreaterThanOrEqual(history.previousDelayMs);
          expect(verdict.delayMs).toBeLessThanOrEqual(backoff.backoffMaxMs);
        },
      ),
    );
  });
});

describe('ended because it did not work', () => {
  const asked: Exit = { kind: 'code', code: 0 };
  const cause = { reason: 'its liveness probe failed', unstable: true };

  it('counts as unstable if it never worked, however long it lived, and its delays grow', () => {
    const backoff = { ...rules, backoffInitialMs: 100 };
    const first = judge(backoff, NO_HISTORY, asked, 60_000, 60_000, 0, cause);
    const second = judge(backoff, first.history, asked, 60_000, 120_100, 0, cause);
    expect(second.history.unstable).toBe(2);
    expect([first, second].map(({ verdict }) => verdict)).toMatchObject([{ delayMs: 100 }, { delayMs: 150 }]);
    const worked = judge(backoff, first.history, asked, 60_000, 120_100, 0, { ...cause, unstable: false });
    expect(worked.history.unstable).toBe(0);
  });

  it('is no end of its own: stop_exit_codes do not hold it down, autorestart does', () => {
    const stopping = { ...rules, stopExitCodes: [0] };
    expect(judge(stopping, NO_HISTORY, asked, 60_000, 0, 0).verdict.kind).toBe('stay-down');
    expect(judge(stopping, NO_HISTORY, asked, 60_000, 0, 0, cause).verdict).toMatchObject({
      kind: 'restart',
      reason: 'its liveness probe failed; exit code 0 after 60 s; restarted at once',
    });
    expect(judge({ ...rules, autorestart: false }, NO_HISTORY, asked, 60_000, 0, 0, cause).verdict.kind).toBe(
      'stay-down',
    );
  });
});
