import { describe, expect, it } from 'vitest';
import { updateSpec } from '../../../src/config/normalise.ts';
import { fakeContext, program } from './fake-context.ts';
import { failureOf, specOf, specsOf } from './start.ts';

const files = { '/work/app.js': {}, '/work/tool.py': {}, '/work/sub/inner.js': {}, '/etc/apps/other.js': {} };
const context = fakeContext({ files });

describe('paths', () => {
  it('takes the script from the caller, from the given folder, and else from the config file', async () => {
    expect((await specOf({ script: 'app.js' }, context)).script).toBe('/work/app.js');
    expect(await specOf({ script: 'inner.js', cwd: 'sub' }, context)).toMatchObject({
      script: '/work/sub/inner.js',
      cwd: '/work/sub',
    });
    const beside = await specOf({ script: './other.js' }, context, { file: '/etc/apps/eco.config.js' });
    expect(beside).toMatchObject({ script: '/etc/apps/other.js', cwd: '/etc/apps' });
  });

  it('places logs by the app folder, with ~ and with files that are none', async () => {
    const app = { script: 'app.js', cwd: '/work/sub/..', out: 'logs/o.log', err: '~/e.log', log: true };
    const { log } = await specOf(app, context);
    expect(log.outFile).toBe('/work/logs/o.log');
    expect(log.errorFile).toBe('/home/ann/e.log');
    expect(log.combinedFile).toBe('/home/ann/.upkeep/logs/app.log');
    const none = (await specOf({ script: 'app.js', output: 'NULL', error: '/dev/null' }, context)).log;
    expect([none.outFile, none.errorFile, none.combinedFile]).toEqual([null, null, null]);
  });

  it('gives the defaults of the contract', async () => {
    expect(await specOf({ script: 'app.js' }, context)).toMatchObject({
      name: 'app',
      namespace: 'default',
      instanceVar: 'NODE_APP_INSTANCE',
      autostart: true,
      restart: { autorestart: true, minUptimeMs: 1000, maxRestarts: 16, restartDelayMs: 0, backoffInitialMs: null },
      stop: { signal: 'SIGINT', killTimeoutMs: 1600, tree: true, withMessage: false },
      readiness: { waitReady: false, listenTimeoutMs: 3000, succeedWithinMs: 60_000 },
      reload: { order: 'stop-first', minHealthyMs: 5000, maxSurge: 1 },
      log: { maxSizeBytes: 10 * 1024 ** 2, maxAgeMs: 2_592_000_000, keep: 10, compress: true, format: 'raw' },
      watch: null,
      cron: null,
      maxMemoryBytes: null,
    });
  });

  it('never gives up if a pace is set and no number of restarts', async () => {
    const restarts = async (options: object) =>
      (await specOf({ script: 'app.js', ...options }, context)).restart.maxRestarts;
    expect(await restarts({ restart_delay: 100 })).toBeNull();
    expect(await restarts({ exp_backoff_restart_delay: 100 })).toBeNull();
    expect(await restarts({ restart_delay: 100, max_restarts: 3 })).toBe(3);
    expect(await restarts({ restart_delay: 0 })).toBe(16);
  });
});

