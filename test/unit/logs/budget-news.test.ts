/** What the disk budget tells: not at every file, and both ends of being too full. */
import { expect, it } from 'vitest';
import type { RotatedFile } from '../../../src/core/rotation.ts';
import { BudgetNews } from '../../../src/logs/budget-news.ts';
import type { Note } from '../../../src/logs/pump-messages.ts';

const MEBIBYTE = 1024 * 1024;

function newsOf(budgetBytes: number): { news: BudgetNews; notes: Note[]; clock: { now: number } } {
  const notes: Note[] = [];
  const clock = { now: 0 };
  return {
    news: new BudgetNews(
      budgetBytes,
      () => clock.now,
      (note) => notes.push(note),
    ),
    notes,
    clock,
  };
}
const files = (count: number): readonly RotatedFile[] =>
  Array.from({ length: count }, () => ({ bytes: MEBIBYTE }) as RotatedFile);

it('tells of deleted files at once, then once an hour with all that were deleted meanwhile', () => {
  const { news, notes, clock } = newsOf(10 * MEBIBYTE);
  news.enforced(files(1), 0);
  news.enforced(files(2), 0);
  clock.now = 3_599_999;
  news.enforced(files(3), 0);
  clock.now = 3_600_000;
  news.enforced([], 0);
  expect(notes.map(({ kind, details }) => [kind, details?.files, details?.bytes])).toEqual([
    ['disk-budget', 1, MEBIBYTE],
    ['disk-budget', 5, 5 * MEBIBYTE],
  ]);
});

it('tells when the budget cannot be held, and when it is held again, each once', () => {
  const { news, notes } = newsOf(10 * MEBIBYTE);
  for (const used of [5, 11, 12, 10, 9, 11]) news.enforced([], used * MEBIBYTE);
  expect(notes.map(({ kind }) => kind)).toEqual(['disk-budget-exceeded', 'disk-budget-held', 'disk-budget-exceeded']);
});

it('without a budget there is nothing to tell', () => {
  const { news, notes } = newsOf(0);
  news.enforced(files(1), Number.MAX_SAFE_INTEGER);
  expect(notes).toEqual([]);
});
