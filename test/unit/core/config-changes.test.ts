/** What of an app's config changed: names, never values. */
import { expect, it } from 'vitest';
import { changedKeys } from '../../../src/core/config-changes.ts';
import type { AppSpec } from '../../../src/core/terms.ts';

const spec = (of: Partial<AppSpec>): AppSpec =>
  ({ declared: {}, env: { inherited: {}, declared: {} }, version: '1.0.0', ...of }) as AppSpec;

it('names options and variables that were added, changed or removed, and leaves out what every shell sets anew', () => {
  const before = spec({
    declared: { script: 'a.js', instances: 2, watch: true },
    env: { inherited: { SHLVL: '1', LANG: 'C' }, declared: { TOKEN: 'old', GONE: 'x' } },
  });
  const after = spec({
    declared: { script: 'a.js', instances: 3, kill_timeout: 5000 },
    env: { inherited: { SHLVL: '2', LANG: 'C' }, declared: { TOKEN: 'new', ADDED: 'y' } },
    version: '1.1.0',
  });
  expect(changedKeys(before, after)).toEqual([
    'instances',
    'kill_timeout',
    'watch',
    'version',
    'env.ADDED',
    'env.GONE',
    'env.TOKEN',
  ]);
  expect(changedKeys(before, before)).toEqual([]);
});

it('a variable that only moved from the shell into the config has not changed', () => {
  const before = spec({ env: { inherited: { A: '1' }, declared: {} } });
  expect(changedKeys(before, spec({ env: { inherited: {}, declared: { A: '1' } } }))).toEqual([]);
});
