import { Command, Option as CommanderOption } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_FLAGS, namesOf, optionFlags, optionsFromFlags } from '../../../src/config/flags.ts';
import { camelCase, findOption, helpOf, nearestKey, OPTIONS } from '../../../src/config/options.ts';
import { jsonSchema } from '../../../src/config/schema.ts';
import { checkApp, variableDefaults } from '../../../src/config/validate.ts';

const check = (raw: unknown) => checkApp(raw, (key) => key);

describe('the table', () => {
  it('has each name, alias and flag once', () => {
    const names = OPTIONS.flatMap((option) => [option.name, ...(option.aliases ?? [])]);
    expect(new Set(names).size).toBe(names.length);
    const flags = [...optionFlags(), ...ACTION_FLAGS].flatMap(
      ({ flags: text }) => text.match(/--?[a-z][a-z0-9-]*/g) ?? [],
    );
    expect(flags.filter((flag, index) => flags.indexOf(flag) !== index)).toEqual([]);
  });

  it('finds every option by its name, its camelCase form and its aliases', () => {
    for (const option of OPTIONS) {
      for (const name of [option.name, camelCase(option.name), ...(option.aliases ?? [])]) {
        expect(findOption(name)?.name).toBe(option.name);
      }
    }
  });

  it('lists every option without effect', () => {
    const idle = OPTIONS.filter(({ support }) => support === 'none').map(({ name }) => name);
    expect(idle).toEqual(
      expect.arrayContaining(['vizion', 'username', 'windows_hide', 'kill_retry_time', 'trace', 'install_url', 'io']),
    );
    for (const name of idle)
      expect(helpOf(OPTIONS.find((option) => option.name === name) as never)).toContain('without effect');
    const told = check({
      trace: true,
      io: {},
      install_url: 'x',
      vizion: false,
      kill_retry_time: 50,
      windowsHide: true,
    });
    expect(told.notes.map((note) => note.split(':')[0])).toEqual(['trace', 'io', 'install_url']);
    expect(check({ trace: false }).notes).toEqual([]);
  });

  it('knows what was meant', () => {
    expect(nearestKey('max_memroy_restart')).toBe('max_memory_restart');
    expect(nearestKey('maxMemoryRestat')).toBe('maxMemoryRestart');
    expect(nearestKey('completely_else')).toBeNull();
  });

  it('makes flags that commander takes', () => {
    const parsed = parse(['--name', 'x', '-i', '-1', '-c', '* * * * *', '--node-args=--a --b', '-o', 'NULL']);
    expect(parsed).toEqual({
      name: 'x',
      instances: '-1',
      cron_restart: '* * * * *',
      node_args: '--a --b',
      out_file: 'NULL',
    });
  });

  it('tells only what was given', () => {
    expect(parse([])).toEqual({});
    expect(parse(['--no-autorestart', '--no-pmx', '--disable-logs'])).toEqual({
      autorestart: false,
      pmx: false,
      disable_logs: true,
    });
  });

  it.each([
    [['--watch'], { watch: true }],
    [['--watch', 'a', '--watch', 'b'], { watch: ['a', 'b'] }],
    [['--watch-delay', '4'], { watch_delay: 4000 }],
    [['--watch-delay', '400ms'], { watch_delay: '400ms' }],
    [['--stop-exit-codes', '0 3', '--stop-exit-codes', '4'], { stop_exit_codes: ['0 3', '4'] }],
    [['-l'], { log_file: true }],
    [['--log', 'x.log'], { log_file: 'x.log' }],
    [['--max-restarts'], {}],
    [['--filter-env', 'A', '--filter-env', 'B'], { filter_env: ['A', 'B'] }],
    [['-x'], { execute_command: true, exec_mode: 'fork' }],
    [['--ext', 'js,ts'], { ext: ['js', 'ts'] }],
    [['--cron-restart', '0'], { cron_restart: '0' }],
  ])('%j', (words, options) => {
    const parsed = parse(words);
    expect(parsed).toEqual(options);
    expect(check(parsed).problems).toEqual([]);
  });

  it('reads names of --only', () => {
    expect(namesOf('a,b  c')).toEqual(['a', 'b', 'c']);
  });
});

function parse(words: readonly string[]) {
  const command = new Command('start').exitOverride().allowUnknownOption(false);
  for (const { flags, description, parse: parser } of [...optionFlags(), ...ACTION_FLAGS]) {
    const option = new CommanderOption(flags, description);
    command.addOption(parser === undefined ? option : option.argParser(parser));
  }
  command.parse([...words], { from: 'user' });
  return optionsFromFlags(command.opts());
}

