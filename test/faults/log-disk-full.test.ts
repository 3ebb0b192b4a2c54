/** A full disk, on a small tmpfs of our own: programs go on, losses are counted and told, and logging recovers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BuiltThread, buildThread } from '../unit/logs/build-thread.ts';
import { checkNumbered, numberedWriter } from '../unit/logs/numbered-lines.ts';
import { exited, PumpRig, until } from '../unit/logs/pump-rig.ts';

let thread: BuiltThread;
let rig: PumpRig;
let disk: string;

beforeAll(async () => {
  thread = await buildThread();
});
afterAll(() => thread.dispose());
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'upkeep-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) throw new Error(`this test needs the right to mount a tmpfs (root): ${mounted.stderr}`);
  rig = new PumpRig(thread, { folder: disk });
});
afterEach(async () => {
  await rig.dispose();
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const COUNT = 50_000;
const MARKER = /^\[upkeep\] (\d+) bytes \((\d+) lines\) of this log were lost: the disk was full$/;

test('the program goes on, the loss is told once, and after recovery the log says what is missing', async () => {
  const channel = rig.channel(0);
  const file = channel.file ?? '';
  await rig.pump.open([channel]);
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(700_000));
  expect(await exited(rig.node(numberedWriter(COUNT), channel.fifo))).toBe(0);
  await rig.pump.settle(0, 1);
  expect(rig.notes.map(({ kind, path }) => [kind, path])).toEqual([['disk-full', file]]);
  const { bytesLost } = (await rig.pump.stats())[0] ?? { bytesLost: 0 };
  expect(bytesLost).toBeGreaterThan(1_000_000);

  rmSync(ballast);
  await until(() => rig.notes.some(({ kind }) => kind === 'disk-recovered'));
  await rig.write(channel.fifo, 'afterwards\n');
  await rig.pump.settle(0, 1);

  const lines = rig.read(file).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('afterwards');
  const [, bytes, count] = MARKER.exec(lines.at(-2) ?? '') ?? [];
  expect(Number(bytes)).toBe(bytesLost);
  const before = checkNumbered(Buffer.from(lines.slice(0, -2).join('\n')), COUNT);
  expect(before).toMatchObject({ doubled: 0, broken: [], inOrder: true });
  expect(before.lines + Number(count)).toBe(COUNT);
  expect(rig.notes.map(({ kind }) => kind)).toEqual(['disk-full', 'disk-recovered']);
});

test('what fits into memory is not lost', async () => {
  const channel = rig.channel(0);
  const file = channel.file ?? '';
  await rig.pump.open([channel]);
  const ballast = join(disk, 'ballast');
  spawnSync('sh', ['-c', `cat /dev/zero > ${ballast}`], { stdio: 'ignore' });
  const small = 5000;
  expect(await exited(rig.node(numberedWriter(small), channel.fifo))).toBe(0);
  await rig.pump.settle(0, 1);
  rmSync(ballast);
  await until(() => rig.notes.some(({ kind }) => kind === 'disk-recovered'));
  expect(checkNumbered(Buffer.from(rig.read(file)), small)).toEqual({
    lines: small,
    doubled: 0,
    lost: 0,
    broken: [],
    inOrder: true,
  });
  expect(await rig.pump.stats()).toEqual({ 0: { bytes: small * 43, bytesLost: 0 } });
});

test('rotated files beyond the rules make room', async () => {
  const channel = rig.channel(0, { rules: { maxSizeBytes: 100_000, keep: 3 } });
  await rig.pump.open([channel]);
  expect(await exited(rig.node(numberedWriter(COUNT), channel.fifo))).toBe(0);
  await rig.pump.settle(0, 1);
  expect(rig.notes.filter(({ kind }) => kind !== 'rotated')).toEqual([]);
  const lines = rig
    .readAll(channel.file ?? '')
    .toString()
    .trimEnd()
    .split('\n');
  expect(lines.at(-1)).toMatch(/^00049999 /);
});

test('two programs in one file: only whole lines, and every lost one is counted', async () => {
  const file = join(rig.logs, 'both.log');
  const [a, b] = [rig.channel(0, { file }), rig.channel(1, { file })];
  await rig.pump.open([a, b]);
  const writers = [a, b].map(({ fifo }) => rig.node(numberedWriter(COUNT), fifo));
  for (const writer of writers) expect(await exited(writer)).toBe(0);
  await rig.pump.close(0, 1);
  await rig.pump.close(1, 1);
  const stats = await rig.pump.stats();
  const lost = (stats[0]?.bytesLost ?? 0) + (stats[1]?.bytesLost ?? 0);
  execFileSync('mount', ['-o', 'remount,size=8m', disk]);
  await until(() => rig.notes.some(({ kind }) => kind === 'disk-recovered'));
  const lines = rig.read(file).trimEnd().split('\n');
  const told = lines.flatMap((line) => MARKER.exec(line)?.[1] ?? []);
  expect(told.map(Number)).toEqual([lost]);
  const verdict = checkNumbered(Buffer.from(lines.filter((line) => !MARKER.test(line)).join('\n')), COUNT);
  expect(verdict.broken).toEqual([]);
  expect(verdict.lines * 43 + lost).toBe(2 * COUNT * 43);
});
