import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configCandidates, configKind } from '../../../src/config/config-file.ts';
import { findConfig, readConfig } from '../../../src/config/load.ts';
import { systemContext, systemLookup } from '../../../src/config/lookup.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upkeep config '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const env = { WHO: 'ann' };
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return name;
};
const read = async (name: string, stdin?: string) =>
  readConfig(name, { cwd: folder, env, ...(stdin === undefined ? {} : { stdin }) });
const appsOf = async (name: string, stdin?: string) => {
  const result = await read(name, stdin);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value.apps;
};

it.each([
  ['a.json', 'json'],
  ['a.json5', 'json'],
  ['a.yml', 'yaml'],
  ['A.YAML', 'yaml'],
  ['a.toml', 'toml'],
  ['a.config.js', 'module'],
  ['/x/a.config.cjs', 'module'],
  ['a.config.mjs', 'module'],
  ['a.config.ts', 'typescript'],
  ['ecosystem.js', 'module'],
  ['x.js', null],
  ['x.jsonfoo.js', null],
  ['config.js', null],
  ['x.json/app', null],
])('%s is %s', (name, kind) => {
  expect(configKind(name)).toBe(kind);
});

it('tries the names that PM2 tries, in its order', () => {
  expect(configCandidates('x').slice(0, 6)).toEqual([
    'x.json',
    'x.yml',
    'x.yaml',
    'x.config.js',
    'x.config.cjs',
    'x.config.mjs',
  ]);
});

describe('languages', () => {
  const expected = [{ name: 'a', script: 'a.js' }];

  it.each([
    ['strict.json', '{"apps":[{"name":"a","script":"a.js"}]}'],
    ['bom.json', '\uFEFF{"apps":[{"name":"a","script":"a.js"}]}'],
    ['loose.json', '// note\n{ apps: [{ name: process.env.WHO[0], /* x */ script: "a" + ".js", }] }'],
    ['five.json5', "{ apps: [{ name: 'a', script: 'a.js', }], }"],
    ['list.json', '[{"name":"a","script":"a.js"}]'],
    ['one.json', '{"name":"a","script":"a.js","$schema":"x"}'],
    ['object.json', '{"apps":{"name":"a","script":"a.js"}}'],
    ['package.json', '{"name":"p","pm2":[{"name":"a","script":"a.js"}]}'],
    ['a.yaml', 'apps:\n  - name: a\n    script: a.js\n'],
    ['merge.yml', 'x: &x\n  script: a.js\napps:\n  - <<: *x\n    name: a\n'],
    ['a.toml', '[[apps]]\nname = "a"\nscript = "a.js"\n'],
    ['c.config.cjs', 'module.exports = { apps: [{ name: "a", script: "a.js" }] }'],
    ['c.config.js', 'module.exports = () => ({ apps: [{ name: "a", script: "a.js" }] })'],
    ['e.config.mjs', 'export default { apps: [{ name: "a", script: "a.js" }] }'],
    ['async.config.mjs', 'export default async () => ({ apps: [{ name: "a", script: "a.js" }] })'],
    ['await.config.mjs', 'const x = await Promise.resolve("a"); export default [{ name: x, script: "a.js" }]'],
    ['named.config.mjs', 'export const apps = [{ name: "a", script: "a.js" }]'],
    [
      't.config.ts',
      'enum N { A = "a" }\nconst x: string = N.A;\nexport default { apps: [{ name: x, script: "a.js" }] };',
    ],
    ['translated.config.cjs', 'exports.__esModule = true; exports.default = [{ name: "a", script: "a.js" }]'],
  ])('%s', async (name, text) => {
    expect(await appsOf(await file(name, text))).toEqual(expected);
  });

  it('reads stdin', async () => {
    expect(await appsOf('-', "[{name: 'a', script: 'a.js'}]")).toEqual(expected);
    expect((await read('-', '')).ok).toBe(false);
  });

  it('reads a changed module anew', async () => {
    for (const name of ['fresh.config.cjs', 'fresh.config.mjs']) {
      const head = name.endsWith('.mjs') ? 'export default' : 'module.exports =';
      await file(name, `${head} [{ script: "1.js" }]`);
      expect(await appsOf(name)).toEqual([{ script: '1.js' }]);
      await file(name, `${head} [{ script: "2.js" }]`);
      expect(await appsOf(name)).toEqual([{ script: '2.js' }]);
    }
  });

  it('makes plain data: patterns as text, no functions, no prototypes', async () => {
    const name = await file(
      'odd.config.cjs',
      'module.exports = [{ script: "a", ignore_watch: [/x\\d/], f() {}, u: undefined }]',
    );
    const result = await read(name);
    if (!result.ok) throw new Error(result.failure.message);
    expect(result.value.apps[0]).toMatchObject({ script: 'a', ignore_watch: ['/x\\d/'] });
    expect(result.value.notes).toHaveLength(1);
    const [app] = await appsOf('-', '[{ "script": "a", "__proto__": { "x": 1 } }]');
    expect(app).not.toHaveProperty('x');
  });
});

