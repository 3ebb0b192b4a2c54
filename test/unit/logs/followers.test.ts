/** Followers see whole lines in order, and are told what they were too slow for. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LogBatch } from '../../../src/protocol/control.ts';
import { type BuiltThread, buildThread } from './build-thread.ts';
import { numberedWriter } from './numbered-lines.ts';
import { exited, PumpRig, until } from './pump-rig.ts';

let thread: BuiltThread;
let rig: PumpRig;

beforeAll(async () => {
  thread = await buildThread();
});
afterAll(() => thread.dispose());
beforeEach(() => {
  rig = new PumpRig(thread);
});
afterEach(() => rig.dispose());

const BOTH = ['out', 'err'] as const;
const textsOf = (batches: readonly LogBatch[]): string[] =>
  batches.flatMap(({ lines }) => lines.map(({ text }) => text));

test('a fast follower gets every line, and the position of each batch', async () => {
  const channel = rig.channel(0);
  await rig.pump.open([channel]);
  await rig.write(channel.fifo, 'before\nhalf');
  await rig.pump.settle(0, 1);
  const batches: LogBatch[] = [];
  const following = await rig.pump.follow({ ids: [0], streams: BOTH }, (batch) => {
    batches.push(batch);
    return true;
  });
  const head = { bytes: 11, hash: expect.any(String) };
  expect(following.positions).toEqual([{ path: channel.file, inode: expect.any(Number), offset: 11, head }]);
  await rig.write(channel.fifo, ' a line\r\n\nlast');
  await rig.pump.close(0, 1);
  await until(() => textsOf(batches).length === 3);
  expect(textsOf(batches)).toEqual(['half a line', '', 'last']);
  expect(batches[0]?.lines[0]).toMatchObject({ id: 0, name: 'app0', namespace: 'default', stream: 'out' });
  const { length } = readFileSync(channel.file ?? '');
  expect(batches.at(-1)?.positions).toEqual([
    { ...following.positions[0], offset: length, head: { bytes: length, hash: expect.any(String) } },
  ]);
});

test('filters by instance and stream, follows new instances, and can change its mind', async () => {
  const [a, b, bErr] = [rig.channel(0), rig.channel(1), rig.channel(1, { stream: 'err' })];
  await rig.pump.open([a]);
  const batches: LogBatch[] = [];
  const following = await rig.pump.follow({ ids: [1], streams: ['out'] }, (batch) => {
    batches.push(batch);
    return true;
  });
  await rig.pump.open([b, bErr]);
  for (const { fifo } of [a, b, bErr]) await rig.write(fifo, `${fifo.split('/').slice(-3).join('/')}\n`);
  await until(() => textsOf(batches).length === 1);
  following.update(null);
  await rig.pump.settle(0, 1);
  await rig.write(a.fifo, 'all now\n');
  await until(() => textsOf(batches).length === 2);
  expect(textsOf(batches)).toEqual(['1/1/out', 'all now']);
  following.close();
  await rig.write(a.fifo, 'nobody hears\n');
  await rig.pump.settle(0, 1);
  expect(textsOf(batches)).toHaveLength(2);
});

test('one that stops reading is told how many lines it missed', async () => {
  const count = 200_000;
  const channel = rig.channel(0, { file: null });
  await rig.pump.open([channel]);
  const batches: LogBatch[] = [];
  let isFull = true;
  const following = await rig.pump.follow({ ids: null, streams: BOTH }, (batch) => {
    batches.push(batch);
    return !isFull;
  });
  expect(await exited(rig.node(numberedWriter(count), channel.fifo))).toBe(0);
  await rig.pump.settle(0, 1);
  await until(() => batches.length === 1);
  isFull = false;
  following.drained();
  await until(() =>
    textsOf(batches)
      .at(-1)
      ?.startsWith(String(count - 1).padStart(8, '0')),
  );
  const missed = batches.reduce((sum, batch) => sum + batch.missed, 0);
  expect(missed).toBeGreaterThan(0);
  expect(textsOf(batches).length + missed).toBe(count);
  // What is missing is one gap, just where it is told.
  const gap = batches.findIndex((batch) => batch.missed > 0);
  expect(gap).toBe(1);
  const [before, after] = [batches[0]?.lines.at(-1)?.text, batches[1]?.lines[0]?.text];
  expect(Number(after?.slice(0, 8)) - Number(before?.slice(0, 8)) - 1).toBe(missed);
});

test('a slow one costs the program and other followers nothing', async () => {
  const count = 50_000;
  const channel = rig.channel(0);
  await rig.pump.open([channel]);
  await rig.pump.follow({ ids: null, streams: BOTH }, () => false);
  let seen = 0;
  await rig.pump.follow({ ids: null, streams: BOTH }, ({ lines, missed }) => {
    seen += lines.length + missed;
    return true;
  });
  expect(await exited(rig.node(numberedWriter(count), channel.fifo))).toBe(0);
  await rig.pump.settle(0, 1);
  await until(() => seen === count);
  expect(rig.read(channel.file ?? '').length).toBe(count * 43);
});

test('tail: last lines of both streams in order, across lives, until forgotten', async () => {
  const [out, err] = [rig.channel(0), rig.channel(0, { stream: 'err' })];
  await rig.pump.open([out, err]);
  await rig.write(out.fifo, 'one\ntwo');
  await until(async () => (await rig.pump.tail(0, 5)).length === 2);
  await rig.write(err.fifo, 'error\n');
  await rig.pump.close(0, 1);
  const next = rig.channel(0, { incarnation: 2 });
  await rig.pump.open([next]);
  await rig.write(next.fifo, 'three\n');
  await rig.pump.settle(0, 2);
  const texts = async (lines: number, stream?: 'out' | 'err'): Promise<string[]> =>
    (await rig.pump.tail(0, lines, stream)).map(({ text }) => text);
  expect(await texts(10, 'out')).toEqual(['one', 'two', 'three']);
  expect(await texts(10, 'err')).toEqual(['error']);
  expect((await texts(10)).sort()).toEqual(['error', 'one', 'three', 'two']);
  expect(await texts(1)).toEqual(['three']);
  await rig.pump.forget(0);
  expect(await texts(10)).toEqual([]);
});

test('tail: never more than it keeps, and only whole lines', async () => {
  const channel = rig.channel(0);
  await rig.pump.open([channel]);
  await exited(rig.node(numberedWriter(10_000), channel.fifo));
  await rig.pump.settle(0, 1);
  const lines = await rig.pump.tail(0, 1000);
  expect(lines).toHaveLength(50);
  expect(lines.map(({ text }) => Number(text.slice(0, 8)))).toEqual(Array.from({ length: 50 }, (_, n) => 9950 + n));
});
