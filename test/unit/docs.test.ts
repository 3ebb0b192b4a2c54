/** The documents are true in what a program can check: links, named tests, named commands. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allNames, NOT_YET } from '../../src/cli/catalogue.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

describe.each(documents)('%s', (document) => {
  it('has no dead link', () => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(document), link)))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const named = [...read(document).matchAll(/\bupkeep ([a-z][A-Za-z]+)\b/g)].map((match) => match[1] ?? '');
    // Words behind the name in prose.
    const prose = new Set(['is', 'keeps', 'takes', 'and', 'does', 'has', 'can', 'itself', 'from', 'const']);
    const known = new Set([...allNames(), ...NOT_YET, ...prose]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('docs/guarantees.md', () => {
  const rows = [...read('docs/guarantees.md').matchAll(/`(test\/[^`]+\.test\.ts)` · ([^|]+?) \|/g)];

  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows.map((row) => [row[1] ?? '', row[2] ?? ''] as const))('%s · %s', (file, name) => {
    expect(statSync(join(ROOT, file)).isFile()).toBe(true);
    expect(read(file)).toContain(name);
  });

  it('has no promise without a test', () => {
    const promises = read('docs/guarantees.md')
      .split('\n')
      .filter((line) => /^\| [A-Z0-9`]/.test(line));
    expect(promises.filter((line) => !line.includes('.test.ts'))).toEqual([]);
  });
});
