/** Config files and lists of PM2 that hold anything: a clear mistake that names the file, the app and the key, never an exception. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { toSpecs } from '../../src/config/normalise.ts';
import { OPTIONS } from '../../src/config/options.ts';
import type { RawApp } from '../../src/config/validate.ts';
import { UpkeepError } from '../../src/core/errors.ts';
import { specProblem } from '../../src/core/spec-shape.ts';
import { parseDump, savedApps } from '../../src/pm2/dump-records.ts';
import { fakeContext } from '../unit/config/fake-context.ts';
import { mutated } from './mutations.ts';
import { runs } from './runs.ts';
import { anyJson, NASTY_NAMES, objectOf } from './values.ts';

const context = fakeContext({ files: { '/work/app.js': { text: '' } } });
const NAMES = OPTIONS.map(({ name }) => name);
const keys = fc.constantFrom(
  ...NAMES,
  ...OPTIONS.flatMap(({ aliases }) => aliases ?? []),
  'env_production',
  'env_',
  '__proto__',
  'constructor',
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isClean = (): void => expect(Object.keys(Object.prototype)).toEqual([]);

/** What a program in JavaScript can give, and JSON cannot. */
const circular: Record<string, unknown> = { name: 'circle' };
circular.self = circular;
const LIVE: Readonly<Record<string, unknown>> = {
  circular,
  'in a list': [circular],
  'without a prototype': Object.create(null),
  'without a text': Object.assign(Object.create(null), { toString: null }),
  bigint: 10n,
  symbol: Symbol('s'),
  function: () => 'called',
  nan: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  date: new Date(Number.NaN),
  map: new Map([['a', 1]]),
  regexp: /(a+)+/,
  toJSON: { toJSON: () => circular },
  primitive: { [Symbol.toPrimitive]: () => 'x' },
  getter: Object.defineProperty({}, 'name', {
    enumerable: true,
    get: () => {
      throw new Error('a getter that throws');
    },
  }),
};

describe('every option', () => {
  it('with a value of any type is refused by app and key, or makes a spec that the daemon takes', async () => {
    const app = fc
      .array(fc.tuple(keys, fc.oneof({ weight: 5, arbitrary: anyJson }, fc.constantFrom(...NASTY_NAMES))), {
        minLength: 1,
        maxLength: 3,
      })
      .map((entries) => objectOf([['script', 'app.js'], ...entries]) as RawApp);
    await fc.assert(
      fc.asyncProperty(fc.array(app, { minLength: 1, maxLength: 2 }), async (apps) => {
        const made = await toSpecs(apps, { file: '/work/ecosystem.json' }, context);
        if (made.ok) {
          for (const spec of made.value.specs) expect(specProblem(JSON.parse(JSON.stringify(spec)), 'spec')).toBeNull();
          return;
        }
        expect(['BAD_CONFIG', 'NOT_FOUND']).toContain(made.failure.code);
        for (const line of made.failure.message.split('\n')) expect(line).toMatch(/^apps\[[01]\]/);
      }),
      runs(500),
    );
    isClean();
  });

  it('one after the other, with a value that it cannot have', async () => {
    for (const name of NAMES) {
      const made = await toSpecs(
        [{ script: 'app.js', [name]: { nonsense: [{}] } } as RawApp],
        { file: '/work/e.json' },
        context,
      );
      if (!made.ok) expect(made.failure.message).toMatch(new RegExp(`^apps\\[0\\]\\.(${name}|[a-z_]+)`, 'm'));
    }
  });

  it('with what only JavaScript can hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(keys, fc.constantFrom(...Object.keys(LIVE))), async ([key, value]) => {
        (globalThis as Record<string, unknown>).hostileValue = LIVE[value];
        const file = join(folder, `live-${Math.abs(Math.trunc(Math.random() * 1e12))}.config.cjs`);
        writeFileSync(
          file,
          `module.exports = { apps: [{ script: 'app.js', [${JSON.stringify(key)}]: globalThis.hostileValue }] };`,
        );
        const read = await readConfig(file, { cwd: folder, env: {} });
        rmSync(file);
        if (read.ok) await toSpecs(read.value.apps, { file }, context);
        else expect(read.failure.message).toContain(file);
      }),
      runs(60),
    );
  });
});