describe('sections', () => {
  it('gives the environments of deploy', async () => {
    const name = await file('s.json', '{"deploy":{"prod":{"env":{"A":1}}},"apps":[]}');
    expect(await read(name)).toMatchObject({
      ok: true,
      value: { apps: [], notes: [], deployEnv: { prod: { A: '1' } }, file: join(folder, name) },
    });
  });

  it('makes apps of static, beside others or alone', async () => {
    const entries = [
      { path: './public', port: 9000, spa: true, basic_auth: { username: 'u', password: 'p' }, max_restarts: 3 },
      { name: 'files', ftp: true, env: { A: 'b' } },
    ];
    const alone = await appsOf(await file('static.json', JSON.stringify({ static: entries })));
    expect(alone).toEqual([
      {
        name: 'static-page-server-9000',
        script: 'serve',
        max_restarts: 3,
        env: {
          PM2_SERVE_PORT: '9000',
          PM2_SERVE_PATH: './public',
          PM2_SERVE_SPA: 'true',
          PM2_SERVE_BASIC_AUTH: 'true',
          PM2_SERVE_BASIC_AUTH_USERNAME: 'u',
          PM2_SERVE_BASIC_AUTH_PASSWORD: 'p',
        },
      },
      {
        name: 'files',
        script: 'serve',
        env: { A: 'b', PM2_SERVE_PORT: '8080', PM2_SERVE_PATH: '.', PM2_SERVE_FTP: 'true' },
      },
    ]);
    const both = await appsOf(await file('both.json', JSON.stringify({ apps: [{ script: 'a' }], static: [{}] })));
    expect(both.map(({ script }) => script)).toEqual(['a', 'serve']);
    expect(await appsOf(await file('odd.json', '{"static":[3]}'))).toEqual([3]);
  });

  it('takes a file of only deploy as one without apps, and an empty list as nothing to do', async () => {
    for (const text of ['{"static":[]}', '{"deploy":{}}', '[]', '{}']) {
      expect(await appsOf(await file('none.json', text))).toEqual([]);
    }
  });
});

