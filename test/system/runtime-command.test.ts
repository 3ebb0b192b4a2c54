/** `upkeep-runtime`: its options, streams and exit codes, outside of a container. */

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { inContainer, livesFor, RUNTIME, RUNTIME_WITHOUT_SHELL, startCompanion } from '../helpers/companion.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const runtime = (rig: Rig, ...args: string[]) => startCompanion(rig, [RUNTIME, ...args]);

/** Says a line on each stream and ends. */
const ONCE = `console.log('out line'); console.error('err line');`;
const STAYS = `setInterval(() => {}, 1000); console.log('up', process.argv.slice(2).join(' '), process.execArgv.join(' '));`;

async function ended(rig: Rig, ...args: string[]) {
  const run = runtime(rig, ...args);
  return { code: await run.ended, out: run.out(), err: run.err() };
}

describe.concurrent('how lines look', () => {
  test('raw: out to stdout, err to stderr, nothing else on stdout, no files', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { code, out, err } = await ended(rig, 'once.js', '--no-autorestart');
    expect({ code, out }).toEqual({ code: 0, out: 'out line\n' });
    expect(err).toContain('err line\n');
    expect(readdirSync(rig.paths.logs)).toEqual([]);
    expect(livesFor(rig.home)).toEqual([]);
  });

  test('--json: one object a line with PM2’s keys, and events', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { out } = await ended(rig, 'once.js', '--no-autorestart', '--json', '--name', 'job');
    const objects = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const lines = objects.filter(({ type }) => type !== 'process_event');
    expect(
      lines.map(({ timestamp, ...rest }) => ({ ...rest, isDate: !Number.isNaN(Date.parse(String(timestamp))) })),
    ).toEqual(
      expect.arrayContaining([
        { message: 'out line', type: 'out', process_id: 0, app_name: 'job', isDate: true },
        { message: 'err line', type: 'err', process_id: 0, app_name: 'job', isDate: true },
      ]),
    );
    expect(lines.length).toBe(2);
    expect(
      objects.filter(({ type }) => type === 'process_event').map(({ status, app_name }) => `${app_name} ${status}`),
    ).toContain('job start');
  });

  test('--format: key=value, both streams on stdout', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { out } = await ended(rig, 'once.js', '--no-autorestart', '--format');
    const stamp = 'timestamp=\\d{4}-\\d\\d-\\d\\d-\\d\\d:\\d\\d:\\d\\d[+-]\\d{4}';
    expect(out).toMatch(new RegExp(`^${stamp} app=once id=0 type=out message=out line$`, 'm'));
    expect(out).toMatch(new RegExp(`^${stamp} app=once id=0 type=error message=err line$`, 'm'));
  });

  test('--formatted: the id and name before each line, both streams on stdout', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { out } = await ended(rig, 'once.js', '--no-autorestart', '--formatted');
    expect(out.split('\n').sort()).toEqual(['', '0|once | err line', '0|once | out line']);
  });

  test('--output and --error name files, and the lines are shown all the same', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const { out } = await ended(rig, 'once.js', '--no-autorestart', '--output', 'o.log', '--error', 'e.log');
    expect([out, rig.read(join(rig.root, 'o.log')), rig.read(join(rig.root, 'e.log'))]).toEqual([
      'out line\n',
      'out line\n',
      'err line\n',
    ]);
  });
});

