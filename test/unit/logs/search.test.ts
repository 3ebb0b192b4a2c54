/** Searching: the order of many files, pages that lose and double nothing, hostile content, files that others touched. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotationStamp } from '../../../src/core/rotation.ts';
import { originMember } from '../../../src/logs/compressor.ts';
import { filterOf } from '../../../src/logs/search/filter.ts';
import { factsOf } from '../../../src/logs/search/line-facts.ts';
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

describe('the quick look over blocks', () => {
  const piece = fc.constantFrom(
    'error',
    'WARN: x',
    '{"level":50,"req":{"id":"a1"},"msg":"m"}',
    '{"level":30,"req":{"id":"b2"},"n":7}',
    '{"level":"warn","req":{"id":"\\u0061\\u0031"}}',
    '    at f (x.js:1)',
    'é 😀 a1',
    '\u001b[31merror\u001b[39m: a1',
    'foo bar',
    'foo',
    ' bar',
    '',
    'a1\r',
  );
  const queries: readonly LogQuery[] = [
    { grep: { pattern: 'foo\\s+bar' } },
    { grep: { pattern: '^foo' } },
    { grep: { pattern: '[^x]+1$' } },
    { grep: { pattern: 'a1' } },
    { grep: { pattern: 'ERROR', ignoreCase: true } },
    { grep: { pattern: 'foo', invert: true } },
    { grep: { pattern: '$' } },
    { level: 'warn' },
    { level: 'error' },
    { fields: [{ path: 'req.id', operator: '=', value: 'a1' }] },
    { fields: [{ path: 'n', operator: '>', value: '6' }], grep: { pattern: 'level' } },
    { level: 'error', fields: [{ path: 'req', operator: 'exists', value: null }] },
  ];

  it('finds what a look at each line alone finds', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.constantFrom(...queries), async (lines, query) => {
        const one = source(`b${run++}`);
        writeParts(one, [{ at: T0, text: lines.map((line) => `${line}\n`).join('') }]);
        const filter = filterOf(query);
        let heading: FoundLine['level'] = null;
        const expected = lines
          .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
          .filter((line) => {
            const facts = factsOf(line, one);
            if (!/^[ \t]/.test(line)) heading = facts.level;
            return filter.matches(facts, () => heading);
          });
        expect(texts(await all([one], query))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});

describe('files that are not as one would wish', () => {
  it('a line of megabytes is cut, and those around it are whole', async () => {
    const one = source('huge');
    const huge = 'y'.repeat(3 * 1024 * 1024);
    for (const options of [{ stamp: T0 + 1, gzip: true }, { stamp: T0 + 2, index: false }, {}])
      writeParts(one, [{ at: T0, text: `before\n${huge}\nafter\n` }], options);
    const found = texts(await all([one]));
    expect(found.map((text) => text.slice(0, 6))).toEqual(
      Array.from({ length: 3 }, () => ['before', 'yyyyyy', 'after']).flat(),
    );
    for (const text of found) expect(text.length).toBeLessThan(1024 * 1024 + 100);
    expect(texts((await pages([one], {}, { limit: 2 })).flat())).toEqual(found);
  });

  it('bytes that are no text, and colours, stand in no one’s way', async () => {
    const one = source('binary');
    writeFileSync(one.path, Buffer.from([0xff, 0xfe, 0, 0x0a, 0xc3, 0x28, 0x20, 0x6f, 0x6b, 0x0a, 0xe2, 0x82, 0x0a]));
    expect(texts(await all([one], { grep: { pattern: 'ok' } }))).toEqual(['\ufffd( ok']);
    expect(await all([one])).toHaveLength(3);
    const coloured = source('coloured');
    writeFileSync(coloured.path, '\u001b[31merr\u001b[1mor\u001b[0m: x\nplain\n');
    expect(await all([coloured], { grep: { pattern: '^error: x$' } })).toHaveLength(1);
  });

  it('a damaged .gz gives what is whole and is named', async () => {
    const one = source('damaged');
    const whole = gzipSync(Array.from({ length: 50_000 }, (_, n) => `${n} ${Math.sin(n)}\n`).join(''));
    writeFileSync(`${one.path}.${rotationStamp(T0)}.gz`, whole.subarray(0, whole.length / 2));
    writeFileSync(one.path, 'current\n');
    const notes: string[] = [];
    const found = texts(await all([one], {}, notes));
    expect(found.length).toBeGreaterThan(1000);
    expect(found.at(-1)).toBe('current');
    expect(notes.join()).toMatch(/damaged\.log\.\S+\.gz could not be read to its end/);
  });

  it('an index of another file, or of before the file was emptied, is not believed', async () => {
    const one = source('emptied');
    writeParts(one, [
      { at: T0, text: 'long enough to be longer than what comes\n' },
      { at: T0 + 5000, text: 'more\n' },
    ]);
    writeFileSync(one.path, 'x\n');
    expect((await all([one])).map(({ at, text }) => [at, text])).toEqual([[null, 'x']]);
    writeFileSync(indexPath(indexFolder, one.path, null), Buffer.concat([headerOf(1), recordOf(T0, 0)]));
    expect((await all([one]))[0]?.at).toBeNull();
    writeFileSync(indexPath(indexFolder, one.path, null), 'nonsense');
    expect(await all([one])).toHaveLength(1);
  });

  it('lines of which nobody knows the time are given where they may be meant, and it is said', async () => {
    const one = source('undated');
    writeParts(one, [{ at: T0, text: 'when?\n' }], { index: false });
    const notes: string[] = [];
    expect(texts(await all([one], { since: T0 - 1000 }, notes))).toEqual(['when?']);
    expect(notes.join()).toContain('nobody knows when some lines');
    expect(await all([one], { since: T0 + 60_000 })).toEqual([]);
  });

  it('what logrotate has put aside belongs to the log', async () => {
    const one = source('theirs');
    const put = (ending: string, at: number, zip: boolean): void => {
      const text = `${new Date(at).toISOString()} ${ending}\n`;
      writeFileSync(one.path + ending, zip ? gzipSync(text) : text);
      utimesSync(one.path + ending, at / 1000, at / 1000);
    };
    put('.2.gz', T0, true);
    put('.1', T0 + 1000, false);
    put('-20261124.gz', T0 - 1000, true);
    put('', T0 + 2000, false);
    put('.bak', T0, false);
    expect(texts(await all([one])).map((text) => text.split(' ')[1])).toEqual(['-20261124.gz', '.2.gz', '.1', '']);
  });

  it('a trace has the level of its error, behind the date of log_date_format too', async () => {
    const lines = ['ERROR: boom', '    at f (x.js:1)', 'INFO: fine', '    details'];
    const bare = source('bare');
    writeParts(bare, [{ at: T0, text: lines.map((line) => `${line}\n`).join('') }]);
    expect(texts(await all([bare], { level: 'error' }))).toEqual(lines.slice(0, 2));
    const dated = source('dated', { datePattern: 'YYYY-MM-DD HH:mm:ss Z' });
    writeParts(dated, [{ at: T0, text: lines.map((line) => `2026-11-24 10:00:00 +00:00: ${line}\n`).join('') }]);
    const found = await all([dated], { level: 'error' });
    expect(found.map(({ at, text }) => [at, text])).toEqual([
      [T0, lines[0]],
      [T0, lines[1]],
    ]);
  });
});

describe('times', () => {
  it('a range is found without reading what is outside of it', async () => {
    const one = source('large');
    const line = 'x'.repeat(99);
    const parts = Array.from({ length: 2000 }, (_, second) => ({
      at: T0 + second * 1000,
      text: `${`${line}\n`.repeat(10)}`,
    }));
    writeParts(one, parts);
    // What is outside of the range is made into something that would be found.
    const bytes = readFileSync(one.path);
    bytes.fill(0x0a, 0, 1_000_000);
    writeFileSync(one.path, bytes);
    utimesSync(one.path, (T0 + 2_000_000) / 1000, (T0 + 2_000_000) / 1000);
    const found = await all([one], { since: T0 + 1_500_000, until: T0 + 1_509_000 });
    expect(found).toHaveLength(100);
    expect(found[0]?.at).toBe(T0 + 1_500_000);
  });

  it('without an index, lines that tell their times are found by halves', async () => {
    const one = source('own');
    const lines = Array.from({ length: 20_000 }, (_, n) => `${new Date(T0 + n * 100).toISOString()} line ${n}\n`);
    writeParts(one, [{ at: T0 + 2_000_000, text: lines.join('') }], { index: false });
    const found = texts(await all([one], { since: T0 + 1_000_000, until: T0 + 1_000_500 }));
    expect(found.map((text) => text.split(' ')[2])).toEqual(['10000', '10001', '10002', '10003', '10004', '10005']);
    const page = await searchPage({ sources: [one], indexFolder }, { until: T0 + 1_000_500 }, { limit: 2 });
    expect(page.lines.map(({ text }) => text.split(' ')[2])).toEqual(['10004', '10005']);
  });

  it('a date that speaks of another time does not move a line', async () => {
    const one = source('history');
    writeParts(one, [{ at: T0, text: '1999-01-01T00:00:00Z was a Friday\nand so on\n' }]);
    expect((await all([one])).map(({ at }) => at)).toEqual([T0, T0]);
  });

  it('a page whose time is over says where to go on, and nothing is lost', async () => {
    const logs = ['one', 'two'].map((name) => source(name));
    for (const one of logs)
      writeParts(
        one,
        Array.from({ length: 3000 }, (_, n) => ({
          at: T0 + n * 1000,
          text: `${`${one.name} ${n} `.padEnd(400, '.')}\n`,
        })),
      );
    const query = { grep: { pattern: ' (7|1500|2999) ' } };
    const found = await pages(logs, query, { limit: 50, budgetMs: 0 });
    expect(found.length).toBeGreaterThan(2);
    expect(texts(found.flat())).toEqual(texts(await all(logs, query)));
    expect(found.flat()).toHaveLength(6);
  });

  it('a word that is no cursor is refused', async () => {
    for (const before of ['x', '', Buffer.from('[1]').toString('base64url')])
      await expect(searchPage({ sources: [], indexFolder }, {}, { before })).rejects.toThrow(/`before` cannot be read/);
  });
});
