import { describe, expect, it } from 'vitest';
import { dueAtOf, type Heartbeat, newHeartbeat, onAnswer, onDue, onLost } from '../../../src/core/heartbeat.ts';

const LIMIT = 5_000;
const NOW = 1_000_003;
const asked = (): Heartbeat => onDue(newHeartbeat(NOW, LIMIT), LIMIT, 1_010_000).heartbeat;

describe('questions', () => {
  it('of all processes fall together', () => {
    expect(dueAtOf(newHeartbeat(NOW, LIMIT))).toBe(1_010_000);
    expect(dueAtOf(newHeartbeat(NOW + 4_000, LIMIT))).toBe(1_010_000);
    expect(dueAtOf(newHeartbeat(NOW, 500))).toBe(1_001_000);
  });

  it('are asked when they are due, and not before', () => {
    const heartbeat = newHeartbeat(NOW, LIMIT);
    expect(onDue(heartbeat, LIMIT, 1_009_999).act).toBeNull();
    expect(onDue(heartbeat, LIMIT, 1_010_000)).toMatchObject({ act: 'ask', heartbeat: { asked: 1 } });
  });
});

describe('answers', () => {
  it('in time say nothing', () => {
    const { heartbeat, silentMs } = onAnswer(asked(), 1, LIMIT, 1_010_020);
    expect({ silentMs, dueAt: dueAtOf(heartbeat) }).toEqual({ silentMs: null, dueAt: 1_020_000 });
  });

  it('to an older question do not count', () => {
    const heartbeat = asked();
    expect(onAnswer(heartbeat, 0, LIMIT, 1_010_020).heartbeat).toBe(heartbeat);
  });

  it('that do not come are reported once, and what comes late says how late', () => {
    expect(onDue(asked(), LIMIT, 1_014_999).act).toBeNull();
    const reported = onDue(asked(), LIMIT, 1_015_000);
    expect(reported.act).toBe('report');
    expect(dueAtOf(reported.heartbeat)).toBeNull();
    expect(onDue(reported.heartbeat, LIMIT, 2_000_000).act).toBeNull();
    expect(onAnswer(reported.heartbeat, 1, LIMIT, 1_017_000).silentMs).toBe(7_000);
  });

  it('to a question that got lost are not waited for', () => {
    expect(dueAtOf(onLost(asked(), LIMIT, 1_011_000))).toBe(1_020_000);
  });
});

it('a program that blocks by design is reported ever less often', () => {
  let heartbeat = newHeartbeat(0, LIMIT);
  const reports: number[] = [];
  for (let now = 0; now < 4 * 3_600_000; now = dueAtOf(heartbeat) ?? now + 1) {
    const { act, heartbeat: next } = onDue(heartbeat, LIMIT, now);
    heartbeat = next;
    if (act !== 'report') continue;
    reports.push(now);
    heartbeat = onAnswer(heartbeat, heartbeat.asked, LIMIT, now + 1).heartbeat;
  }
  const gaps = reports.slice(1).map((at, i) => at - (reports[i] ?? 0));
  expect(gaps[0]).toBeGreaterThanOrEqual(60_000);
  for (const [i, gap] of gaps.slice(1).entries())
    expect(gap).toBeGreaterThanOrEqual(Math.min(3_600_000, 2 * (gaps[i] ?? 0) - 20_000));
  expect(reports.length).toBeLessThan(12);
});
