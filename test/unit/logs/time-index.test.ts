/** The time index: written while a log is written, taken up by the next writer, and never believed of another file. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rotationStamp } from '../../../src/core/rotation.ts';
import { sweepIndexes } from '../../../src/logs/index-folder.ts';
import { IndexWriter } from '../../../src/logs/index-writer.ts';
import { LogFile } from '../../../src/logs/log-file.ts';
import { indexPath, openIndex } from '../../../src/logs/time-index.ts';

const T0 = 1_795_514_400_000;
let folder = '';
let indexFolder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-index-'));
  indexFolder = join(folder, 'log-index');
  path = join(folder, 'app.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes as the sink does. */
function write(file: LogFile, writer: IndexWriter, at: number, bytes: number): void {
  const { written } = file.write(Buffer.alloc(bytes, 'x'));
  writer.wrote(file, written, at);
}

function records(
  stamp: string | null = null,
  inode = statSync(path).ino,
): (readonly [at: number, offset: number])[] | null {
  const index = openIndex(indexPath(indexFolder, path, stamp), inode, () => statSync(path).size);
  return index === null
    ? null
    : Array.from({ length: index.count }, (_, n) => [index.at(n) - T0, index.offset(n)] as const);
}

it('a record a second, and one for each four mebibytes of a flood', () => {
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  for (const at of [0, 10, 999, 1000, 1500, 2500]) write(file, writer, T0 + at, 100);
  expect(records()).toEqual([
    [0, 0],
    [1000, 300],
    [2500, 500],
  ]);
  for (let n = 0; n < 90; n++) write(file, writer, T0 + 2600, 100_000);
  const offsets = records()?.slice(3) ?? [];
  expect(offsets).toHaveLength(2);
  for (const [at] of offsets) expect(at).toBe(2600);
  file.close();
});

it('goes on with what an earlier writer left', () => {
  const first = new LogFile(path, T0);
  write(first, new IndexWriter(indexFolder), T0, 100);
  first.close();
  const second = new LogFile(path, T0);
  write(second, new IndexWriter(indexFolder), T0 + 5000, 100);
  second.close();
  expect(records()).toEqual([
    [0, 0],
    [5000, 100],
  ]);
});

it('a record that was torn is written over', () => {
  const file = new LogFile(path, T0);
  write(file, new IndexWriter(indexFolder), T0, 100);
  appendFileSync(indexPath(indexFolder, path, null), 'torn');
  write(file, new IndexWriter(indexFolder), T0 + 5000, 100);
  expect(records()).toEqual([
    [0, 0],
    [5000, 100],
  ]);
  file.close();
});

it('begins anew when somebody emptied the file, and counts from where the file is', () => {
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  write(file, writer, T0, 1000);
  write(file, writer, T0 + 1500, 1000);
  truncateSync(path, 0);
  expect(records()).toBeNull();
  write(file, writer, T0 + 1600, 10);
  write(file, writer, T0 + 3000, 10);
  expect(records()).toEqual([[3000, 10]]);
  file.close();
});

it('begins anew for another file under the same path', () => {
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  write(file, writer, T0, 1000);
  renameSync(path, `${path}.1`);
  file.close();
  const next = new LogFile(path, T0);
  expect(records()).toBeNull();
  write(next, writer, T0 + 2000, 10);
  expect(records()).toEqual([[2000, 0]]);
  next.close();
});

it('a clock that is set back is noted, and nothing before it is lost', () => {
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  for (const at of [0, 5000, -60_000, 10_000]) write(file, writer, T0 + at, 10);
  const index = openIndex(indexPath(indexFolder, path, null), statSync(path).ino, () => null);
  expect([index?.isOrdered, index?.count]).toEqual([false, 4]);
  expect(index?.firstFrom(T0 + 5000)).toBe(1);
  file.close();
});

it('follows its log through a rotation, and goes when the log has gone', () => {
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  write(file, writer, T0, 10);
  const { ino } = statSync(path);
  const rotated = file.rotate(T0 + 1, T0 + 1);
  writer.rotated(file.realPath, rotated?.stampAt ?? 0);
  const stamp = rotationStamp(T0 + 1);
  write(file, writer, T0 + 5000, 50);
  expect(records(stamp, ino)).toEqual([[0, 0]]);
  expect(records()).toEqual([[5000, 0]]);
  sweepIndexes(indexFolder);
  expect(existsSync(indexPath(indexFolder, path, stamp))).toBe(true);
  renameSync(`${path}.${stamp}`, `${path}.${stamp}.gz`);
  sweepIndexes(indexFolder);
  expect(existsSync(indexPath(indexFolder, path, stamp))).toBe(true);
  rmSync(`${path}.${stamp}.gz`);
  sweepIndexes(indexFolder);
  expect(existsSync(indexPath(indexFolder, path, stamp))).toBe(false);
  expect(existsSync(indexPath(indexFolder, path, null))).toBe(true);
  file.close();
});

it('a folder that cannot be written costs the log nothing', () => {
  writeFileSync(indexFolder, 'a file in the way');
  const [file, writer] = [new LogFile(path, T0), new IndexWriter(indexFolder)];
  write(file, writer, T0, 10);
  rmSync(indexFolder);
  mkdirSync(indexFolder);
  write(file, writer, T0 + 2000, 10);
  expect(records()).toBeNull();
  write(file, writer, T0 + 20_000, 10);
  expect(records()).toEqual([[20_000, 20]]);
  file.close();
});

it('logs whose names are long or odd have indexes of their own', () => {
  const names = ['a'.repeat(240), `${'a'.repeat(239)}b`, 'ü %2F', 'x.20261124T100000000Z'];
  const paths = names.map((name) => indexPath('/i', `/logs/${name}`, '20261124T100000000Z'));
  expect(new Set(paths).size).toBe(names.length);
  for (const one of paths) expect(Buffer.byteLength(one.slice(3))).toBeLessThan(256);
});