describe.concurrent('how it ends', () => {
  test('an app that ended by itself for good gives its exit code', async ({ rig }) => {
    rig.write('fails.js', 'process.exit(5)');
    rig.write('killed.js', `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
    expect((await ended(rig, 'fails.js', '--stop-exit-codes', '5')).code).toBe(5);
    expect((await ended(rig, 'killed.js', '--no-autorestart')).code).toBe(137);
  });

  test('an app that is given up on gives the code of its last end, loudly', async ({ rig }) => {
    rig.write('app.config.cjs', `module.exports = { apps: [{ name: 'crash', script: 'crash.js', max_restarts: 2 }] };`);
    rig.write('crash.js', `console.error('no database'); process.exit(9);`);
    const { code, err } = await ended(rig, 'app.config.cjs');
    expect(code).toBe(9);
    expect(err).toContain('no database');
    expect(err).toMatch(/\[UPKEEP\] crash \(0\) errored: exit code 9.*max_restarts 2/);
  });

  test('the other apps keep it alive; when a command has stopped the last, the code is 2', async ({ rig }) => {
    rig.write('once.js', ONCE);
    rig.write('stays.js', STAYS);
    rig.write(
      'app.config.cjs',
      `module.exports = { apps: [{ script: 'once.js', autorestart: false }, { script: 'stays.js' }] };`,
    );
    const run = runtime(rig, 'start', 'app.config.cjs');
    await rig.when('once', ({ status }) => status === 'stopped', 'ended');
    await rig.when('stays', ({ status }) => status === 'online', 'online');
    await rig.must('stop', 'stays');
    await rig.must('restart', 'stays');
    await rig.must('stop', 'stays');
    expect(await run.ended).toBe(2);
  });

  test('--no-auto-exit stays; upkeep kill ends it with 0', async ({ rig }) => {
    rig.write('once.js', ONCE);
    const run = runtime(rig, 'once.js', '--no-autorestart', '--no-auto-exit');
    await rig.when('once', ({ status }) => status === 'stopped', 'ended');
    expect(await rig.must('list')).toContain('once');
    await rig.must('kill');
    expect(await run.ended).toBe(0);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    test(`${signal} just when the starter has done its work is for the daemon`, async ({ rig }) => {
      rig.write('stays.js', STAYS);
      const [over, go] = [join(rig.root, 'over'), join(rig.root, 'go')];
      const node = rig.write(
        'node',
        `#!/bin/sh\n'${rig.node}' "$@"\ncode=$?\ntrap '' TERM QUIT\n: >'${over}'\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\nexit $code\n`,
      );
      chmodSync(node, 0o755);
      const run = startCompanion(rig, [RUNTIME, 'stays.js'], { env: { UPKEEP_NODE: node } });
      await run.shows('up');
      await until(
        () => (existsSync(over) ? true : undefined),
        () => 'the starter to have done its work',
      );
      run.signal(signal);
      rig.write('go', '');
      expect(await run.ended).toBe(0);
    });
  }

  test('an app with a schedule is not over', async ({ rig }) => {
    rig.write('once.js', `console.log('run', Date.now());`);
    const run = runtime(rig, 'once.js', '--no-autorestart', '--cron', '* * * * * *');
    await until(
      () => (run.out().split('\n').length > 3 ? true : undefined),
      () => `three runs: ${run.out()} ${run.err()}`,
    );
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
  });

  test('without arguments: the help and 1; a missing script, a config without apps, --only of nothing: a message and 1', async ({
    rig,
  }) => {
    rig.write('empty.json', '{"apps": []}');
    rig.write('app.json', '{"apps": [{"name": "a", "script": "a.js"}]}');
    rig.write('a.js', STAYS);
    const help = await ended(rig, '--help');
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('--no-auto-exit')]);
    const none = await ended(rig);
    expect([none.code, none.out]).toEqual([1, expect.stringContaining('upkeep-runtime [options]')]);
    expect(existsSync(rig.home), 'help leaves no trace').toBe(false);
    for (const [args, message] of [
      [['nowhere.js'], /nowhere\.js/],
      [['empty.json'], /no apps in empty\.json/],
      [['app.json', '--only', 'b'], /b/],
      [['a.js', '--delay', 'soon'], /--delay takes seconds, not soon/],
    ] as const) {
      const { code, out, err } = await ended(rig, ...args);
      expect([code, out], args.join(' ')).toEqual([1, '']);
      expect(err).toMatch(message);
      expect(livesFor(rig.home), args.join(' ')).toEqual([]);
    }
  });

  test('a home that a daemon serves is refused, and its apps are left alone', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    await rig.must('start', 'stays.js');
    const { pid } = await rig.one('stays');
    const { code, err } = await ended(rig, 'stays.js');
    expect(code).toBe(1);
    expect(err).toMatch(/serves .*home already[\s\S]*UPKEEP_HOME/);
    expect((await rig.one('stays')).pid).toBe(pid);
  });

  test('nobody reads the console: a second signal ends it all the same', async ({ rig }) => {
    rig.write(
      'flood.js',
      `setInterval(() => {
         console.log('x'.repeat(10_000));
         if (process.stdout.writableLength > 8_000_000) require('node:fs').writeFileSync('full', '');
       }, 1);`,
    );
    const child = spawn(RUNTIME, ['flood.js'], { env: rig.env, cwd: rig.root, stdio: ['ignore', 'pipe', 'pipe'] });
    rig.onDispose(() => void child.kill('SIGKILL'));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await rig.when('flood', ({ status }) => status === 'online', 'online');
    await until(
      () => (existsSync(join(rig.root, 'full')) ? true : undefined),
      () => 'the app to wait for its reader',
    );
    child.kill('SIGTERM');
    await rig.when('flood', ({ state }) => state !== 'ready', 'stopping');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await until(
      () => (livesFor(rig.home).length === 0 ? true : undefined),
      () => `an end: ${livesFor(rig.home).join(' ; ')}`,
    );
    // Its files stay, as after any SIGKILL; the next run in this home forgets them.
    rmSync(rig.home, { recursive: true });
  });
});

