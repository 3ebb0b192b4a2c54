/** The keys of settings, and what a tree of them becomes. */
import { describe, expect, it } from 'vitest';
import { commandsOf, pairsOf, partsOf, valueAt, without, withValue } from '../../../src/pm2/settings.ts';

const parts = (key: string): readonly string[] | string => {
  const read = partsOf(key);
  return read.ok ? read.value : read.failure.message;
};

describe('a key', () => {
  it.each([
    ['plain', ['plain']],
    ['app.key', ['app', 'key']],
    ['app:key', ['app', 'key']],
    ['a.b.c', ['a', 'b', 'c']],
    ['a.b:c', ['a', 'b:c']],
    ['"a.b"', ['a.b']],
    ['app."a.b"', ['app', 'a.b']],
    ['"a:b":c', ['a:b', 'c']],
  ])('%s is split as in PM2', (key, expected) => {
    expect(parts(key)).toEqual(expected);
  });

  it.each(['__proto__.x', 'a.constructor', 'a:prototype:b', '"__proto__"'])('%s is refused', (key) => {
    expect(parts(key)).toContain('cannot be part of the key');
  });
});

describe('a tree of settings', () => {
  const tree = { app: { k: 'v' }, plain: '5' };

  it('gets a value without changing what else there is', () => {
    expect(withValue(tree, ['app', 'n'], '1')).toEqual({ app: { k: 'v', n: '1' }, plain: '5' });
    expect(withValue(tree, ['plain', 'n'], '1')).toEqual({ app: { k: 'v' }, plain: { n: '1' } });
    expect(tree).toEqual({ app: { k: 'v' }, plain: '5' });
  });

  it('loses a value, and keeps the rest', () => {
    expect(without(tree, ['app', 'k'])).toEqual({ app: {}, plain: '5' });
    expect(without(tree, ['nosuch', 'k'])).toEqual(tree);
  });

  it('does not find what every object inherits', () => {
    expect(valueAt(tree, ['toString'])).toBeUndefined();
    expect(valueAt(tree, ['app', 'k', 'length'])).toBeUndefined();
  });

  it('becomes commands that set it again, whatever stands in it', () => {
    expect(commandsOf('app', { k: 'it is', n: { 'a.b': "it's" } })).toEqual([
      "upkeep set app:k 'it is'",
      `upkeep set 'app.n."a.b"' 'it'\\''s'`,
    ]);
  });
});

describe('several pairs', () => {
  it('are split at spaces; double quotes hold a value together and stay, as in PM2', () => {
    expect(pairsOf('a:b 1  c "d e"')).toEqual({
      ok: true,
      value: [
        ['a:b', '1'],
        ['c', '"d e"'],
      ],
    });
  });

  it('are refused if one has no value', () => {
    expect(pairsOf('a 1 b').ok).toBe(false);
  });
});
