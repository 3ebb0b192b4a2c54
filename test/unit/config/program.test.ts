import { describe, expect, it } from 'vitest';
import { stripsTypes } from '../../../src/config/interpreter.ts';
import { fakeContext, program } from './fake-context.ts';
import { failureOf, specOf, specsOf } from './start.ts';

const manifest = (scripts: Record<string, string>, more: object = {}) => ({
  text: JSON.stringify({ name: 'shop', version: '2.3.4', scripts, ...more }),
});

describe('interpreters', () => {
  const context = fakeContext({
    files: {
      '/work/a.js': {},
      '/work/a.mjs': {},
      '/work/a.py': {},
      '/work/a.sh': {},
      '/work/a.rb': {},
      '/work/a.ts': {},
      '/work/binary': program,
      '/work/data': { isBinary: true },
      '/work/text': {},
      '/work/shell': { text: '#!/bin/sh\n', isExecutable: true },
      '/work/plain-shell': { text: '#!/bin/sh\n' },
      '/work/node-env': { text: '#!/usr/bin/env node\n', isExecutable: true },
      '/home/ann/.nvm/versions/node/v20.1.0/bin/node': program,
      '/work/my app.js': {},
    },
  });

  it.each([
    ['a.js', '/usr/bin/node'],
    ['a.mjs', '/usr/bin/node'],
    ['a.py', '/usr/bin/python3'],
    ['a.sh', '/usr/bin/bash'],
    ['binary', null],
    ['text', '/usr/bin/node'],
    ['shell', null],
    ['plain-shell', '/usr/bin/node'],
    ['node-env', '/usr/bin/node'],
    ['my app.js', '/usr/bin/node'],
    ['ls', null],
  ])('%s', async (script, interpreter) => {
    const spec = await specOf({ script }, context);
    expect([spec.interpreter, spec.isNode]).toEqual([interpreter, interpreter === '/usr/bin/node']);
  });

  it('fails for what nothing can run', async () => {
    for (const script of ['a.rb', 'a.ts', 'data']) await failureOf([{ script }], context);
  });

  it('runs TypeScript by a Node that can, else by bun', async () => {
    const at = (nodeVersion: string) => specOf({ script: 'a.ts' }, { ...context, nodeVersion });
    expect((await at('v22.18.0')).interpreterArgs).toEqual([]);
    expect((await at('v22.6.0')).interpreterArgs).toEqual(['--experimental-strip-types']);
    const withBun = fakeContext({ files: { '/work/a.ts': {}, '/usr/bin/bun': program } });
    expect(await specOf({ script: 'a.ts' }, withBun)).toMatchObject({ interpreter: '/usr/bin/bun', isNode: false });
    expect(['20.19.0', '22.5.0', '23.0.0', '23.6.0', '24.0.0'].map(stripsTypes)).toEqual([
      null,
      null,
      ['--experimental-strip-types'],
      [],
      [],
    ]);
  });

  it('takes the word of the user', async () => {
    const by = async (interpreter: string) => (await specOf({ script: 'a.js', interpreter }, context)).interpreter;
    expect((await specOf({ script: './binary', interpreter: 'none' }, context)).interpreter).toBeNull();
    await failureOf([{ script: 'a.js', interpreter: 'none' }], context);
    expect(await by('python3')).toBe('/usr/bin/python3');
    expect(await by('python')).toBe('/usr/bin/python3');
    expect(await by('./binary')).toBe('/work/binary');
    expect(await by('node@20.1.0')).toBe('/home/ann/.nvm/versions/node/v20.1.0/bin/node');
    await failureOf([{ script: 'a.js', interpreter: 'node@1.2.3' }], context);
  });

  it('lets Python write at once', async () => {
    expect((await specOf({ script: 'a.py' }, context)).env.declared).toEqual({ PYTHONUNBUFFERED: '1' });
  });

  it('puts arguments of the interpreter before the script', async () => {
    const spec = await specOf({ script: 'a.js', node_args: '--inspect --x="a b"', args: '1 "2 3"' }, context);
    expect([spec.interpreterArgs, spec.args]).toEqual([
      ['--inspect', '--x="a b"'],
      ['1', '2 3'],
    ]);
  });
});

describe('commands', () => {
  const context = fakeContext({
    files: { '/work/app.js': {}, '/work/bin/tool': program, '/work/lib.js': {}, '/work/script': { text: '#!/bin/sh' } },
  });

  it.each([
    ['node app.js -p 3', '/usr/bin/node', [], '/work/app.js', ['-p', '3']],
    ['node --inspect -r ./lib.js app.js', '/usr/bin/node', ['--inspect', '-r', './lib.js'], '/work/app.js', []],
    [`node -e '1 + 1'`, null, [], '/usr/bin/node', ['-e', '1 + 1']],
    ['node --watch app.js', null, [], '/usr/bin/node', ['--watch', 'app.js']],
    ['bin/tool x "y z"', null, [], '/work/bin/tool', ['x', 'y z']],
    ['ls | ls', null, [], '/usr/bin/bash', ['-c', 'ls | ls']],
    ['X=1 node app.js', null, [], '/usr/bin/bash', ['-c', 'X=1 node app.js']],
    ['cd bin && ls', null, [], '/usr/bin/bash', ['-c', 'cd bin && ls']],
    ['exec ls', null, [], '/usr/bin/bash', ['-c', 'exec ls']],
  ])('%s', async (script, interpreter, interpreterArgs, path, args) => {
    const spec = await specOf({ script }, context);
    expect(spec).toMatchObject({ interpreter, interpreterArgs, script: path, args, isNode: interpreter !== null });
  });

  it('adds further arguments, quoted where a shell would split them', async () => {
    expect((await specOf({ script: 'ls | ls', args: ['a b', 'c'] }, context)).args).toEqual(['-c', "ls | ls 'a b' c"]);
    expect((await specOf({ cmd: 'bin/tool x', args: ['a b'] }, context)).args).toEqual(['x', 'a b']);
  });

  it('fails for programs that are not there or not executable', async () => {
    for (const script of ['gone x', './script x', '/gone x']) await failureOf([{ script }], context);
  });
});

