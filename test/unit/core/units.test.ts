import { expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/core/nearest.ts';
import { baseName, extensionOf, folderOf, foldersUpwards, resolvePath } from '../../../src/core/path-text.ts';
import { parseDuration, parseSize } from '../../../src/core/units.ts';

it.each([
  ['300M', 300 * 1024 ** 2],
  ['1G', 1024 ** 3],
  ['10k', 10_240],
  ['1.5K', 1536],
  ['2MB', 2 * 1024 ** 2],
  ['512', 512],
  [7, 7],
  ['0', 0],
  ['-1', null],
  ['1X', null],
  ['', null],
  ['1e3', null],
  [Number.NaN, null],
  ['9999999999999G', null],
])('parseSize(%j) is %j', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['1.5s', 1500],
  [100, 100],
  ['100', 100],
  ['soon', null],
  [-5, null],
])('parseDuration(%j) is %j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it('nearest finds typos and nothing far away', () => {
  expect(nearest('max_restart', ['max_restarts', 'min_uptime'])).toBe('max_restarts');
  expect(nearest('naem', ['name', 'env'])).toBe('name');
  expect(nearest('qqq', ['name', 'env'])).toBeNull();
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
});

it('paths are resolved as text', () => {
  expect(resolvePath('/a/b', '../c/./d')).toBe('/a/c/d');
  expect(resolvePath('/a', '/x//y/')).toBe('/x/y');
  expect(resolvePath('/', '../..')).toBe('/');
  expect([baseName('/a/b/'), folderOf('/a/b'), folderOf('/a'), extensionOf('.env'), extensionOf('a.b.js')]).toEqual([
    'b',
    '/a',
    '/',
    '',
    '.js',
  ]);
  expect(foldersUpwards('/a/b')).toEqual(['/a/b', '/a', '/']);
});