describe('mode, number and merging of logs', () => {
  it.each([
    [{}, 'fork', 1, true],
    [{ instances: 3 }, 'cluster', 3, false],
    [{ instances: 'max' }, 'cluster', 4, true],
    [{ instances: 0 }, 'cluster', 4, true],
    [{ instances: -1 }, 'cluster', 3, false],
    [{ instances: -100 }, 'cluster', 1, false],
    [{ instances: 2, exec_mode: 'fork' }, 'fork', 2, false],
    [{ exec_mode: 'cluster' }, 'cluster', 1, false],
    [{ instances: 2, execute_command: true }, 'fork', 2, false],
    [{ instances: 2, merge_logs: true }, 'cluster', 2, true],
    [{ merge_logs: false }, 'fork', 1, false],
  ])('%j', async (options, execMode, instances, merge) => {
    const spec = await specOf({ script: 'app.js', ...options }, context);
    expect([spec.execMode, spec.instances, spec.log.merge]).toEqual([execMode, instances, merge]);
  });

  it('gives cluster only to Node, and says so', async () => {
    const { specs, notes } = await specsOf([{ script: 'tool.py', exec_mode: 'cluster' }], context);
    expect(specs[0]?.execMode).toBe('fork');
    expect(notes).toHaveLength(1);
    expect((await specOf({ script: 'tool.py', instances: 4 }, context)).execMode).toBe('fork');
  });

  it('is not misled by folders named like a program', async () => {
    const odd = fakeContext({
      files: { '/home/bun/python9': program, '/work/app.js': {}, '/opt/x/bin/node': program },
    });
    expect(await specOf({ script: 'app.js', interpreter: '/home/bun/python9', instances: 2 }, odd)).toMatchObject({
      isNode: false,
      execMode: 'fork',
    });
    expect((await specOf({ script: 'app.js', interpreter: '/opt/x/bin/node', instances: 2 }, odd)).execMode).toBe(
      'cluster',
    );
  });
});

describe('environment', () => {
  const env = { PATH: '/usr/bin', HOME: '/home/ann', USER: 'ann', LANG: 'C', MY_SECRET: 'x', SECRET: 'y' };
  const keysAfter = async (filter: unknown, more: Record<string, string> = {}) => {
    const spec = await specOf({ script: 'app.js', filter_env: filter }, { ...context, env: { ...env, ...more } });
    return Object.keys(spec.env.inherited).sort();
  };

  it.each([
    [true, ['HOME', 'LANG', 'PATH', 'USER']],
    ['SECRET', ['HOME', 'LANG', 'MY_SECRET', 'PATH', 'USER']],
    [['SECRET'], ['HOME', 'LANG', 'PATH', 'USER']],
    [['MY_*'], ['HOME', 'LANG', 'PATH', 'SECRET', 'USER']],
    [[], Object.keys(env).sort()],
    [false, Object.keys(env).sort()],
  ])('filter_env %j', async (filter, keys) => {
    expect(await keysAfter(filter)).toEqual(keys);
  });

  it('leaves behind what describes a supervised caller, and our own settings', async () => {
    const keys = await keysAfter(false, {
      pm_id: '3',
      name: 'x',
      status: 'online',
      UPKEEP_LOG_KEEP: '3',
      NODE_CHANNEL_FD: '3',
    });
    expect(keys).toEqual(Object.keys(env).sort());
    expect(await keysAfter(false, { name: 'x' })).toContain('name');
  });

  it('lays deploy below env, port above it, and the named one over all', async () => {
    const app = { script: 'app.js', env: { A: '1', B: '1', PORT: '1' }, env_prod: { B: '2' }, port: 3000 };
    const deployEnv = { prod: { A: '0', C: '0' } };
    const { declared } = (await specOf(app, context, { envName: 'prod', deployEnv })).env;
    expect(declared).toEqual({ A: '1', B: '2', C: '0', PORT: '3000' });
    expect((await specOf(app, context, { deployEnv })).env.declared).toEqual({ A: '1', B: '1', PORT: '3000' });
  });

  it('says of each variable where it comes from, and which of deploy were outvoted', async () => {
    const app = { script: 'app.js', env: { A: '1', B: '1' }, env_prod: { B: '2' }, port: 3000 };
    const { specs, notes } = await specsOf([app], context, {
      envName: 'prod',
      deployEnv: { prod: { A: '0', B: '0', C: '0' } },
    });
    expect(specs[0]?.env.origins).toEqual({ A: 'env', B: 'env_prod', C: 'deploy.prod.env', PORT: 'port' });
    expect(notes.filter((note) => note.includes('deploy.prod.env'))).toEqual([expect.stringContaining('A: ')]);
  });

  it('PM2_NODE_OPTIONS goes before the arguments of Node, and to Node alone', async () => {
    const caller = { ...context, env: { ...context.env, PM2_NODE_OPTIONS: '--no-warnings' } };
    const node = await specOf({ script: 'app.js', node_args: '--stack-size=900' }, caller);
    expect([node.interpreterArgs, node.declared.node_args]).toEqual([
      ['--no-warnings', '--stack-size=900'],
      ['--no-warnings', '--stack-size=900'],
    ]);
    expect((await specOf({ script: 'tool.py' }, caller)).interpreterArgs).toEqual([]);
  });

  it('says that a named environment is missing', async () => {
    const { notes } = await specsOf([{ script: 'app.js', env_production: {} }], context, { envName: 'producton' });
    expect(notes.join()).toContain('env_producton');
    expect(notes.join()).toContain("'production'");
  });

  it('keeps env out of the declared options, and never lets it overwrite one', async () => {
    const spec = await specOf({ script: 'app.js', env: { name: 'zzz', args: 'x' } }, context);
    expect(spec.name).toBe('app');
    expect(spec.declared).toEqual({ script: '/work/app.js' });
  });
});

