/** What the scoreboard must not hide: misses, cases that ended early, contenders that were not there, and growth of costs. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const BENCH = join(import.meta.dirname, '../../../bench');
// Scripts without types: they run as they are.
const { missed, table } = await import(join(BENCH, 'tables.mjs'));
const { charts } = await import(join(BENCH, 'charts.mjs'));
const { differences, grown } = await import(join(BENCH, 'instruction-table.mjs'));

describe('a case', () => {
  const rows = [
    { what: 'fast', upkeep: 1, bare: 2, figure: 0.5, target: '≤ 1 ×', met: true },
    { what: 'slow', upkeep: 3, bare: 2, figure: 1.5, target: '≤ 1 ×', met: false },
  ];

  it('that ended early keeps its rows and says so, in its place and at the top', () => {
    const found = { rows, failure: 'not done after 9 s' };
    expect(table(found)).toContain('| slow | 3 | 2 | 1.5 |');
    expect(table(found)).toContain('not done after 9 s');
    expect(missed({ one: found })).toEqual([
      '- slow: 1.5, target ≤ 1 ×',
      '- the case `one` ended early: not done after 9 s',
    ]);
  });

  it('says which contender was not there, and why', () => {
    const there = rows.map((row) => ({ ...row, supervisord: 'absent' }));
    const text = table({ rows: there, absent: [{ name: 'supervisord', why: 'not installed' }], failure: null });
    expect(text).toContain('| absent |');
    expect(text).toContain('supervisord: not installed.');
  });
});

describe('the curves', () => {
  it('leave out a contender of whom a point is missing', () => {
    const point = (name: string, count: number) => ({ name, count, listMs: 1, daemonMb: 1, idleCpu: 1, startMs: 1 });
    const text = charts([point('upkeep', 10), point('upkeep', 100), point('pm2', 10)]);
    expect(text).toContain('green: upkeep');
    expect(text).not.toContain('pm2');
  });
});

describe('counts of instructions', () => {
  const kept = { version: '1.0.0', node: '20', valgrind: '3', counts: { start: { count: 1_000_000, spread: 0 } } };
  const now = (count: number, node = '20') => ({ ...kept, node, counts: { start: { count, spread: 0.01 } } });

  it('tell by how much they grew beside the last release, and what is too much', () => {
    expect(grown(now(1_020_000), kept)).toEqual([]);
    expect(grown(now(1_040_000), kept)).toEqual(['start']);
    expect(differences(now(1_040_000), kept)).toContain('+4.00 %');
  });

  it('of another Node are not compared', () => {
    expect(grown(now(2_000_000, '22'), kept)).toEqual([]);
    expect(differences(now(2_000_000, '22'), kept)).toContain('Not comparable');
  });
});
