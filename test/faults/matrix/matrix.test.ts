/**
 * The fault matrix: who is hit, by what, when. `npm run test:faults -- --help` has its options; here a random slice runs,
 * with a seed that is printed.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../helpers/random.ts';
import { allCells, type Cell, nameOf, whyExcluded } from './cells.ts';
import { type Result, runCell } from './run-cell.ts';
import { readResults, tableOf, writePage } from './table.ts';

const settings = {
  seed: Number(process.env.UPKEEP_MATRIX_SEED || Date.now() % 2 ** 31),
  budgetMs: Number(process.env.UPKEEP_MATRIX_BUDGET || 15) * 1000,
  only: (process.env.UPKEEP_MATRIX_ONLY || '*/*/*').split(','),
  all: process.env.UPKEEP_MATRIX_ALL === '1',
  results: process.env.UPKEEP_MATRIX_RESULTS || null,
  write: process.env.UPKEEP_MATRIX_WRITE === '1',
};
const CELL_LIMIT_MS = 150_000;

function isAsked(cell: Cell): boolean {
  const words = [cell.victim, cell.fault, cell.moment];
  return settings.only.some((pattern) =>
    pattern.split('/').every((part, i) => part === '' || part === '*' || part === words[i]),
  );
}

/** In an order of the seed's. */
function shuffled(cells: readonly Cell[]): Cell[] {
  const numbers = random(settings.seed);
  return cells
    .map((cell) => ({ cell, at: numbers.next().value }))
    .sort((a, b) => a.at - b.at)
    .map(({ cell }) => cell);
}

const cells = shuffled(allCells().filter((cell) => whyExcluded(cell) === null && isAsked(cell)));
const startedAt = performance.now();
const results: Result[] = [];

afterAll(() => {
  const earlier = settings.results === null ? [] : readResults(settings.results);
  console.log(`seed ${settings.seed}: ${results.length} of ${cells.length} cells\n${tableOf(results)}`);
  if (settings.write) writePage(settings.results === null ? results : earlier);
});

describe('the fault matrix', () => {
  it('names a reason for every cell that it leaves out', () => {
    const reasons = allCells().flatMap((cell) => whyExcluded(cell) ?? []);
    expect(reasons.filter((reason) => reason.length < 10)).toEqual([]);
    expect(cells.length).toBeGreaterThan(0);
  });

  // One test, two cells at a time: how many there are is a matter of time, which runs while they do.
  it('nothing is lost beyond the bounds, and everything is up again, whoever is hit by what', {
    timeout: settings.all ? cells.length * CELL_LIMIT_MS : settings.budgetMs + CELL_LIMIT_MS,
  }, async () => {
    const queue = cells.map((cell, i) => ({ cell, seed: settings.seed + i }));
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const numbers = random(next.seed);
        const result = await runCell(next.cell, next.seed, () => numbers.next().value);
        results.push(result);
        console.log(JSON.stringify(result));
        if (settings.results !== null) appendFileSync(settings.results, `${JSON.stringify(result)}\n`);
        if (!settings.all && performance.now() - startedAt > settings.budgetMs) return;
      }
    };
    await Promise.all([worker(), worker()]);
    const broken = results.filter((result) => result.broken.length > 0);
    expect(broken.map((result) => `${nameOf(result)}: ${result.broken.join('\n')}`)).toEqual([]);
  });
});