describe('failures', () => {
  it.each([
    ['e1.json', '{\n  a: 1,\n  b c\n}', ':3:'],
    ['e2.yaml', 'apps:\n  - a: 1\n b: 2\n', ':3:'],
    ['e3.toml', 'a = 1\nb = = 2\n', ':2:'],
    ['e4.config.cjs', 'module.exports = {\n  a: 1 b\n}', ':2:'],
    ['e5.config.mjs', 'export default {\n  a: 1 b\n}', ':2:'],
    ['e6.config.cjs', 'const a = 1;\nthrow new Error("boom")', ':2:'],
    ['e7.config.ts', 'export default {\n  a: 1 b\n}', ':2:'],
    ['e8.config.cjs', 'module.exports = async () => {\n  throw new Error("boom")\n}', ':2:'],
  ])('%s has its place', async (name, text, place) => {
    const result = await read(await file(name, text));
    if (result.ok) throw new Error('expected a failure');
    expect(result.failure.code).toBe('BAD_CONFIG');
    expect(result.failure.message).toContain(`${join(folder, name)}${place}`);
    expect(result.failure.message.split('\n')).toHaveLength(1);
  });

  it.each([
    ['loop.json', '(() => { for (;;); })()'],
    ['empty.json', '  '],
    ['empty.yaml', ''],
    ['number.json', '3'],
    ['package.json', '{"name":"p"}'],
    ['bomb.yaml', `a: &a [x, x, x, x, x, x, x, x]\n${bomb()}`],
    ['cycle.config.cjs', 'const a = {}; a.a = a; module.exports = a'],
    ['deep.yaml', `a: ${'['.repeat(3000)}`],
    ['x.js', ''],
  ])('%s is refused', async (name, text) => {
    const result = await read(await file(name, text));
    expect(result.ok ? null : result.failure.code).toBe('BAD_CONFIG');
  });

  it('names what is missing, a folder, or not readable', async () => {
    const codeOf = async (name: string) => {
      const result = await read(name);
      return result.ok ? null : result.failure.code;
    };
    expect(await codeOf('gone.json')).toBe('NOT_FOUND');
    await mkdir(join(folder, 'folder.json'));
    expect(await codeOf('folder.json')).toBe('BAD_CONFIG');
    await chmod(join(folder, await file('secret.json', '[]')), 0);
    // root may read everything.
    expect(await codeOf('secret.json')).toBe(process.getuid?.() === 0 ? null : 'IO_FAILED');
  });
});

function bomb(): string {
  const names = 'abcdefgh';
  return [...names.slice(1)]
    .map((name, index) => `${name}: &${name} [${Array(8).fill(`*${names[index]}`).join(', ')}]`)
    .join('\n');
}

it('finds the config of a folder, ecosystem.config.js first', async () => {
  const place = await mkdtemp(join(folder, 'found-'));
  expect(await findConfig(place)).toBeNull();
  await writeFile(join(place, 'ecosystem.yml'), '');
  expect(await findConfig(place)).toBe(join(place, 'ecosystem.yml'));
  await writeFile(join(place, 'ecosystem.config.js'), '');
  expect(await findConfig(place)).toBe(join(place, 'ecosystem.config.js'));
});

describe('the real lookup', () => {
  const lookup = systemLookup();

  it('tells files, folders and programs apart', async () => {
    const text = join(folder, await file('script', '#!/bin/sh\necho'));
    expect([lookup.kindOf(text), lookup.kindOf(folder), lookup.kindOf(`${folder}/none`)]).toEqual([
      'file',
      'folder',
      'none',
    ]);
    expect(lookup.headOf(text)).toEqual({ isBinary: false, firstLine: '#!/bin/sh' });
    expect(lookup.headOf(process.execPath)?.isBinary).toBe(true);
    expect([lookup.isExecutable(text), lookup.isExecutable(process.execPath), lookup.isExecutable(folder)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(lookup.textOf(`${folder}/none`)).toBeNull();
  });

  it('knows root, and nobody of an impossible name', () => {
    expect(lookup.userOf('root')).toMatchObject({ uid: 0, gid: 0 });
    expect(lookup.userOf(0)?.uid).toBe(0);
    expect(lookup.groupOf(0)).toBe(0);
    for (const name of ['no such user', '-x', ''])
      expect([lookup.userOf(name), lookup.groupOf(name)]).toEqual([null, null]);
  });

  it('gives a context of this process', () => {
    expect(systemContext('/h', { cwd: '/', env })).toMatchObject({
      home: '/h',
      cwd: '/',
      env,
      nodePath: process.execPath,
    });
  });
});