describe.concurrent('what it takes', () => {
  test('PM2’s options: -i, -n, --node-args, --max-memory-restart, --interpreter, --env, --watch before the script, arguments after --', async ({
    rig,
  }) => {
    rig.write('stays.js', STAYS);
    const run = startCompanion(rig, [
      RUNTIME,
      '--watch',
      'stays.js',
      ...['-i', '2', '-n', 'api', '--node-args', '--no-warnings', '--max-memory-restart', '300M', '--unknown-option'],
      ...['--', 'a', '-b'],
    ]);
    await until(
      async () =>
        (await rig.list().catch(() => [])).filter(({ status }) => status === 'online').length === 2 ? true : undefined,
      () => `two instances: ${run.out()}${run.err()}`,
    );
    const { instances } = await rig.call('instance.describe', { targets: ['api'] });
    expect(
      instances.map(({ execMode, spec }) => [execMode, spec.args, spec.maxMemoryBytes, spec.watch !== null]),
    ).toEqual([0, 1].map(() => ['cluster', ['a', '-b'], 300 * 1024 ** 2, true]));
    await run.shows('up a -b --no-warnings');
    expect(run.err()).toContain('--unknown-option');
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
  });

  test('--no-autostart, --secret, --machine-name and --env of a script hurt nobody; the last two are told', async ({
    rig,
  }) => {
    rig.write('stays.js', STAYS);
    const run = runtime(
      rig,
      'stays.js',
      '--no-autostart',
      // Nothing runs, which would end it with 2 after 8 s.
      '--no-auto-exit',
      '--secret',
      'x',
      '--machine-name',
      'm',
      '--env',
      'production',
      '--trace',
      '--v8',
      '--deep-monitoring',
    );
    await rig.when('stays', ({ status }) => status === 'stopped', 'registered');
    expect(run.err()).toMatch(/--secret belongs to PM2's hosted service/);
    expect(run.err()).toMatch(/--env chooses/);
    run.signal('SIGINT');
    expect(await run.ended).toBe(0);
  });

  test('--env lays a config’s section over its env; --only picks; a config on stdin', async ({ rig }) => {
    rig.write('say.js', `console.log(process.env.WHERE); setInterval(() => {}, 1000);`);
    const config = JSON.stringify({
      apps: [
        { name: 'one', script: 'say.js', env: { WHERE: 'here' }, env_production: { WHERE: 'there' } },
        { name: 'two', script: 'say.js', env: { WHERE: 'not me' } },
      ],
    });
    const run = startCompanion(rig, [RUNTIME, '-', '--env', 'production', '--only', 'one'], { input: config });
    await run.shows('there\n');
    expect((await rig.list()).map(({ name }) => name)).toEqual(['one']);
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.out()).toBe('there\n');
  });

  test('through a link, as npm installs it; without a shell around it the daemon’s end and code come through too', async ({
    rig,
  }) => {
    rig.write('once.js', ONCE);
    symlinkSync(RUNTIME, join(rig.root, 'upkeep-docker'));
    const linked = startCompanion(rig, [
      join(rig.root, 'upkeep-docker'),
      'once.js',
      '--no-autorestart',
      '--stop-exit-codes',
      '0',
    ]);
    expect(await linked.ended).toBe(0);
    expect(linked.out()).toBe('out line\n');
    rig.write('fails.js', `console.log('x'); process.exitCode = 4;`);
    const bare = startCompanion(rig, [rig.node, RUNTIME_WITHOUT_SHELL, 'fails.js', '--no-autorestart']);
    expect(await bare.ended).toBe(4);
    expect(bare.out()).toBe('x\n');
    rig.write('stays.js', STAYS);
    const stays = startCompanion(rig, [rig.node, RUNTIME_WITHOUT_SHELL, 'stays.js']);
    await stays.shows('up');
    stays.signal('SIGINT');
    expect(await stays.ended).toBe(0);
  });

  test('PM2_HOME is the home of an image made for PM2; a home that cannot be written is replaced, and told', async ({
    rig,
  }) => {
    rig.write('once.js', ONCE);
    const other = join(rig.root, 'pm2-home');
    const run = startCompanion(rig, [RUNTIME, 'once.js', '--no-autorestart'], {
      env: { UPKEEP_HOME: '', PM2_HOME: other },
    });
    expect(await run.ended).toBe(0);
    expect(existsSync(join(other, 'daemon.log'))).toBe(true);
    const tmp = join(rig.root, 'tmp');
    rig.write('tmp/x', '');
    mkdirSync(join(rig.root, 'sealed'));
    const sealed = join(rig.root, 'sealed');
    const moved = startCompanion(
      rig,
      inContainer([
        'sh',
        '-c',
        `mount -t tmpfs -o ro none ${sealed} && exec "$@"`,
        'sh',
        RUNTIME,
        'once.js',
        '--no-autorestart',
      ]),
      { env: { UPKEEP_HOME: join(sealed, 'home'), TMPDIR: tmp } },
    );
    expect(await moved.ended).toBe(0);
    expect(moved.err()).toContain(`${sealed}/home cannot be written: ${tmp}/upkeep is used`);
    expect(moved.out()).toBe('out line\n');
  });

  test('PM2_RUNTIME_DEBUG starts a daemon in the background and ends', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    const run = startCompanion(rig, [RUNTIME, 'stays.js'], { env: { PM2_RUNTIME_DEBUG: 'true' } });
    expect(await run.ended).toBe(0);
    await rig.when('stays', ({ status }) => status === 'online', 'online');
  });

  test('upkeep update inside replaces the daemon, and the lines go on', async ({ rig }) => {
    rig.write('ticks.js', `let i = 0; setInterval(() => console.log('tick ' + i++), 20);`);
    const run = runtime(rig, 'ticks.js');
    await run.shows('tick 1\n');
    const { pid } = await rig.one('ticks');
    await rig.must('update');
    const before = run.out().split('\n').length;
    await run.shows(`tick ${before + 10}\n`);
    expect((await rig.one('ticks')).pid).toBe(pid);
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    const ticks = run.out().trimEnd().split('\n');
    expect(ticks).toEqual(ticks.map((_, i) => `tick ${i}`));
  });
});

