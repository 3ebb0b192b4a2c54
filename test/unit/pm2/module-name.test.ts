/** Names of modules in every notation. */
import { describe, expect, it } from 'vitest';
import { canonicalName, isModuleName, sourceOf } from '../../../src/pm2/module-name.ts';

describe('the name of a module', () => {
  it.each([
    ['pm2-slack', 'pm2-slack'],
    ['pm2-slack@1.2.3', 'pm2-slack'],
    ['user/pm2-slack', 'pm2-slack'],
    ['user/pm2-slack#develop', 'pm2-slack'],
    ['@org/module', '@org/module'],
    ['@org/module@1.2.3', '@org/module'],
    ['https://github.com/user/module.git', 'module'],
    ['git+https://github.com/user/module.git#v1', 'module'],
    ['git+ssh://git@host/user/module.git', 'module'],
    ['https://host/module?token=x', 'module'],
    ['file:///home/user/module', 'module'],
    ['/home/user/module-1.2.3.tgz', 'module'],
    ['./module-v1-2-3.tar.gz', 'module'],
    [7, null],
    [undefined, null],
    ['', null],
  ])('%s is %s', (source, expected) => {
    expect(canonicalName(source)).toBe(expected);
  });

  it.each(['..', '../x', '@org/../x', '.hidden', 'a b', ''])('%j never becomes a folder', (name) => {
    expect(isModuleName(name)).toBe(false);
  });

  it.each([
    ['.', 'folder'],
    ['x.tar.gz', 'tarball'],
    ['http://host/module', 'tarball'],
    ['https://host/module.git', 'npm'],
    ['module-1.0.0.tgz', 'npm'],
    ['module', 'npm'],
  ])('%s is got as %s', (text, kind) => {
    expect(sourceOf(text, false)?.kind).toBe(kind);
  });
});