describe('names', () => {
  it.each([
    [{ script: '/work/app.js' }, 'app'],
    [{ script: 'sub/inner.js', name: 7 }, '7'],
    [{ script: 'app.js', name_prefix: 'p' }, 'p:app'],
    [{ script: 'app.js', name: 'p:app', name_prefix: 'p' }, 'p:app'],
    [{ script: 'ls -l x.txt' }, 'ls -l x'],
  ])('%j', async (app, name) => {
    expect((await specOf(app, context)).name).toBe(name);
  });

  it('appends the environment when asked', async () => {
    const app = { script: 'app.js', append_env_to_name: true, env_dev: {} };
    expect((await specOf(app, context, { envName: 'dev' })).name).toBe('app-dev');
    expect((await specOf(app, context)).name).toBe('app');
  });

  it('warns of names that commands read as something else', async () => {
    for (const name of ['all', '12', '/x/']) {
      expect((await specsOf([{ script: 'app.js', name }], context)).notes).toHaveLength(1);
    }
  });
});

describe('mistakes', () => {
  it('reports all of all apps, each with its path, and starts nothing', async () => {
    const failure = await failureOf(
      [
        { script: 'app.js', max_memory_restart: 'lots', exec_mode: 'x' },
        { script: 'app.js', cron: 'never', uid: 'nobody' },
        { name: 'x' },
        'app.js' as never,
        { script: 'gone.js', kill_signal: 'FOO' },
      ],
      context,
    );
    expect(failure.code).toBe('BAD_CONFIG');
    const paths = failure.message.split('\n').map((line) => line.slice(0, line.indexOf(':')));
    expect(paths.sort()).toEqual(
      [
        'apps[0].max_memory_restart',
        'apps[0].exec_mode',
        'apps[1].cron_restart',
        'apps[1].uid',
        'apps[2].script',
        'apps[3]',
        'apps[4].script',
        'apps[4].kill_signal',
      ].sort(),
    );
  });

  it('names the flag of a mistake on the command line', async () => {
    const failure = await failureOf([{ script: 'app.js' }], context, { overrides: { max_memory_restart: 'x' } });
    expect(failure.message).toMatch(/^--max-memory-restart: /);
  });

  it.each([
    [{ script: 'app.js', cwd: 'nowhere' }],
    [{ script: 'sub/' }],
    [{ script: 'app.js', interpreter: 'nope' }],
    [{ script: 'app.js', interpreter: './nope' }],
    [{ script: 'nope --x' }],
    [{ script: 'app.js', cron: '61 * * * *' }],
    [{ script: 'app.js', name: 'a\nb' }],
    [{ script: '' }],
  ])('%j is one mistake', async (app) => {
    expect((await failureOf([app], context)).message.split('\n')).toHaveLength(1);
  });
});

