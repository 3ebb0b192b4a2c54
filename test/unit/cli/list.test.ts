import { describe, expect, it } from 'vitest';
import { type ListOptions, renderList, renderMiniList, sortInstances } from '../../../src/cli/render/list.ts';
import { textWidth } from '../../../src/cli/render/table.ts';
import { NOW, sample } from './samples.ts';

const OPTIONS: ListOptions = { now: NOW, columns: null, hasColor: false, sort: null };

const cellsOf = (line: string): string[] =>
  line
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());

const table = (text: string): { head: string[]; rows: string[][] } => {
  const lines = text.split('\n').filter((line) => line.startsWith('│'));
  return { head: cellsOf(lines[0] ?? ''), rows: lines.slice(1).map(cellsOf) };
};

describe('the table', () => {
  it('shows all columns in a pipe', () => {
    const { head, rows } = table(renderList([sample()], OPTIONS));
    const titles = 'id name namespace version mode pid uptime ↺ status cpu mem user watching'.split(' ');
    expect(head).toEqual(titles);
    const row = [
      '0',
      'api',
      'default',
      '1.2.3',
      'fork',
      '4321',
      '90s',
      '0',
      'online',
      '1.2%',
      '32.5mb',
      'deploy',
      'disabled',
    ];
    expect(rows).toEqual([row]);
  });

  it("shows that an instance is not ready beside PM2's word, in a column that is wide enough", () => {
    const { rows } = table(renderList([sample({ readiness: 'unready' }), sample({ id: 1 })], OPTIONS));
    expect(rows.map((row) => row[8])).toEqual(['online (unready)', 'online']);
  });

  it.each([
    [200, 13],
    [80, 7],
    [60, 5],
  ])('fits a terminal of %i columns with %i columns of its own', (columns, count) => {
    const text = renderList([sample(), sample({ id: 1, name: 'a-name-that-is-much-longer-than-any-column' })], {
      ...OPTIONS,
      columns,
    });
    expect(table(text).head).toHaveLength(count);
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('shows nothing but the word in the status column, and shows it whole', () => {
    const { head, rows } = table(renderList([sample({ status: 'waiting restart' })], OPTIONS));
    expect(rows[0]?.[head.indexOf('status')]).toBe('waiting restart');
  });

  it('shows no uptime and no pid of what does not run', () => {
    const { head, rows } = table(renderList([sample({ status: 'stopped', pid: 0 })], OPTIONS));
    expect(rows[0]?.[head.indexOf('uptime')]).toBe('0');
    expect(rows[0]?.[head.indexOf('pid')]).toBe('N/A');
  });

  it('never lets a name speak to the terminal', () => {
    const text = renderList([sample({ name: 'x\u001b[2Jy\nz\u202e', username: '\u0007' })], {
      ...OPTIONS,
      columns: 200,
    });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    expect(text.split('\n')).toHaveLength(5);
  });

  it('keeps its borders straight with wide characters', () => {
    const text = renderList([sample({ name: '服务-🚀' }), sample({ id: 1 })], OPTIONS);
    expect(new Set(text.split('\n').map(textWidth)).size).toBe(1);
  });

  it('is a head without rows when there is nothing', () => {
    expect(table(renderList([], OPTIONS)).rows).toEqual([]);
  });
});

describe('the order', () => {
  const views = [
    sample({ id: 0, name: 'b', memoryBytes: 3, startedAt: NOW - 1000 }),
    sample({ id: 1, name: 'a', memoryBytes: 1, startedAt: NOW - 3000 }),
    sample({ id: 2, name: 'a', memoryBytes: 2, status: 'stopped' }),
  ];
  it.each([
    [null, [1, 2, 0]],
    ['name:desc', [0, 1, 2]],
    ['id:desc', [2, 1, 0]],
    ['memory', [1, 2, 0]],
    ['uptime:desc', [2, 0, 1].reverse()],
    ['nonsense', [1, 2, 0]],
  ])('by %s', (sort, ids) => {
    const sorted = sortInstances(views, sort).map((view) => view.id);
    // What does not run has no uptime; where it stands in that order is of no matter.
    const without = (list: readonly number[]): number[] =>
      sort?.startsWith('uptime') ? list.filter((id) => id !== 2) : [...list];
    expect(without(sorted)).toEqual(without(ids));
  });
});

describe('the blocks of -m', () => {
  it('have one label and value a line', () => {
    const lines = renderMiniList([sample()], OPTIONS).split('\n');
    expect(lines[0]).toBe('+--- api');
    expect(lines).toContain('status : online');
    expect(lines).toContain('PID file : /home/pids/api-0.pid');
    expect(lines.at(-1)).toBe('');
  });
});