describe('a file', () => {
  const SAMPLES: Readonly<Record<string, string>> = {
    'a.json': '{ "apps": [{ "name": "a", "script": "app.js", "env": { "A": "1" } }] }',
    'a.json5': "{ apps: [{ name: 'a', script: 'app.js', /* c */ }], }",
    'a.yaml': 'apps:\n  - name: a\n    script: app.js\n    env: &e\n      A: 1\n    env_x: *e\n',
    'a.toml': '[[apps]]\nname = "a"\nscript = "app.js"\n[apps.env]\nA = "1"\n',
    'package.json': '{ "name": "p", "pm2": { "apps": [{ "script": "app.js" }] } }',
    'a.config.cjs': 'module.exports = { apps: [{ name: "a", script: "app.js" }] };',
  };

  it.each(Object.keys(SAMPLES))('%s with any text says what is wrong and where', async (name) => {
    const sample = SAMPLES[name] as string;
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      // JavaScript is run: only cuts and turned letters, no random program.
      fc.nat({ max: sample.length }).map((end) => sample.slice(0, end)),
      fc
        .tuple(
          fc.nat({ max: sample.length - 1 }),
          fc.constantFrom('{', '}', '[', '"', '\0', '\n', ':', '&', '*', '\u202e'),
        )
        .map(([at, put]) => sample.slice(0, at) + put + sample.slice(at + 1)),
      anyJson.map((value) => JSON.stringify(value)),
    );
    let n = 0;
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const file = join(folder, name.startsWith('package') ? name : `${n++}${name}`);
        writeFileSync(file, content);
        const read = await readConfig(file, { cwd: folder, env: {} });
        rmSync(file);
        if (!read.ok) {
          expect(read.failure.message).toContain(file);
          expect(read.failure.message).not.toMatch(/^\s+at .*\.ts:\d+/m);
          return;
        }
        await toSpecs(read.value.apps, { file }, context);
      }),
      runs(name.endsWith('cjs') ? 25 : 80),
    );
    isClean();
  });

  it('that grows when it is read is refused', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'
        .split('')
        .map((letter, i) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`),
      'apps: [*i]',
    ].join('\n');
    const file = join(folder, 'bomb.yaml');
    writeFileSync(file, bomb);
    const read = await readConfig(file, { cwd: folder, env: {} });
    expect(read.ok ? 'read' : read.failure.message).toContain(file);
    for (const [name, text] of [
      ['deep.json', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
      ['deep.yaml', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ] as const) {
      writeFileSync(join(folder, name), text);
      const deep = await readConfig(join(folder, name), { cwd: folder, env: {} });
      expect(deep.ok ? 'read' : deep.failure.message).toContain(name);
    }
  });
});

describe('a list of PM2', () => {
  const ENTRY = {
    name: 'a',
    pm_exec_path: '/work/app.js',
    pm_cwd: '/work',
    exec_mode: 'fork_mode',
    env: { A: '1' },
    args: ['x'],
    node_args: [],
    exec_interpreter: 'node',
    pm_out_log_path: '/work/o',
    pm_err_log_path: '/work/e',
    status: 'online',
    instances: 1,
    autorestart: true,
    watch: false,
  };

  it('of any text is read as a value, or refused with the reason', async () => {
    const text = fc.oneof(
      anyJson.map((value) => JSON.stringify([value])),
      anyJson.map((value) => JSON.stringify(value)),
      mutated([ENTRY], anyJson).map(({ value }) => JSON.stringify(value)),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '[{get name() { throw 1 }}]',
        '(() => { for (;;); })()',
        'process.exit(1)',
        '[{name: globalThis}]',
        '[__proto__]',
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        try {
          const { apps } = await savedApps(parseDump(content), context);
          for (const { spec } of apps) expect(specProblem(JSON.parse(JSON.stringify(spec)), 'spec')).toBeNull();
        } catch (error) {
          if (!(error instanceof UpkeepError) && !(error instanceof SyntaxError)) throw error;
          expect(error.message.length).toBeGreaterThan(5);
        }
      }),
      runs(250),
    );
    isClean();
  });
});
