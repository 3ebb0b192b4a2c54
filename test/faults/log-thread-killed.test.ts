/** The pump's thread dies of exceptions under load: a new one takes over, and no line is lost. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltThread, buildThread } from '../unit/logs/build-thread.ts';
import { checkNumbered, numberedWriter } from '../unit/logs/numbered-lines.ts';
import { exited, PumpRig, until } from '../unit/logs/pump-rig.ts';

let thread: BuiltThread;
let rig: PumpRig;

beforeAll(async () => {
  thread = await buildThread();
});
afterAll(() => thread.dispose());
afterEach(async () => {
  delete process.env.UPKEEP_FAILPOINT;
  await rig.dispose();
});

const COUNT = 300_000;

describe.each([
  ['one program in a file', false, 'raw'],
  ['two programs in a file', true, 'raw'],
  ['JSON', false, 'json'],
] as const)('%s', (_, merged, format) => {
  test('an exception between read and write loses nothing', async () => {
    process.env.UPKEEP_FAILPOINT = 'pump.crash:200';
    rig = new PumpRig(thread);
    const shared = `${rig.logs}/shared.log`;
    const channels = [0, 1].map((id) =>
      rig.channel(id, {
        file: merged ? shared : `${rig.logs}/${id}.log`,
        rules: { maxSizeBytes: 1_000_000, keep: 1000, format },
      }),
    );
    await rig.pump.open(channels);
    const writers = channels.map(({ fifo }) => rig.node(numberedWriter(COUNT), fifo));
    for (const writer of writers) expect(await exited(writer)).toBe(0);
    await rig.pump.close(0, 1);
    await rig.pump.close(1, 1);
    expect(rig.notes.filter(({ kind }) => kind === 'thread-restarted').length).toBeGreaterThan(1);
    const clean = { lines: COUNT, doubled: 0, lost: 0, broken: [], inOrder: true };
    if (merged) {
      const verdict = checkNumbered(rig.readAll(shared), COUNT);
      expect({ ...verdict, inOrder: true }).toEqual({ ...clean, lines: 2 * COUNT, doubled: COUNT });
      return;
    }
    for (const { file } of channels) {
      const bytes = rig.readAll(file ?? '');
      const raw =
        format === 'raw'
          ? bytes
          : Buffer.from(
              bytes
                .toString()
                .trimEnd()
                .split('\n')
                .map((line) => `${JSON.parse(line).message}\n`)
                .join(''),
            );
      expect(checkNumbered(raw, COUNT)).toEqual(clean);
    }
    expect(await rig.pump.stats()).toMatchObject({ 0: { bytesLost: 0 }, 1: { bytesLost: 0 } });
  });
});

test('tails, figures and followers outlive the thread', async () => {
  process.env.UPKEEP_FAILPOINT = 'pump.crash:3';
  rig = new PumpRig(thread);
  const channel = rig.channel(0);
  await rig.pump.open([channel]);
  const seen: string[] = [];
  const following = await rig.pump.follow({ ids: null, streams: ['out', 'err'] }, ({ lines }) => {
    seen.push(...lines.map(({ text }) => text));
    return true;
  });
  for (let n = 0; n < 5; n++) {
    await rig.write(channel.fifo, `line ${n}\n`);
    await until(() => rig.read(channel.file ?? '').includes(`line ${n}\n`));
  }
  await until(() => seen.includes('line 4'));
  expect(new Set(rig.notes.map(({ kind }) => kind))).toEqual(new Set(['thread-restarted']));
  expect((await rig.pump.tail(0, 10)).map(({ text }) => text)).toEqual([0, 1, 2, 3, 4].map((n) => `line ${n}`));
  expect(await rig.pump.stats()).toEqual({ 0: { bytes: 35, bytesLost: 0 } });
  expect(seen).toEqual([0, 1, 2, 3, 4].map((n) => `line ${n}`));
  following.close();
});

test('a program that ended while no thread was there is told as ended', async () => {
  process.env.UPKEEP_FAILPOINT = 'pump.crash';
  rig = new PumpRig(thread);
  const channel = rig.channel(0);
  await rig.pump.open([channel]);
  delete process.env.UPKEEP_FAILPOINT;
  await rig.write(channel.fifo, 'last words\n');
  await until(() => rig.ends.includes('0/1/out'));
  await rig.pump.settle(0, 1);
  expect(rig.read(channel.file ?? '')).toBe('last words\n');
});