describe('accounts', () => {
  const users = { bob: { name: 'bob', uid: 1001, gid: 1001, home: '/home/bob' } };
  const root = fakeContext({ files, users, groups: { staff: 50 } }, { isRoot: true });

  it('finds names, takes the group of the user, and sets HOME', async () => {
    const spec = await specOf({ script: 'app.js', user: 'bob' }, root);
    expect([spec.uid, spec.gid]).toEqual([1001, 1001]);
    expect(spec.env.declared).toMatchObject({ HOME: '/home/bob', USER: 'bob', LOGNAME: 'bob' });
    const grouped = await specOf({ script: 'app.js', uid: 1001, gid: 'staff', env: { HOME: '/x' } }, root);
    expect([grouped.uid, grouped.gid, grouped.env.declared.HOME]).toEqual([1001, 50, '/x']);
  });

  it('refuses the unknown, and everybody but root', async () => {
    expect((await failureOf([{ script: 'app.js', uid: 'eve' }], root)).message).toContain('cannot be found');
    expect((await failureOf([{ script: 'app.js', gid: 'eve' }], root)).message).toContain('cannot be found');
    await failureOf([{ script: 'app.js', uid: 'bob' }], fakeContext({ files, users }));
    const testing = fakeContext({ files, users }, { env: { NODE_ENV: 'test', PATH: '/usr/bin' } });
    expect((await specOf({ script: 'app.js', uid: 'bob' }, testing)).uid).toBe(1001);
  });
});

it('an update to another user brings the HOME of that user', async () => {
  const users = {
    bob: { name: 'bob', uid: 1001, gid: 1001, home: '/home/bob' },
    eve: { name: 'eve', uid: 1002, gid: 1002, home: '/home/eve' },
  };
  const root = fakeContext({ files, users }, { isRoot: true });
  const result = await updateSpec(await specOf({ script: 'app.js', uid: 'bob' }, root), { uid: 'eve' }, root);
  if (!result.ok) throw new Error(result.failure.message);
  expect([result.value.spec.uid, result.value.spec.env.declared.HOME]).toEqual([1002, '/home/eve']);
});

describe('only and overrides', () => {
  const apps = [{ script: 'app.js' }, { script: 'app.js', name: 'two' }, { script: 'gone.js', name: 'broken' }];

  it('acts on the named apps, so that others may be wrong', async () => {
    const { specs } = await specsOf(apps, context, { only: ['app', 'two'] });
    expect(specs.map(({ name }) => name)).toEqual(['app', 'two']);
  });

  it('fails for a name that is not there, and names those that are', async () => {
    const failure = await failureOf(apps, context, { only: ['tow'] });
    expect(failure.code).toBe('NOT_FOUND');
    for (const name of ['app', 'two', 'broken']) expect(failure.message).toContain(name);
    expect(failure.hint).toContain('two');
  });

  it('applies flags over the file, and a name only to a single app', async () => {
    const two = [{ script: 'app.js', max_restarts: 3 }, { script: 'tool.py' }];
    const { specs } = await specsOf(two, context, { overrides: { max_restarts: 5, instances: 2 } });
    expect(specs.map(({ restart, instances }) => [restart.maxRestarts, instances])).toEqual([
      [5, 2],
      [5, 2],
    ]);
    await failureOf(two, context, { overrides: { name: 'x' } });
    expect((await specOf({ script: 'app.js' }, context, { overrides: { name: 'x' } })).name).toBe('x');
  });

  it('is content with no app at all', async () => {
    expect((await specsOf([], context)).specs).toEqual([]);
  });
});