describe.concurrent('the HTTP API', () => {
  test('--web serves PM2’s JSON on loopback, is no reason to stay, and 404s other paths', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    const port = await freePort();
    const run = startCompanion(rig, [RUNTIME, 'stays.js', '--web', String(port), '--no-autorestart'], {
      env: { API_TOKEN: 'abc', PM2_WEB_STRIP_ENV_VARS: 'false' },
    });
    await run.shows(`Web interface listening on 127.0.0.1:${port}`);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const body = (await response.json()) as {
      system_info: { hostname: string; uptime: number };
      monit: Record<string, unknown>;
      processes: readonly { name: string; pm2_env: { status: string; env: Record<string, string> } }[];
    };
    expect(Object.keys(body.system_info)).toEqual(['hostname', 'uptime']);
    expect(Object.keys(body.monit)).toEqual(['loadavg', 'total_mem', 'free_mem', 'cpu', 'interfaces']);
    const app = body.processes.find(({ name }) => name === 'stays');
    expect([app?.pm2_env.status, app?.pm2_env.env.API_TOKEN]).toEqual(['online', 'abc']);
    const missing = await fetch(`http://127.0.0.1:${port}/other`);
    expect([missing.status, await missing.json()]).toEqual([404, { err: '404' }]);
    const { pid } = await rig.one('stays');
    process.kill(pid, 'SIGKILL');
    expect(await run.ended).toBe(137);
  });

  test('PM2_WEB_STRIP_ENV_VARS, PM2_API_IPADDR and PM2_API_PORT are obeyed', async ({ rig }) => {
    rig.write('stays.js', STAYS);
    const port = await freePort();
    const env = {
      PM2_API_IPADDR: '0.0.0.0',
      PM2_API_PORT: String(port),
      API_TOKEN: 'abc',
    };
    const run = startCompanion(rig, [RUNTIME, '--web', 'stays.js'], { env });
    await run.shows(`Web interface listening on 0.0.0.0:${port}`);
    const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(text).toContain('"name":"stays"');
    expect(text).not.toContain('API_TOKEN');
    // fetch would not send it.
    const foreign = await new Promise((resolve) => {
      get({ port, host: '127.0.0.1', headers: { host: `evil.example:${port}` } }, resolve);
    });
    expect(foreign).toMatchObject({ statusCode: 400 });
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
  });
});
