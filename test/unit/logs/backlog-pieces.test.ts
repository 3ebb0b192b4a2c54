/** A log after a place, piece by piece: rotated, compressed, emptied, deleted, and with inodes that were given again. */
import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LogPlace, piecesAfter } from '../../../src/logs/backlog-pieces.ts';
import { compressFile, originMember } from '../../../src/logs/compressor.ts';
import { headOfFile } from '../../../src/logs/file-head.ts';

let folder: string;
let file: string;
let rotations: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-pieces-'));
  file = join(folder, 'app.log');
  rotations = 0;
  writeFileSync(file, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const nextName = (): string => `${file}.20260101T0000${String(rotations++).padStart(2, '0')}000Z`;

async function rotate(gzip: boolean): Promise<string> {
  const aside = nextName();
  renameSync(file, aside);
  writeFileSync(file, '');
  if (gzip) await compressFile(aside);
  return gzip ? `${aside}.gz` : aside;
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `line ${from + n}`);
const write = (from: number, to: number): void =>
  appendFileSync(
    file,
    numbers(from, to)
      .map((line) => `${line}\n`)
      .join(''),
  );

const here = (): LogPlace => {
  const { ino, size } = statSync(file);
  return { path: file, inode: ino, offset: size, head: headOfFile(file, ino, size) };
};

interface Read {
  readonly texts: string[];
  readonly place: LogPlace;
  readonly gaps: number;
}

async function readFrom(place: LogPlace, knownAt = 0, most = Number.POSITIVE_INFINITY): Promise<Read> {
  const texts: string[] = [];
  let [last, gaps, pieces] = [place, 0, 0];
  for await (const piece of piecesAfter(place, knownAt)) {
    texts.push(...piece.texts);
    last = piece.place;
    if (piece.isAfterGap) gaps++;
    if (++pieces >= most) break;
  }
  return { texts, place: last, gaps };
}

test('gives every line once over any rotations, however often it is broken off', async () => {
  const step = fc.record({
    lines: fc.integer({ min: 0, max: 4 }),
    rotates: fc.boolean(),
    gzip: fc.boolean(),
    reads: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      rmSync(folder, { recursive: true });
      folder = mkdtempSync(join(tmpdir(), 'upkeep-pieces-'));
      file = join(folder, 'app.log');
      writeFileSync(file, '');
      write(0, 1);
      let [place, written] = [here(), 1];
      const found: string[] = [];
      for (const { lines, rotates, gzip, reads } of steps) {
        write(written, written + lines);
        written += lines;
        if (rotates) await rotate(gzip);
        if (!reads) continue;
        const one = await readFrom(place, 0, 1);
        found.push(...one.texts);
        place = one.place;
      }
      const rest = await readFrom(place);
      expect([...found, ...rest.texts]).toEqual(numbers(1, written));
      expect(rest.gaps).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test('knows its file by how it begins, not by its inode alone', async () => {
  write(0, 5);
  const place = here();
  write(5, 10);
  // Both the old file, compressed, and the one in use have the number of the place.
  const aside = await rotate(false);
  const bytes = Buffer.from(
    numbers(0, 10)
      .map((line) => `${line}\n`)
      .join(''),
  );
  rmSync(aside);
  writeFileSync(`${aside}.gz`, Buffer.concat([originMember(place.inode), gzipSync(bytes)]));
  write(10, 30);
  const mistaken = { ...place, inode: statSync(file).ino };
  writeFileSync(`${aside}.gz`, Buffer.concat([originMember(mistaken.inode), gzipSync(bytes)]));
  expect((await readFrom(mistaken)).texts).toEqual(numbers(5, 30));
});

test('knows a file that was empty by what was written since', async () => {
  write(0, 5);
  const old = await rotate(false);
  utimesSync(old, 1, 1);
  const place = here();
  write(5, 8);
  const since = await rotate(false);
  rmSync(since);
  const packed = gzipSync(
    numbers(5, 8)
      .map((line) => `${line}\n`)
      .join(''),
  );
  writeFileSync(`${since}.gz`, Buffer.concat([originMember(place.inode), packed]));
  write(8, 9);
  for (const inode of [place.inode, statSync(file).ino]) {
    writeFileSync(`${since}.gz`, Buffer.concat([originMember(inode), packed]));
    expect((await readFrom({ ...place, inode }, Date.now())).texts).toEqual(numbers(5, 9));
  }
});

test('goes on at the beginning of a file that was emptied, though it is longer again', async () => {
  write(0, 3);
  const place = here();
  truncateSync(file, 0);
  write(100, 110);
  expect(await readFrom(place)).toMatchObject({ texts: numbers(100, 110), gaps: 0 });
});

test('tells of what is gone, and gives all that is newer', async () => {
  write(0, 5);
  const place = here();
  const knownAt = Date.now() - 1000;
  rmSync(await rotate(false));
  // The number of the deleted file is not given again.
  linkSync(file, join(folder, 'kept'));
  write(5, 8);
  await rotate(true);
  write(8, 10);
  expect(await readFrom({ ...place, inode: -1 }, knownAt)).toMatchObject({ texts: numbers(5, 10), gaps: 1 });
  // All of it was written before the place was good: it was read then.
  expect(await readFrom({ ...place, inode: -1 }, Date.now() + 60_000)).toMatchObject({
    texts: numbers(8, 10),
    gaps: 1,
  });
});

test('holds a piece at a time, and no half line', async () => {
  const line = 'x'.repeat(999);
  const place = here();
  for (let n = 0; n < 3; n++) appendFileSync(file, `${line}\n`.repeat(1000));
  appendFileSync(file, 'not finished');
  let count = 0;
  let last = place;
  for await (const { texts, place: after } of piecesAfter(place, 0)) {
    expect(texts.length).toBeLessThan(300);
    expect(texts.every((text) => text === line)).toBe(true);
    count += texts.length;
    last = after;
  }
  expect(count).toBe(3000);
  appendFileSync(file, ' yet\n');
  expect((await readFrom(last)).texts).toEqual(['not finished yet']);
});
