/** Searching: the order of many files, pages that lose and double nothing, hostile content, files that others touched. */
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotationStamp } from '../../../src/core/rotation.ts';
import { originMember } from '../../../src/logs/compressor.ts';
import type { FoundLine, LogQuery, LogSource } from '../../../src/logs/search/query.ts';
import { type PageOptions, Search, searchPage } from '../../../src/logs/search/search.ts';
import { headerOf, indexPath, recordOf } from '../../../src/logs/time-index.ts';

let folder = '';
let indexFolder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-search-'));
  indexFolder = join(folder, 'index');
  mkdirSync(indexFolder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A whole second of some day. */
const T0 = Date.UTC(2026, 10, 24, 10, 0, 0);

function source(name: string, more: Partial<LogSource> = {}): LogSource {
  const path = join(folder, `${name}.log`);
  return {
    path,
    id: 0,
    name,
    namespace: 'default',
    stream: 'out',
    hasBoth: false,
    isJson: false,
    datePattern: null,
    ...more,
  };
}

interface Part {
  readonly at: number;
  readonly text: string;
}

/** A file as the pump leaves it: its parts, and the index that says when each was written. */
function writeParts(
  log: LogSource,
  parts: readonly Part[],
  options: { stamp?: number; gzip?: boolean; index?: boolean } = {},
): string {
  const stamp = options.stamp === undefined ? null : rotationStamp(options.stamp);
  let path = stamp === null ? log.path : `${log.path}.${stamp}`;
  const content = Buffer.from(parts.map(({ text }) => text).join(''));
  writeFileSync(path, content);
  const inode = statSync(path).ino;
  if (options.gzip === true) {
    writeFileSync(`${path}.gz`, Buffer.concat([originMember(inode), gzipSync(content)]));
    rmSync(path);
    path = `${path}.gz`;
  }
  if (options.index !== false && parts.length > 0) {
    let offset = 0;
    const records = parts.map(({ at, text }) => {
      const record = recordOf(at, offset);
      offset += Buffer.byteLength(text);
      return record;
    });
    writeFileSync(indexPath(indexFolder, log.path, stamp), Buffer.concat([headerOf(inode), ...records]));
  }
  const lastAt = (parts.at(-1)?.at ?? T0) / 1000;
  utimesSync(path, lastAt, lastAt);
  return path;
}

async function all(sources: readonly LogSource[], query: LogQuery = {}, notes: string[] = []): Promise<FoundLine[]> {
  const search = new Search({ sources, indexFolder, onNote: (note) => notes.push(note) }, query);
  const lines: FoundLine[] = [];
  try {
    for await (const line of search.oldestFirst()) lines.push(line);
  } finally {
    search.close();
  }
  return lines;
}

async function pages(sources: readonly LogSource[], query: LogQuery, options: PageOptions): Promise<FoundLine[][]> {
  const found: FoundLine[][] = [];
  for (let before: string | null = null; ; ) {
    const page = await searchPage({ sources, indexFolder }, query, { ...options, before });
    found.unshift([...page.lines]);
    if (page.before === null) return found;
    before = page.before;
    if (found.length > 2000) throw new Error('pages without end');
  }
}

const texts = (lines: readonly FoundLine[]): string[] => lines.map(({ text }) => text);

/** Lines of several logs, each over several files, written at growing times; some tell a time of their own. */
const logs = fc.array(
  fc.array(
    fc.array(
      fc.record({
        waitMs: fc.nat(3000),
        lines: fc.array(fc.record({ own: fc.option(fc.integer({ min: -4000, max: 900 })), size: fc.nat(30) }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 3 },
);

describe('any number of logs, rotated and compressed', () => {
  const build = (
    files: readonly (readonly (readonly {
      waitMs: number;
      lines: readonly { own: number | null; size: number }[];
    }[])[])[],
    run: number,
  ): { sources: LogSource[]; written: string[] } => {
    const written: string[] = [];
    const sources = files.map((parts, log) => {
      const one = source(`r${run}-log${log}`, { id: log });
      let now = T0;
      parts.forEach((file, number) => {
        const isCurrent = number === parts.length - 1;
        const content = file.map(({ waitMs, lines }) => {
          now += waitMs;
          const text = lines.map(({ own, size }) => {
            const line = `${own === null ? '' : `${new Date(now + own).toISOString()} `}line-${written.length}-${'x'.repeat(size)}`;
            written.push(line);
            return `${line}\n`;
          });
          return { at: now, text: text.join('') };
        });
        now += 10;
        writeParts(one, content, isCurrent ? {} : { stamp: now, gzip: number % 2 === 0 });
        now += 10;
      });
      return one;
    });
    return { sources, written };
  };

  it('gives each line once, in the order of time, in both directions and over pages of any size', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 7 }), async (files, limit) => {
        const { sources, written } = build(files, run++);
        const forward = texts(await all(sources));
        expect([...forward].sort()).toEqual([...written].sort());
        const paged = (await pages(sources, {}, { limit })).flat();
        expect(texts(paged)).toEqual(forward);
      }),
      { numRuns: 15 },
    );
  });
});