describe('npm scripts', () => {
  const files = {
    '/work/server.js': {},
    '/work/node_modules/.bin/next': { text: '#!/usr/bin/env node\n', isExecutable: true },
    '/usr/bin/npm': { text: '#!/usr/bin/env node\n', isExecutable: true },
    '/usr/bin/yarn': { text: '#!/usr/bin/env node\n', isExecutable: true },
    '/usr/bin/pnpm': { text: '#!/usr/bin/env node\n', isExecutable: true },
    '/work/deep/er/x.txt': {},
  };
  const scripts = {
    start: 'node server.js --fast',
    dev: 'next dev -p 3',
    vars: 'NODE_ENV=x node server.js',
    piped: 'node server.js | cat',
    cd: 'cd x',
    gone: 'not-installed',
    hooked: 'node server.js',
    prehooked: 'true',
  };
  const context = fakeContext({ files: { ...files, '/work/package.json': manifest(scripts) } });

  it.each([
    [{ script: 'npm', args: 'start' }, '/work/server.js', ['--fast']],
    [{ script: 'npm start' }, '/work/server.js', ['--fast']],
    [{ script: 'npm run dev' }, '/work/node_modules/.bin/next', ['dev', '-p', '3']],
    [
      { script: 'npm', args: ['run', 'dev', '--', '--x', 'y z'] },
      '/work/node_modules/.bin/next',
      ['dev', '-p', '3', '--x', 'y z'],
    ],
    [{ script: 'yarn run dev x' }, '/work/node_modules/.bin/next', ['dev', '-p', '3', 'x']],
    [{ script: 'pnpm', args: 'start' }, '/work/server.js', ['--fast']],
    [{ script: 'npm start', cwd: 'deep/er' }, '/work/server.js', ['--fast']],
  ])('%j is resolved', async (app, script, args) => {
    const { specs, notes } = await specsOf([app], context);
    expect(specs[0]).toMatchObject({ script, args, interpreter: '/usr/bin/node', isNode: true, cwd: '/work' });
    expect(notes).toHaveLength(1);
  });

  it('gives what npm would give to the environment', async () => {
    const { declared } = (await specOf({ script: 'npm run dev', env: { PATH: '/x:/usr/bin', A: '1' } }, context)).env;
    expect(declared).toMatchObject({
      A: '1',
      npm_lifecycle_event: 'dev',
      npm_package_name: 'shop',
      npm_package_version: '2.3.4',
      PATH: '/work/node_modules/.bin:/node_modules/.bin:/x:/usr/bin',
    });
  });

  it.each([
    'npm run vars',
    'npm run piped',
    'npm run cd',
    'npm run gone',
    'npm run hooked',
    'npm run unknown',
    'npm run dev --x',
    'npm run -s dev',
    'pnpm run dev -- x',
  ])('%s is left to the package manager, and said', async (script) => {
    const { specs, notes } = await specsOf([{ script, instances: 2 }], context);
    expect(specs[0]).toMatchObject({ script: `/usr/bin/${script.split(' ')[0]}`, isNode: false, execMode: 'fork' });
    expect(specs[0]?.args).toEqual(script.split(' ').slice(1));
    expect(notes.length).toBeGreaterThan(0);
  });

  it('is left to npm if settings say how scripts run, or there is no package', async () => {
    const npmrc = { '/work/.npmrc': { text: 'script-shell=zsh\n' } };
    const steered = fakeContext({ files: { ...files, ...npmrc, '/work/package.json': manifest(scripts) } });
    expect((await specOf({ script: 'npm start' }, steered)).script).toBe('/usr/bin/npm');
    expect((await specOf({ script: 'npm start' }, fakeContext({ files }))).script).toBe('/usr/bin/npm');
  });

  it('runs npm itself for anything else', async () => {
    expect(await specOf({ script: 'npm', args: 'install' }, context)).toMatchObject({
      script: '/usr/bin/npm',
      args: ['install'],
    });
  });
});

it('finds the files of a command beside the config file, if the caller has none of that name', async () => {
  const npm = { text: '#!/usr/bin/env node', isExecutable: true };
  const package_ = { '/srv/shop/package.json': manifest({ start: 'node server.js' }), '/srv/shop/server.js': {} };
  const context = fakeContext({ files: { ...package_, '/usr/bin/npm': npm } });
  for (const script of ['node server.js', 'npm start']) {
    const spec = await specOf({ script }, context, { file: '/srv/shop/ecosystem.config.js' });
    expect(spec).toMatchObject({ script: '/srv/shop/server.js', cwd: '/srv/shop' });
  }
  const both = fakeContext({ files: { ...package_, '/work/server.js': {} } });
  const spec = await specOf({ script: 'node server.js' }, both, { file: '/srv/shop/ecosystem.config.js' });
  expect(spec).toMatchObject({ script: '/work/server.js', cwd: '/work' });
});

it('shows the version of the package that the script belongs to', async () => {
  const files = { '/work/a/b/x.js': {}, '/work/a/package.json': manifest({}), '/work/y.js': {} };
  const context = fakeContext({ files });
  expect((await specOf({ script: 'a/b/x.js' }, context)).version).toBe('2.3.4');
  expect((await specOf({ script: 'y.js' }, context)).version).toBe('N/A');
});
