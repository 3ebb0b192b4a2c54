import { describe, expect, it } from 'vitest';
import { instancePaths, safeName } from '../../../src/core/log-paths.ts';
import type { LogRules } from '../../../src/core/terms.ts';

const log = (changes: Partial<LogRules>): LogRules => ({
  outFile: '/l/a-out.log',
  errorFile: '/l/a-error.log',
  combinedFile: null,
  merge: false,
  format: 'raw',
  dateFormat: null,
  disabled: false,
  maxSizeBytes: 0,
  maxAgeMs: 0,
  keep: 1,
  compress: true,
  ...changes,
});

describe('instancePaths', () => {
  it('puts the id before .log and .pid', () => {
    const spec = { name: 'a b', log: log({ combinedFile: '/l/a.log' }), pidFile: '/run/a.pid' };
    expect(instancePaths(spec, 3, '/h')).toEqual({
      out: '/l/a-out-3.log',
      err: '/l/a-error-3.log',
      combined: '/l/a-3.log',
      pidFile: '/run/a-3.pid',
    });
  });

  it('leaves merged files and other endings as they are, and none stays none', () => {
    const merged = instancePaths({ name: 'a b', log: log({ merge: true }), pidFile: null }, 3, '/h');
    expect(merged).toEqual({
      out: '/l/a-out.log',
      err: '/l/a-error.log',
      combined: null,
      pidFile: '/h/pids/a-b-3.pid',
    });
    expect(instancePaths({ name: 'a', log: log({ outFile: '/l/out.txt' }), pidFile: null }, 3, '/h').out).toBe(
      '/l/out.txt',
    );
  });

  it('appends the id to names that end in digits, so that they do not collide', () => {
    const files = ['api-1', 'api-2'].flatMap((name) =>
      [0, 1].map((id) => instancePaths({ name, log: log({ outFile: `/l/${name}.log` }), pidFile: null }, id, '/h')),
    );
    expect(new Set(files.map(({ out }) => out)).size).toBe(4);
    expect(new Set(files.map(({ pidFile }) => pidFile)).size).toBe(4);
  });
});

it.each(['a/b', '../x', '..', '.', 'ä ö', 'x\0y'])('safeName of %j stays inside its folder', (name) => {
  expect(safeName(name)).toMatch(/^(?!\.{1,2}$)[a-zA-Z0-9.\-\\]+$/);
});
