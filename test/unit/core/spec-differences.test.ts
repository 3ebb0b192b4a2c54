/** What of a config is not as a process was started with it. */
import { expect, it } from 'vitest';
import { configChanges } from '../../../src/core/spec-differences.ts';
import type { AppSpec } from '../../../src/core/terms.ts';

const SPEC = {
  name: 'api',
  namespace: 'default',
  script: '/srv/api.js',
  args: ['--quiet'],
  interpreter: '/usr/bin/node',
  interpreterArgs: [],
  cwd: '/srv',
  execMode: 'fork',
  version: '1.0.0',
  uid: null,
  gid: null,
  declared: { max_memory_restart: '100M' },
  env: { inherited: { PATH: '/bin', LANG: 'C' }, declared: { API_TOKEN: 'one', LANG: 'de' } },
} as unknown as AppSpec;

it('nothing, of the same', () => {
  expect(configChanges(SPEC, SPEC)).toEqual([]);
  expect(configChanges(SPEC, structuredClone(SPEC))).toEqual([]);
});

it('what came, went and is another, by the words of the config', () => {
  const after = {
    ...SPEC,
    version: '1.1.0',
    args: ['--quiet', '--fast'],
    declared: { kill_timeout: 5000 },
    env: { inherited: { PATH: '/bin', LANG: 'en' }, declared: { LANG: 'de', DB: 'postgres://jo:pw@db/x' } },
  } as unknown as AppSpec;
  expect(configChanges(SPEC, after)).toEqual([
    { key: 'args', before: '["--quiet"]', after: '["--quiet","--fast"]' },
    { key: 'env.API_TOKEN', before: '********', after: null },
    { key: 'env.DB', before: null, after: 'postgres://jo:********@db/x' },
    { key: 'kill_timeout', before: null, after: '5000' },
    { key: 'max_memory_restart', before: '100M', after: null },
    { key: 'version', before: '1.0.0', after: '1.1.0' },
  ]);
});

it('nothing, of a variable that moved from the shell into the config, or that every shell sets anew', () => {
  const before = { ...SPEC, env: { inherited: { A: '1', SHLVL: '1' }, declared: {} } };
  const after = { ...SPEC, env: { inherited: { SHLVL: '2', SSH_TTY: '/dev/pts/1' }, declared: { A: '1' } } };
  expect(configChanges(before, after)).toEqual([]);
});
