/** The records of instances: written often, so without a new file each time, and whole whatever was there before. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newInstance } from '../../../src/core/instance.ts';
import { type InstanceRecord, readRecord, writeRecord } from '../../../src/supervisor/record.ts';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'upkeep-records-'));
});
afterEach(() => rmSync(run, { recursive: true }));

const record = (reason: string): InstanceRecord => ({
  format: 1,
  instance: newInstance(1, reason),
  token: null,
  keeper: null,
  asked: null,
  generation: 0,
  bootId: 'a boot',
});

const broken = (): never => {
  throw new Error('a record is broken');
};

it('what is read is what was written last, longer or shorter than before, of one page or of several', () => {
  for (const length of [10, 500, 3, 3_800, 20_000, 5, 4_096, 1]) {
    const written = record('é'.repeat(length));
    writeRecord(run, 0, 'main', written);
    expect(readRecord(run, 0, 'main', broken)).toEqual(written);
    expect(statSync(join(run, '0/record.json')).mode & 0o777).toBe(0o600);
  }
});

it('a small record is written into the file that is there', () => {
  const file = join(run, '0/record.json');
  writeRecord(run, 0, 'main', record('not started yet'));
  const { ino, size } = statSync(file);
  writeRecord(run, 0, 'main', record('up'));
  expect(statSync(file)).toMatchObject({ ino, size });
  expect(readFileSync(file, 'utf8')).toMatch(/\} +$/);
  writeRecord(run, 0, 'main', record('somewhat longer than what was there'));
  expect(statSync(file).ino).toBe(ino);
});
