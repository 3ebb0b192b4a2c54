/** Two million lines through many rotations with gzip: none lost, doubled or split. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readLastLines } from '../../../src/logs/tail.ts';
import { type BuiltThread, buildThread } from './build-thread.ts';
import { checkNumbered, numberedWriter } from './numbered-lines.ts';
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

const COUNT = 2_000_000;

test('two million lines through at least ten rotations with gzip', async () => {
  const channel = rig.channel(0, { rules: { maxSizeBytes: 4 * 1024 * 1024, keep: 100, compress: true } });
  const file = channel.file ?? '';
  await rig.pump.open([channel]);
  const writer = rig.node(numberedWriter(COUNT), channel.fifo);
  expect(await exited(writer)).toBe(0);
  await rig.pump.close(0, 1);
  // Readable at any moment, whatever the compressor is doing.
  expect(readLastLines(file, 200_000).lines[0]).toMatch(/^01800000 /);
  await until(() => rig.rotated(file).every((name) => name.endsWith('.gz')));
  expect(rig.rotated(file).length).toBeGreaterThanOrEqual(10);
  expect(checkNumbered(rig.readAll(file), COUNT)).toEqual({
    lines: COUNT,
    doubled: 0,
    lost: 0,
    broken: [],
    inOrder: true,
  });
  expect(await rig.pump.stats()).toEqual({ 0: { bytes: COUNT * 43, bytesLost: 0 } });
});
