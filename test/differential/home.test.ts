/** Upkeep in the home of a PM2 that is alive: the two do not touch each other. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Side } from './side.ts';

let pm2: Side;
let upkeep: Side;

beforeAll(() => {
  pm2 = new Side('pm2');
  upkeep = new Side('upkeep', pm2.home);
  for (const side of [pm2, upkeep]) side.newCase();
});

afterAll(async () => {
  await upkeep.dispose();
  await pm2.dispose();
});

test("with PM2 alive in it, PM2_HOME serves both: each has its own list, and ours says whose the other's is", async () => {
  await pm2.must('start', 'stay.js', '--name', 'theirs');
  const { pid } = await pm2.one();
  const before = readdirSync(pm2.home).sort();
  const empty = await upkeep.run('list');
  expect(empty.code).toBe(0);
  expect(empty.stderr).toContain("PM2's own daemon");

  await upkeep.must('start', 'stay.js', '--name', 'ours');
  expect((await upkeep.list()).map(({ name }) => name)).toEqual(['ours']);
  expect((await pm2.list()).map(({ name }) => name)).toEqual(['theirs']);

  await upkeep.must('kill');
  expect((await pm2.one()).pid).toBe(pid);
  const after = readdirSync(pm2.home);
  expect(before.filter((name) => !after.includes(name))).toEqual([]);
});