describe('watch', () => {
  it.each([
    [true, ['/work']],
    [[], ['/work']],
    ['src', ['src']],
    [
      ['a', '/b'],
      ['a', '/b'],
    ],
  ])('%j', async (watch, paths) => {
    expect((await specOf({ script: 'app.js', watch }, context)).watch?.paths).toEqual(paths);
  });

  it('replaces what is ignored, and reads the settings of chokidar', async () => {
    const { watch } = await specOf(
      {
        script: 'app.js',
        watch: true,
        ignore_watch: 'a b',
        watch_options: { usePolling: true, followSymlinks: false },
      },
      context,
    );
    expect(watch).toMatchObject({ ignore: ['a', 'b'], usePolling: true, followSymlinks: false });
  });

  it('ext ignores files with other extensions, not folders', async () => {
    const { watch } = await specOf({ script: 'app.js', watch: true, ext: 'js .json', ignore_watch: [] }, context);
    const pattern = new RegExp(watch?.ignore[0]?.slice(1, -1) ?? 'x');
    expect(['a.js', 'b/c.json', 'a.css', 'a.js.map', 'folder'].map((path) => pattern.test(path))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('updateSpec', () => {
  const start = () =>
    specOf(
      { script: 'app.js', cwd: 'sub/..', out: 'o.log', args: 'a b', max_restarts: 3, env: { A: '1' }, instances: 2 },
      context,
    );
  const elsewhere = fakeContext({ files }, { cwd: '/', env: { PATH: '/usr/bin', NEW: '1', HOME: '/root' } });
  const updated = async (patch: Record<string, unknown>, options = {}) => {
    const result = await updateSpec(await start(), patch, elsewhere, options);
    if (!result.ok) throw new Error(result.failure.message);
    return result.value;
  };

  it('changes nothing without a patch, from wherever it is called', async () => {
    const before = await start();
    const { spec } = await updated({});
    expect({ ...spec, declared: { ...spec.declared, name: 'app' } }).toEqual({
      ...before,
      declared: { ...before.declared, name: 'app' },
    });
  });

  it('changes single options, and null takes them away', async () => {
    const { spec } = await updated({ max_memory_restart: '1G', maxRestarts: 'null', args: ['x'], out: 'null' });
    expect(spec.maxMemoryBytes).toBe(1024 ** 3);
    expect(spec.restart.maxRestarts).toBe(16);
    expect(spec.args).toEqual(['x']);
    expect(spec.log.outFile).toBe('/home/ann/.upkeep/logs/app-out.log');
    expect(spec.declared).not.toHaveProperty('max_restarts');
  });

  it('never changes the mode, and leaves the log files of a renamed app', async () => {
    const { spec, notes } = await updated({ name: 'new', exec_mode: 'fork' });
    expect([spec.name, spec.execMode, spec.log.errorFile]).toEqual([
      'new',
      'cluster',
      '/home/ann/.upkeep/logs/app-error.log',
    ]);
    expect(notes).toHaveLength(1);
  });

  it('lays the new environment over the old one only when asked', async () => {
    expect((await updated({})).spec.env.inherited).not.toHaveProperty('NEW');
    const { inherited, declared } = (await updated({}, { updateEnv: true })).spec.env;
    expect(inherited).toMatchObject({ NEW: '1', SECRET: 'x', HOME: '/root' });
    expect(declared).toEqual({ A: '1' });
  });

  it('--update-env wins over what the config declares, but not over what follows from the program', async () => {
    const before = await specOf({ script: 'tool.py', env: { A: 'file', B: 'file' } }, context);
    const env = { ...context.env, A: 'caller', PYTHONUNBUFFERED: '0' };
    const after = await updateSpec(before, {}, { ...context, env }, { updateEnv: true });
    if (!after.ok) throw new Error(after.failure.message);
    expect(after.value.spec.env.declared).toEqual({ A: 'caller', B: 'file', PYTHONUNBUFFERED: '1' });
    expect(after.value.spec.env.origins).toMatchObject({ A: expect.stringContaining('--update-env'), B: 'env' });
    expect(after.value.notes.join()).toContain("in place of the config's own A,");
  });

  it('refuses bad values', async () => {
    const result = await updateSpec(await start(), { min_uptime: 'x', kill_timeout: 'y' }, elsewhere);
    expect(result.ok ? [] : result.failure.message.split('\n')).toHaveLength(2);
  });
});
