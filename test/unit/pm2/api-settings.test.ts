import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings, settingAt } from '../../../src/pm2/api/settings.ts';

const home = mkdtempSync(join(tmpdir(), 'upkeep-settings-'));
afterAll(() => rmSync(home, { recursive: true }));

describe('settings of the API', () => {
  const settings = { plain: 'v', app: { key: 'one', 'a.b': 'two', deep: { er: 'three' } } };

  it.each([
    ['plain', 'v'],
    ['app.key', 'one'],
    ['app:key', 'one'],
    ['app.deep.er', 'three'],
    ['app."a.b"', 'two'],
    ['app', settings.app],
    ['nothing', undefined],
    ['app.nothing', undefined],
    ['plain.deeper', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s', (key, expected) => {
    expect(settingAt(settings, key)).toEqual(expected);
  });

  it('a file that is not there is no settings; one that cannot be read is an error with its path', () => {
    expect(readSettings(home)).toEqual({});
    const file = join(home, 'module_conf.json');
    writeFileSync(file, '{"a":{"b":"c"}}');
    expect(readSettings(home)).toEqual({ a: { b: 'c' } });
    for (const text of ['{"a":', '[]']) {
      writeFileSync(file, text);
      expect(() => readSettings(home)).toThrow(file);
    }
  });
});
