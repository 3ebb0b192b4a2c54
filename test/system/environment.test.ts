/** Where an app's variables come from, and which of the caller's reach the daemon. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const LIVES = `setInterval(() => {}, 1e6);`;
const FAST = { script: 'app.js', min_uptime: 100 };

function configOf(rig: Rig, app: object, more: object = {}): string {
  rig.write('app.js', LIVES);
  return rig.write('apps.json', JSON.stringify({ apps: [{ name: 'api', ...FAST, ...app }], ...more }));
}

async function sourcesOf(rig: Rig, ...names: string[]): Promise<readonly unknown[]> {
  const all = JSON.parse(await rig.must('env', 'api', '--json', '--sources')) as Record<
    string,
    { value: string; source: string }
  >;
  return names.map((name) => (all[name] === undefined ? null : `${all[name].value} of ${all[name].source}`));
}

describe('sources', () => {
  test('env and describe say where each variable comes from', async ({ rig }) => {
    const file = configOf(
      rig,
      { env: { A: '1', B: '1' }, env_production: { B: '2' }, port: 4000 },
      { deploy: { production: { env: { C: '3' } } } },
    );
    await rig.runWith({ env: { MINE: 'm' } }, 'start', file, '--env', 'production');
    expect(await sourcesOf(rig, 'MINE', 'A', 'B', 'C', 'PORT', 'pm_id')).toEqual([
      'm of caller',
      '1 of env',
      '2 of env_production',
      '3 of deploy.production.env',
      '4000 of port',
      '0 of upkeep',
    ]);
    const described = await rig.must('describe', 'api');
    expect(described).toContain('B (env_production)');
    expect(described).not.toContain('m of caller');
  });

  test('--update-env by name wins over the file until the file is applied again, and says so', async ({ rig }) => {
    const file = configOf(rig, { env: { A: 'file' } });
    await rig.must('start', file);
    const { stderr } = await rig.runWith({ env: { A: 'caller' } }, 'restart', 'api', '--update-env');
    expect(stderr).toContain("in place of the config's own A");
    expect(await sourcesOf(rig, 'A')).toEqual(['caller of caller, by --update-env']);
    await rig.must('restart', 'api', '--max-restarts', '3');
    expect(await sourcesOf(rig, 'A')).toEqual(['caller of caller, by --update-env']);
    await rig.must('restart', file);
    expect(await sourcesOf(rig, 'A')).toEqual(['file of env']);
  });

  test('start of a file that is registered names the variables that differ, but not their values', async ({ rig }) => {
    const file = configOf(rig, { env: { A: 'file' } });
    await rig.must('start', file);
    const env = { GREETING: 'hello-secret', A: 'caller' };
    const { stdout, stderr } = await rig.runWith({ env }, 'start', file);
    expect(stdout).toContain('differs in GREETING.');
    expect(stdout + stderr).not.toContain('hello-secret');
  });
});

describe('variables of PM2', () => {
  test('for apps are read from the caller', async ({ rig }) => {
    const file = configOf(rig, { instance_var: 'MY_NUMBER' });
    const env = {
      PM2_KILL_TIMEOUT: '700',
      PM2_KILL_SIGNAL: 'SIGTERM',
      PM2_GRACEFUL_LISTEN_TIMEOUT: '900',
      PM2_GRACEFUL_TIMEOUT: '5000',
      PM2_PROCESS_INSTANCE_VAR: 'WORKER',
      PM2_NODE_OPTIONS: '--no-warnings --stack-size=900',
      EXP_BACKOFF_RESET_TIMER: '1234',
    };
    await rig.runWith({ env }, 'start', file);
    await rig.must('restart', 'api', '--max-restarts', '3');
    const [one] = (await rig.call('instance.describe', { targets: ['api'] })).instances;
    expect(one?.spec).toMatchObject({
      stop: { killTimeoutMs: 700, drainTimeoutMs: 5000, signal: 'SIGTERM' },
      readiness: { listenTimeoutMs: 900 },
      instanceVar: 'WORKER',
      interpreterArgs: ['--no-warnings', '--stack-size=900'],
      restart: { backoffResetMs: 1234, maxRestarts: 3 },
    });
  });

  test('that steer the daemon are warned of when it was started with others, and idle ones with the reason', async ({
    rig,
  }) => {
    const file = configOf(rig, {});
    const env = { PM2_WORKER_INTERVAL: '7000', PM2_LOG_DATE_FORMAT: 'YYYY [day]', PM2_DAEMON_TITLE: 'my supervisor' };
    const first = await rig.runWith({ env }, 'start', file);
    expect(first.stderr).not.toContain('PM2_WORKER_INTERVAL');
    expect(rig.read('daemon.log')).toMatch(/^\d{4} day /m);
    expect(rig.read(`/proc/${await rig.daemonPid()}/cmdline`)).toContain('my supervisor');
    const other = { PM2_WORKER_INTERVAL: '9000', PM2_DUMP_FILE_PATH: '/elsewhere' };
    const { stderr } = await rig.runWith({ env: other }, 'restart', 'api');
    expect(stderr).toContain('PM2_WORKER_INTERVAL is 9000 here, but the daemon was started with 7000');
    expect(stderr).toContain('PM2_DUMP_FILE_PATH has no effect');
    await rig.runWith({ env: { PM2_WORKER_INTERVAL: '9000' } }, 'update');
    const after = await rig.runWith({ env: { PM2_WORKER_INTERVAL: '9000' } }, 'restart', 'api');
    expect(after.stderr).not.toContain('PM2_WORKER_INTERVAL');
  });

  test('PM2_CONCURRENT_ACTIONS is how many a reload replaces at a time', async ({ rig }) => {
    const options = { exec_mode: 'cluster', instances: 2, min_healthy: 0, listen_timeout: 500 };
    await rig.must('start', configOf(rig, options));
    const before = (await rig.call('events.follow', { after: null })).last;
    expect((await rig.runWith({ env: { PM2_CONCURRENT_ACTIONS: '2' } }, 'reload', 'api')).code).toBe(0);
    const { events } = await rig.call('events.follow', { after: before });
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind === 'started' || kind === 'exited');
    expect(kinds).toEqual(['started', 'started', 'exited', 'exited']);
  });

  test('PM2_OPTIMIZE_MEMORY is not needed: the daemon has a small heap', async ({ rig }) => {
    await rig.must('ping');
    // The daemon's own command line has become its title; the guard has it for the next one.
    const guard = await until(
      async () => rig.guardPid(await rig.daemonPid()),
      () => 'a guard',
    );
    expect(rig.read(`/proc/${guard}/cmdline`)).toContain('--max-semi-space-size=1');
  });

  test('PM2_KILL_USE_MESSAGE asks every app by message', async ({ rig }) => {
    await rig.runWith({ env: { PM2_KILL_USE_MESSAGE: 'true' } }, 'start', configOf(rig, {}));
    const [one] = (await rig.call('instance.describe', { targets: ['api'] })).instances;
    expect(one?.spec.stop.withMessage).toBe(true);
  });

  test('FORCE lets an empty list be saved', async ({ rig }) => {
    configOf(rig, {});
    await rig.must('start', 'apps.json');
    await rig.must('save');
    await rig.must('delete', 'all');
    const saved = (): number => JSON.parse(rig.read('dump.json')).apps.length;
    await rig.must('save');
    expect(saved()).toBe(1);
    await rig.runWith({ env: { FORCE: '1' } }, 'save');
    expect(saved()).toBe(0);
  });

  test('PM2_SILENT keeps the command line quiet', async ({ rig }) => {
    const { code, stdout, stderr } = await rig.runWith({ env: { PM2_SILENT: 'true' } }, 'start', configOf(rig, {}));
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });
});

describe('several files', () => {
  test('are started together, and a mistake in one starts nothing of the others', async ({ rig }) => {
    const one = configOf(rig, { name: 'one' });
    const two = rig.write('two.json', JSON.stringify([{ ...FAST, name: 'two' }]));
    const bad = rig.write('bad.json', JSON.stringify([{ ...FAST, name: 'bad', max_restarts: 'x' }]));
    expect((await rig.run('start', one, two, bad)).code).toBe(1);
    expect(await rig.list()).toEqual([]);
    await rig.must('start', one, two);
    expect((await rig.list()).map(({ name }) => name)).toEqual(['one', 'two']);
  });
});

describe('nvm', () => {
  test('a version that is not there, or no nvm at all, is a mistake that says what to do', async ({ rig }) => {
    const file = configOf(rig, { interpreter: 'node@20.1.0' });
    const none = await rig.runWith({ env: { NVM_DIR: join(rig.root, 'nowhere') } }, 'start', file);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('install nvm')]);
    rig.write('nvm/keep', '');
    const version = await rig.runWith({ env: { NVM_DIR: join(rig.root, 'nvm') } }, 'start', file);
    expect([version.code, version.stderr]).toEqual([1, expect.stringContaining('nvm install 20.1.0')]);
  });
});

/** What an app of this mode sees. */
async function seenBy(rig: Rig, mode: string): Promise<Record<string, string>> {
  rig.write('tell.js', `require('node:fs').writeFileSync('seen.json', JSON.stringify(process.env)); ${LIVES}`);
  const options = { name: 'tell', exec_mode: mode, time: true, kill_timeout: 900, stop_exit_codes: [3, 4] };
  const file = rig.write('tell.json', JSON.stringify([{ ...FAST, script: 'tell.js', ...options }]));
  const env = { PM2_USAGE: 'CLI', PM2_JSON_PROCESSING: 'true', updateEnv: 'x' };
  // The daemon's own environment has what the caller of the app has not.
  await rig.runWith({ env: { PM2_WORKER_INTERVAL: '7000' } }, 'ping');
  await rig.runWith({ env }, 'start', file);
  return until(
    () => {
      const text = rig.read(join(rig.root, 'seen.json'));
      return text.endsWith('}') ? (JSON.parse(text) as Record<string, string>) : undefined;
    },
    () => 'the app to tell',
  );
}

function expectClean(seen: Record<string, string>, mode: string): void {
  expect(seen).toMatchObject({
    name: 'tell',
    pm_id: '0',
    status: 'launching',
    restart_time: '0',
    exec_mode: `${mode}_mode`,
    log_date_format: 'YYYY-MM-DDTHH:mm:ss',
    kill_timeout: '900',
    stop_exit_codes: '3,4',
    treekill: 'true',
    windowsHide: 'true',
    km_link: 'false',
  });
  for (const name of ['PM2_USAGE', 'PM2_JSON_PROCESSING', 'updateEnv', 'script', 'out_file', 'PM2_WORKER_INTERVAL'])
    expect(seen).not.toHaveProperty(name);
  expect(Object.values(seen).filter((value) => value.includes('[object Object]'))).toEqual([]);
}

describe('the whole of an environment', () => {
  test('is what the app sees: the record as text, and nothing of the command line', async ({ rig }) => {
    expectClean(await seenBy(rig, 'fork'), 'fork');
  });

  test('is what the app sees in cluster mode, too', async ({ rig }) => {
    expectClean(await seenBy(rig, 'cluster'), 'cluster');
  });
});
