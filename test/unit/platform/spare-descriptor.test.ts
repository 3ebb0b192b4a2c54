/** Out of descriptors: what lives is not taken for gone, and what has become of it is still written down. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../../src/platform');
const folder = mkdtempSync(join(tmpdir(), 'upkeep-test-'));

beforeAll(async () => {
  const input = Object.fromEntries(
    ['process', 'durable-file', 'spare-descriptor'].map((name) => [name, join(SOURCES, `${name}.ts`)]),
  );
  const build = await rolldown({ input, platform: 'node' });
  await build.write({ dir: folder, format: 'cjs', entryFileNames: '[name].cjs' });
  await build.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a program tells of itself once every descriptor is taken. */
function whenFull(before: string, expression: string): unknown {
  const script = join(folder, 'full.cjs');
  writeFileSync(
    script,
    `const { closeSync, openSync } = require('node:fs');
    const { compareIdentity, findByEnvironment, identify, listProcesses, signalProcess } = require('./process.cjs');
    const { replaceFile, rewriteFile } = require('./durable-file.cjs');
    const { holdSpare, withSpare } = require('./spare-descriptor.cjs');
    const self = identify(process.pid);
    ${before}
    const fill = () => { try { for (;;) openSync('/dev/null', 'r'); } catch {} };
    fill();
    const twice = [1, 2].map(() => ${expression});
    process.stdout.write(JSON.stringify(twice));`,
  );
  const shell = 'ulimit -n 64; exec "$0" "$@"';
  const [first, second] = JSON.parse(
    execFileSync('/bin/sh', ['-c', shell, process.execPath, script], { encoding: 'utf8' }),
  ) as readonly unknown[];
  expect(second).toEqual(first);
  return first;
}

test('without a spare one nobody is taken for gone', () => {
  expect(whenFull('', '[compareIdentity(self), signalProcess(self, 0)]')).toEqual(['unreadable', 'unreadable']);
});

test('with a spare one processes are seen', () => {
  const seen =
    '[compareIdentity(self), compareIdentity({ ...self, startTime: "1" }), listProcesses().some(({ pid }) => pid === process.pid), findByEnvironment("NO_SUCH_NAME", "x")]';
  expect(whenFull('holdSpare();', seen)).toEqual(['same', 'gone', true, []]);
});

test('with a spare one files are replaced', () => {
  const path = join(folder, 'record.json');
  const write = `(replaceFile('${path}', 'first', true), rewriteFile('${path}', 'second'), 'done')`;
  expect(whenFull('holdSpare();', write)).toBe('done');
  expect(readFileSync(path, 'utf8')).toBe('second');
});

test('one that somebody else has taken is held back again when there is another', () => {
  const lend =
    '(() => { const kept = withSpare(() => openSync("/dev/null", "r")); const then = compareIdentity(self); closeSync(kept); const later = compareIdentity(self); fill(); return [then, later, compareIdentity(self)]; })()';
  expect(whenFull('holdSpare();', lend)).toEqual(['unreadable', 'same', 'same']);
});
