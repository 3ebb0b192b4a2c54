import { describe, expect, it } from 'vitest';
import { fitted, textWidth } from '../../../src/cli/render/table.ts';
import { plain, plainLine, shortDuration, shortSize, spokenDuration } from '../../../src/cli/render/words.ts';
import { MASK, maskedValue } from '../../../src/core/secrets.ts';

describe('durations', () => {
  it.each([
    [0, '0s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [3 * 3_600_000, '3h'],
    [47 * 3_600_000, '47h'],
    [48 * 3_600_000, '2D'],
    [70 * 86_400_000, '2M'],
    [900 * 86_400_000, '2Y'],
  ])('%i ms is %s in the table', (ms, text) => expect(shortDuration(ms)).toBe(text));
  it.each([
    [250, '250 ms'],
    [1500, '1.5 s'],
    [200_000, '3 min 20 s'],
    [86_400_000, '1 d'],
  ])('%i ms is %s in a sentence', (ms, text) => expect(spokenDuration(ms)).toBe(text));
});

it.each([
  [0, '0b'],
  [2048, '2.0kb'],
  [34_078_720, '32.5mb'],
  [3 * 1024 ** 3, '3.0gb'],
])('%i bytes are %s', (bytes, text) => expect(shortSize(bytes)).toBe(text));

describe('foreign text', () => {
  it('is escaped', () => expect(plain('a\u001b[31mb\nc')).toBe('a\\x1b[31mb\\nc'));
  it('keeps colours in lines only where colours are shown', () => {
    expect(plainLine('\u001b[31mred\u001b[0m\u001b[2J', false)).toBe('red\\x1b[2J');
    expect(plainLine('\u001b[31mred', true)).toBe('\u001b[31mred\u001b[0m');
  });
});

describe('cells', () => {
  it.each(['short', 'a text that is too long', '服务服务服务', '\u001b[32mgreen\u001b[39m', 'é', '👩‍🚀 x'])(
    '%s has exactly the width',
    (text) => expect(textWidth(fitted(text, 8))).toBe(8),
  );
  it('says that it was cut', () => expect(fitted('abcdefghij', 5)).toBe('abcd…'));
});

describe('secrets', () => {
  it.each([
    'DB_PASSWORD',
    'API_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'GITHUB_TOKEN',
    'token',
    'SESSION_SECRET',
    'PRIVATE_KEY',
    'SENTRY_DSN',
    'apiKey',
  ])('%s is masked', (name) => expect(maskedValue(name, 'abc')).toBe(MASK));
  it.each(['PATH', 'PWD', 'KEYBOARD', 'MONKEY', 'NODE_ENV', 'SSH_AUTH_SOCK', 'PORT', 'TLS_KEY_FILE'])(
    '%s is shown',
    (name) => expect(maskedValue(name, 'abc')).toBe('abc'),
  );
  it('takes the password out of an address', () =>
    expect(maskedValue('DATABASE_URL', 'postgres://u:pw@host/db')).toBe(`postgres://u:${MASK}@host/db`));
});
