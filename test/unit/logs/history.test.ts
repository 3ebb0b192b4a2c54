/** Reading logs back: last lines and going on from a position, through rotation and compression. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compressFile } from '../../../src/logs/compressor.ts';
import { readOn } from '../../../src/logs/follow-file.ts';
import { readLastLines } from '../../../src/logs/tail.ts';

let folder: string;
let file: string;
let rotations: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-history-'));
  file = join(folder, 'app.log');
  rotations = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function rotate(gzip: boolean): Promise<void> {
  const aside = `${file}.20260101T00000${rotations++}000Z`;
  renameSync(file, aside);
  writeFileSync(file, '');
  if (gzip) await compressFile(aside);
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `line ${from + n}`);
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('readLastLines', () => {
  test('gives what split gives, whatever is in the file', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', ' '), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.integer({ min: 1, max: 50 }), (lines, isEnded, count) => {
        const text = lines.join('\n') + (isEnded ? '\n' : '');
        writeFileSync(file, text);
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(readLastLines(file, count).lines).toEqual(expected.slice(-count));
      }),
    );
  });

  test('many blocks, long lines, all of them', () => {
    const lines = Array.from({ length: 2000 }, (_, n) => `${n} ${'x'.repeat(n)}`);
    writeFileSync(file, textOf(lines));
    expect(readLastLines(file, 500).lines).toEqual(lines.slice(-500));
    expect(readLastLines(file, 10_000).lines).toEqual(lines);
  });

  test('goes on into rotated files, compressed or not', async () => {
    for (const [part, gzip] of [
      [0, true],
      [1, false],
      [2, true],
    ] as const) {
      writeFileSync(file, textOf(numbers(part * 10, part * 10 + 10)));
      await rotate(gzip);
    }
    appendFileSync(file, textOf(numbers(30, 35)));
    expect(readLastLines(file, 28).lines).toEqual(numbers(7, 35));
    expect(readLastLines(file, 100).lines).toEqual(numbers(0, 35));
    rmSync(file);
    expect(readLastLines(file, 12).lines).toEqual(numbers(18, 30));
  });

  test('a missing file has no lines and no position; 0 lines give the position only', () => {
    expect(readLastLines(join(folder, 'nothing'), 5)).toEqual({ lines: [], position: null });
    writeFileSync(file, 'abc\n');
    expect(readLastLines(file, 0)).toEqual({
      lines: [],
      position: { path: file, inode: statSync(file).ino, offset: 4 },
    });
  });
});

describe('readOn', () => {
  const start = (): { path: string; inode: number; offset: number } => ({
    path: file,
    inode: statSync(file).ino,
    offset: statSync(file).size,
  });

  test.each([
    ['not rotated', []],
    ['rotated', [false]],
    ['compressed', [true]],
    ['rotated several times', [false, true, false]],
  ])('%s', async (_, steps) => {
    writeFileSync(file, textOf(numbers(0, 5)));
    const position = start();
    let next = 5;
    for (const gzip of steps) {
      appendFileSync(file, textOf(numbers(next, next + 5)));
      next += 5;
      await rotate(gzip);
    }
    appendFileSync(file, `${textOf(numbers(next, next + 5))}unfinished`);
    const seen: string[] = [];
    const end = readOn(position, (lines) => seen.push(...lines));
    expect(seen).toEqual(numbers(5, next + 5));
    appendFileSync(file, ' line\n');
    expect(readOn(end, (lines) => seen.push(...lines))).toEqual(start());
    expect(seen.at(-1)).toBe('unfinished line');
  });

  test('an emptied file is read from its beginning', () => {
    writeFileSync(file, textOf(numbers(0, 50)));
    const position = start();
    truncateSync(file);
    appendFileSync(file, 'new\n');
    const seen: string[] = [];
    readOn(position, (lines) => seen.push(...lines));
    expect(seen).toEqual(['new']);
  });

  test('a file that is not there is waited for', () => {
    const position = { path: file, inode: 1, offset: 10 };
    expect(readOn(position, () => undefined)).toEqual(position);
  });
});

test('a compressed file is one for every gzip tool, with time and rights of the original', async () => {
  const text = textOf(numbers(0, 10_000));
  writeFileSync(file, text, { mode: 0o600 });
  const before = statSync(file);
  await compressFile(file);
  const after = statSync(`${file}.gz`);
  expect(after.mtime).toEqual(before.mtime);
  expect(after.mode).toBe(before.mode);
  expect(execFileSync('gzip', ['-dc', `${file}.gz`]).toString()).toBe(text);
  expect(gunzipSync(readFileSync(`${file}.gz`)).toString()).toBe(text);
});
