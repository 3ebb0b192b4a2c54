import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterResult,
  type CheckResult,
  describeCheck,
  onOneLine,
  UNPROBED,
  waitBefore,
} from '../../../src/core/probe.ts';
import type { ProbeRules } from '../../../src/core/terms.ts';

const rules: ProbeRules = {
  check: { kind: 'tcp', host: null, port: 3000 },
  intervalMs: 10_000,
  timeoutMs: 1_000,
  failureThreshold: 3,
  successThreshold: 2,
  startPeriodMs: 5_000,
};
const pass: CheckResult = { ok: true };
const fail: CheckResult = { ok: false, why: 'refused' };
const verdicts = (results: readonly CheckResult[], over: Partial<ProbeRules> = {}, lifeMs = 60_000): string[] => {
  let state = UNPROBED;
  return results.map((result) => {
    state = afterResult(state, { ...rules, ...over }, result, lifeMs);
    return state.verdict;
  });
};

describe('thresholds', () => {
  it('it takes so many in a row, each way', () => {
    expect(verdicts([pass, fail, pass, pass])).toEqual(['unknown', 'unknown', 'unknown', 'passing']);
    expect(verdicts([pass, pass, fail, fail, pass, fail, fail, fail, pass, pass])).toEqual(
      'unknown passing passing passing passing passing passing failing failing passing'.split(' '),
    );
  });

  it('never changes without the threshold, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (flags) => {
        const seen = verdicts(flags.map((flag) => (flag ? pass : fail)));
        seen.forEach((verdict, i) => {
          if (verdict === (seen[i - 1] ?? 'unknown')) return;
          const count = verdict === 'passing' ? 2 : 3;
          expect(flags.slice(i + 1 - count, i + 1)).toEqual(Array(count).fill(verdict === 'passing'));
        });
      }),
    );
  });
});

describe('the start period', () => {
  it('failures of a young process do not count', () => {
    expect(verdicts([fail, fail, fail, fail], {}, 4_999)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    expect(verdicts([fail, fail, fail, fail], {}, 5_000).at(-1)).toBe('failing');
  });

  it('ends with the first pass', () => {
    expect(verdicts([pass, fail, fail, fail], {}, 100).at(-1)).toBe('failing');
  });
});

describe('waits', () => {
  it('while somebody waits for the first pass it looks often, then ever less, and never less than asked', () => {
    let previous = 0;
    const waits = Array.from({ length: 16 }, () => {
      previous = waitBefore(rules, UNPROBED, true, previous);
      return previous;
    });
    expect(waits.slice(0, 3)).toEqual([50, 75, 113]);
    expect(waits.at(-1)).toBe(10_000);
    expect(waitBefore({ ...rules, intervalMs: 20 }, UNPROBED, true, 0)).toBe(20);
  });

  it('else the interval', () => {
    expect(waitBefore(rules, UNPROBED, false, 0)).toBe(10_000);
    expect(waitBefore(rules, { ...UNPROBED, verdict: 'passing' }, true, 50)).toBe(10_000);
  });
});

it("keeps a program's own words on one line", () => {
  expect(onOneLine('\u001b[31mred\u001b[0m\r\n two ')).toBe('[31mred [0m  two');
});

it('says what is looked at', () => {
  const http = { kind: 'http', secure: false, host: null, port: null, path: '/health', status: null } as const;
  expect(describeCheck(http)).toBe('http /health');
  expect(describeCheck({ ...http, secure: true, host: 'a', port: 8 })).toBe('https://a:8/health');
  expect(describeCheck({ kind: 'exec', command: ['/bin/sh', '-c', 'true'] })).toBe('exec /bin/sh -c true');
});
