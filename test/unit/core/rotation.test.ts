/** When files end, where chunks are cut, what is deleted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beyondKeep,
  overBudget,
  parseRotatedName,
  planAppend,
  type RotatedFile,
  rotationStamp,
  tidyLeftovers,
  type WrittenFile,
} from '../../../src/core/rotation.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (changes: Partial<WrittenFile> = {}): WrittenFile => ({ bytes: 0, midLine: false, bornAt: 0, ...changes });
const limits = (maxSizeBytes: number, maxAgeMs = 0) => ({ maxSizeBytes, maxAgeMs });

function rotated(path: string, bytes = 10): RotatedFile {
  const name = parseRotatedName(path);
  if (name === null) throw new Error(`${path} is not the name of a rotated file`);
  return { ...name, path, bytes };
}

describe('planAppend', () => {
  test('what fits is written', () => {
    expect(planAppend(file({ bytes: 5 }), limits(10), bytesOf('abc\n\n'), 0)).toEqual({ writeBytes: 5, rotate: false });
  });
  test('0 never rotates', () => {
    expect(planAppend(file({ bytes: 1e12 }), limits(0), bytesOf('abc\n'), 1e15)).toEqual({
      writeBytes: 4,
      rotate: false,
    });
  });
  test('the chunk is cut after the last line that fits', () => {
    expect(planAppend(file({ bytes: 4 }), limits(10), bytesOf('aa\nbb\ncc\n'), 0)).toEqual({
      writeBytes: 6,
      rotate: true,
    });
  });
  test('a full file at a line start is rotated first', () => {
    expect(planAppend(file({ bytes: 8 }), limits(10), bytesOf('cccc\n'), 0)).toEqual({ writeBytes: 0, rotate: true });
  });
  test('a line in progress is finished first', () => {
    expect(planAppend(file({ bytes: 9, midLine: true }), limits(10), bytesOf('cccc\ndd\n'), 0)).toEqual({
      writeBytes: 5,
      rotate: true,
    });
  });
  test('a line longer than twice the limit is split', () => {
    expect(planAppend(file({ bytes: 9, midLine: true }), limits(10), bytesOf('c'.repeat(20)), 0)).toEqual({
      writeBytes: 11,
      rotate: true,
    });
  });
  test('age counts only for a file with something in it, and ends at a line', () => {
    expect(planAppend(file(), limits(0, 100), bytesOf('a\n'), 1000)).toEqual({ writeBytes: 2, rotate: false });
    expect(planAppend(file({ bytes: 3 }), limits(0, 100), bytesOf('a\n'), 1000)).toEqual({
      writeBytes: 0,
      rotate: true,
    });
    expect(planAppend(file({ bytes: 3, midLine: true }), limits(0, 100), bytesOf('a\nb\n'), 1000)).toEqual({
      writeBytes: 2,
      rotate: true,
    });
  });

  test('any chunks come out complete, in files that are bounded and end at lines', () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '😀'), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 1, max: 40 }), (chunks, max) => {
        const files: string[] = [''];
        let bytes = 0;
        let midLine = false;
        for (const text of chunks) {
          let rest = bytesOf(text);
          while (rest.length > 0) {
            const plan = planAppend(file({ bytes, midLine }), limits(max), rest, 0);
            expect(plan.writeBytes > 0 || plan.rotate).toBe(true);
            const part = rest.subarray(0, plan.writeBytes);
            files[files.length - 1] += Buffer.from(part).toString('latin1');
            bytes += part.length;
            if (part.length > 0) midLine = part[part.length - 1] !== 10;
            rest = rest.subarray(plan.writeBytes);
            if (!plan.rotate) continue;
            expect(bytes).toBeGreaterThan(0);
            if (midLine) expect(bytes).toBeGreaterThan(2 * max - 4);
            files.push('');
            bytes = 0;
            midLine = false;
          }
          expect(bytes).toBeLessThanOrEqual(2 * max + 4);
        }
        expect(files.join('')).toBe(Buffer.from(chunks.join('')).toString('latin1'));
      }),
    );
  });
});

describe('names', () => {
  test('a stamp sorts by time', () => {
    expect(rotationStamp(Date.UTC(2026, 10, 22, 10, 11, 12, 123))).toBe('20261122T101112123Z');
  });
  test('only our own names are recognised', () => {
    expect(parseRotatedName('app.log.20261122T101112123Z')).toEqual({
      base: 'app.log',
      stamp: '20261122T101112123Z',
      form: 'plain',
    });
    expect(parseRotatedName('app.log.20261122T101112123Z.gz')?.form).toBe('gzip');
    expect(parseRotatedName('app.log.20261122T101112123Z.gz.part')?.form).toBe('part');
    for (const name of [
      'app.log',
      'app.log.1',
      'app.log.gz',
      'app.20261122.log',
      '.20261122T101112123Z',
      'a.20261122T101112123Z.bak',
    ]) {
      expect(parseRotatedName(name)).toBe(null);
    }
  });
});

describe('what is deleted', () => {
  const names = ['a.20260101T000000000Z', 'a.20260102T000000000Z.gz', 'a.20260102T000000000Z', 'a.20260103T000000000Z'];
  test('beyond keep: the oldest; both forms of a file count once', () => {
    const gone = (keep: number): string[] =>
      beyondKeep(
        names.map((name) => rotated(name)),
        keep,
      ).map(({ path }) => path);
    expect(gone(3)).toEqual([]);
    expect(gone(2)).toEqual([names[0]]);
    expect(gone(1)).toEqual([names[0], names[1], names[2]]);
    expect(gone(0)).toEqual(names);
  });
  test('over budget: the oldest of all apps, no more than needed, never a file in use', () => {
    const files = [
      rotated('b.20260102T000000000Z', 30),
      rotated('a.20260101T000000000Z', 30),
      rotated('a.20260103T000000000Z', 30),
    ];
    const gone = (inUse: number, budget: number): string[] => overBudget(files, inUse, budget).map(({ path }) => path);
    expect(gone(10, 100)).toEqual([]);
    expect(gone(10, 99)).toEqual(['a.20260101T000000000Z']);
    expect(gone(10, 40)).toEqual(['a.20260101T000000000Z', 'b.20260102T000000000Z']);
    expect(gone(1000, 40)).toHaveLength(3);
    expect(gone(1000, 0)).toEqual([]);
  });
  test('leftovers: half a gz goes, a finished one replaces the plain, the rest is compressed', () => {
    const left = [...names, 'a.20260103T000000000Z.gz.part'].map((name) => rotated(name));
    expect(tidyLeftovers(left, true)).toEqual([
      { path: names[0], act: 'compress' },
      { path: names[2], act: 'delete' },
      { path: names[3], act: 'compress' },
      { path: 'a.20260103T000000000Z.gz.part', act: 'delete' },
    ]);
    expect(tidyLeftovers(left, false).every(({ act }) => act === 'delete')).toBe(true);
  });
});
