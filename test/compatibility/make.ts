/** Short ways to write rows whose tests stand in one file. Without them a page of rows is mostly braces. */
import type { Row } from './row.ts';

export interface RowMaker {
  same(row: string, test: string): Row;
  better(row: string, how: string, test: string): Row;
  different(row: string, how: string, test: string): Row;
}

/** @param file of the tests, e.g. `test/differential/cli-start.test.ts` */
export const rowsOf = (file: string): RowMaker => ({
  same: (row, test) => ({ row, verdict: 'same', test: `${file} · ${test}` }),
  better: (row, how, test) => ({ row, verdict: 'better', how, test: `${file} · ${test}` }),
  different: (row, how, test) => ({ row, verdict: 'different', how, test: `${file} · ${test}` }),
});
