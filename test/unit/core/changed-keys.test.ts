/** What has changed between two specs, and what of it is kept. */
import { describe, expect, it } from 'vitest';
import { changesBetween, printOf } from '../../../src/core/changed-keys.ts';
import type { AppSpec } from '../../../src/core/terms.ts';

const digest = (text: string): string => `#${[...text].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 1e9, 7)}`;

const spec = (env: Record<string, string>, declared: Record<string, unknown> = {}, version = '1.0.0'): AppSpec =>
  ({ env: { inherited: {}, declared: env }, declared, version, interpreter: '/usr/bin/node' }) as unknown as AppSpec;

const changes = (before: AppSpec, after: AppSpec) => changesBetween(printOf(before, digest), printOf(after, digest));

describe('changes', () => {
  it('of variables and options, with what was and what is', () => {
    const before = spec({ MODE: 'a', OLD: 'x' }, { kill_timeout: 100 });
    const after = spec({ MODE: 'b', NEW: 'y' }, { kill_timeout: 200, instances: 2 }, '1.1.0');
    expect(changes(before, after)).toEqual([
      { key: 'env.MODE', before: 'a', after: 'b' },
      { key: 'env.NEW', before: null, after: 'y' },
      { key: 'env.OLD', before: 'x', after: null },
      { key: 'instances', before: null, after: '2' },
      { key: 'kill_timeout', before: '100', after: '200' },
      { key: 'version', before: '1.0.0', after: '1.1.0' },
    ]);
    expect(changes(before, before)).toEqual([]);
  });

  it('of a secret are told without its values, in names, addresses and arguments', () => {
    const before = spec(
      { API_TOKEN: 'one', URL: 'http://u:pw1@host/' },
      { args: ['--password', 'p1', '--key=k1', '-x'] },
    );
    const after = spec(
      { API_TOKEN: 'two', URL: 'http://u:pw2@host/a' },
      { args: ['--password', 'p2', '--key=k2', '-y'] },
    );
    const text = JSON.stringify([printOf(before, digest), printOf(after, digest), changes(before, after)]);
    expect(text).not.toMatch(/"one"|"two"|pw1|pw2|p1|p2|k1|k2/);
    expect(changes(before, after)).toMatchObject([
      { key: 'args', before: '--password ******** --key=******** -x', after: '--password ******** --key=******** -y' },
      { key: 'env.API_TOKEN', before: null, after: null, isSecret: true },
      { key: 'env.URL', before: 'http://u:********@host/', after: 'http://u:********@host/a' },
    ]);
  });

  it('that come with every login are none', () => {
    expect(changes(spec({ SHLVL: '1', SSH_CLIENT: 'a', TERM: 'x' }), spec({ SHLVL: '2', TERM: 'y' }))).toEqual([]);
  });

  it('of long values are seen beyond what is kept of them', () => {
    const long = 'x'.repeat(5_000);
    const [change] = changes(spec({ LONG: `${long}a` }), spec({ LONG: `${long}b` }));
    expect(change?.key).toBe('env.LONG');
    expect(change?.before?.length).toBeLessThan(400);
  });
});
