/** TypeScript programs that compile against the types of a published PM2 compile against ours. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { compile, PROGRAMS } from '../helpers/typed-programs.ts';

const ROOT = join(import.meta.dirname, '../..');
let theirs = '';
let ours = '';

beforeAll(async () => {
  theirs = await compile(PROGRAMS, join(ROOT, '.reference/node_modules/pm2'));
  ours = await compile(PROGRAMS, join(ROOT, 'dist/pm2'));
});

const complaintsOf = (output: string, file: string): string[] =>
  output.split('\n').filter((line) => line.startsWith(`${file}(`));

test.each(Object.keys(PROGRAMS))('%s compiles against both', (file) => {
  expect(complaintsOf(theirs, file), "the program itself is wrong: PM2's own types refuse it").toEqual([]);
  expect(complaintsOf(ours, file)).toEqual([]);
});

test('the compiler has nothing else to complain about', () => {
  expect(theirs).toBe('');
  expect(ours).toBe('');
});