describe('checkApp', () => {
  it('accepts camelCase and aliases, and gives canonical names and plain values', () => {
    const raw = {
      script: 'a.js',
      maxMemoryRestart: '1G',
      out: 'o.log',
      interpreterArgs: '--a --b',
      killTimeout: '10s',
    };
    expect(check(raw).values).toEqual({
      script: 'a.js',
      max_memory_restart: 1024 ** 3,
      out_file: 'o.log',
      node_args: ['--a', '--b'],
      kill_timeout: 10_000,
    });
  });

  it('prefers the canonical name and says so', () => {
    const { values, notes } = check({ cmd: 'b', script: 'a', exec: 'c' });
    expect(values.script).toBe('a');
    expect(notes).toHaveLength(2);
  });

  it('reports all mistakes at once', () => {
    const raw = {
      exec_mode: 'x',
      instances: 'many',
      min_uptime: 5,
      autorestart: 'maybe',
      uid: -1,
      kill_signal: 'SIGX',
    };
    expect(check(raw).problems).toHaveLength(6);
    expect(check(raw).mistaken).toEqual(Object.keys(raw));
  });

  it('takes max as a number of instances, and a wrong mode as one mistake', () => {
    expect(check({ script: 'a', exec_mode: 'toto', instances: 'max' }).problems).toHaveLength(1);
  });

  it('warns of unknown keys and leaves them out, but keeps silent about the vendor', () => {
    const { notes, problems, values } = check({ script: 'a', max_restart: 3, km_foo: true });
    expect(problems).toEqual([]);
    expect(notes.join()).toContain('max_restarts');
    expect(values).toEqual({ script: 'a', km_foo: true });
  });

  it('accepts numeric text, text for lists, and an empty list', () => {
    const raw = { instances: '4', stop_exit_codes: ['0', 3], node_args: '', args: ['a', 1], name: 455 };
    expect(check(raw).values).toEqual({
      instances: 4,
      stop_exit_codes: [0, 3],
      node_args: [],
      args: ['a', '1'],
      name: '455',
    });
  });

  it('makes text of variables', () => {
    const { env, namedEnv } = check({ env: { A: 1, B: { c: [1] }, D: null, E: true }, env_prod: 'A=2 F="x y"' });
    expect(env).toEqual({ A: '1', B: '{"c":[1]}', E: 'true' });
    expect(namedEnv.get('prod')).toEqual({ A: '2', F: 'x y' });
  });

  it.each([[null], ['x'], [3], [[]]])('refuses %j as an app', (raw) => {
    expect(check(raw).problems).toHaveLength(1);
  });

  it('never throws, whatever the values are', () => {
    const key = fc.oneof(fc.constantFrom(...OPTIONS.map(({ name }) => name as string)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(key, fc.anything()), (raw) => {
        const { values, problems } = check(raw);
        expect(Object.keys(values).length + problems.length).toBeLessThanOrEqual(Object.keys(raw).length);
      }),
    );
  });

  it('gives values that it reads again as the same values', () => {
    const raw = {
      script: 'a',
      min_uptime: '5s',
      log_max_age: '30d',
      max_memory_restart: '3M',
      cron: 0,
      watch: ['a'],
      exec_mode: 'cluster_mode',
    };
    const once = check(raw).values;
    expect(check(once).values).toEqual(once);
  });
});

it('variables of the caller stand in, bad ones are told', () => {
  const { values, notes } = variableDefaults({
    UPKEEP_LOG_MAX_SIZE: '5M',
    UPKEEP_LOG_COMPRESS: 'false',
    UPKEEP_LOG_KEEP: 'x',
    PM2_KILL_TIMEOUT: '9',
    UPKEEP_KILL_TIMEOUT: '7',
  });
  expect(values).toEqual({ log_max_size: 5 * 1024 ** 2, log_compress: false, kill_timeout: 7 });
  expect(notes).toHaveLength(1);
});

it('the schema names every option in every spelling', () => {
  const schema = jsonSchema() as { $defs: { app: { properties: Record<string, unknown> } } };
  const { properties } = schema.$defs.app;
  for (const option of OPTIONS) {
    for (const name of [option.name, camelCase(option.name), ...(option.aliases ?? [])])
      expect(properties).toHaveProperty(name);
  }
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});
