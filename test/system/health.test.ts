/** Probes and the event loop: who is ready, who is restarted, and what blocks. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import type { InstanceView } from '../../src/protocol/control.ts';
import { CERTIFICATE, KEY } from '../helpers/certificate.ts';
import { freePort, type Ran, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** Answers 200, or what the file beside it says. */
const SERVER = `
const { readFileSync } = require('node:fs');
const server = require('node:http').createServer((request, response) => {
  let status = 200;
  try { status = Number(readFileSync(__dirname + '/status', 'utf8')); } catch {}
  response.statusCode = request.url === '/health' ? status : 200;
  response.end(String(process.pid));
});
server.listen(process.env.PORT, '127.0.0.1');
`;

const QUICK = { interval: '100ms', timeout: '1s' };

async function start(rig: Rig, app: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const file = rig.write('apps.json', JSON.stringify({ apps: [{ name: 'app', script: 'app.js', ...app }] }));
  return rig.runWith({ env }, 'start', file);
}

const eventsOf = async (rig: Rig, kind: string): Promise<readonly string[]> =>
  (await rig.call('events.follow', { after: 0 })).events
    .filter((event) => event.kind === kind)
    .map((event) => event.reason);

const isReady = (view: InstanceView): boolean => view.readiness === 'ready';
const isUnready = (view: InstanceView): boolean => view.readiness === 'unready';

describe('readiness', () => {
  test('http: ready when it answers well, unready when not, and ready again', async ({ rig }) => {
    rig.write('app.js', SERVER);
    rig.write('status', '500');
    const PORT = String(await freePort());
    const probe = { http: `http://127.0.0.1:${PORT}/health`, ...QUICK, failure_threshold: 2, success_threshold: 2 };
    const started = start(rig, { readiness_probe: probe }, { PORT });
    await rig.when(
      'app',
      (view) => view.readiness === 'starting' && view.health?.probes[0]?.why === 'status 500',
      'a failed check',
    );
    expect(await rig.one('app')).toMatchObject({ status: 'launching', state: 'starting' });
    rig.write('status', '204');
    const { code, stdout } = await started;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('its readiness probe passes') });
    expect(await rig.one('app')).toMatchObject({ status: 'online', readiness: 'ready', generation: 0 });
    rig.write('status', '503');
    const unready = await rig.when('app', isUnready, 'unready');
    expect(unready).toMatchObject({ status: 'online', restarts: 0, reason: expect.stringContaining('status 503') });
    expect(await rig.must('list')).toContain('online (unready)');
    expect(await rig.must('describe', 'app')).toMatch(/readiness probe .*failing .*status 503/);
    expect(await rig.must('why', 'app')).toMatch(/readiness: .*status 503/);
    const [entry] = JSON.parse(await rig.must('jlist'));
    expect(entry.pm2_env).toMatchObject({ status: 'online', upkeep: { readiness: 'unready', generation: 0 } });
    rig.write('status', '200');
    await rig.when('app', isReady, 'ready again');
    expect(await eventsOf(rig, 'unready')).toHaveLength(1);
    expect(await eventsOf(rig, 'ready')).toHaveLength(2);
  });

  test('https: the certificate is not asked who signed it', async ({ rig }) => {
    rig.write('key.pem', KEY);
    rig.write('certificate.pem', CERTIFICATE);
    rig.write(
      'app.js',
      SERVER.replace("require('node:http').createServer(", "require('node:https').createServer(TLS, ").replace(
        'const server',
        "const TLS = { key: readFileSync(__dirname + '/key.pem'), cert: readFileSync(__dirname + '/certificate.pem') };\nconst server",
      ),
    );
    rig.write('status', '500');
    const PORT = String(await freePort());
    const probe = { http: `https://localhost:${PORT}/health`, ...QUICK };
    const started = start(rig, { readiness_probe: probe }, { PORT });
    await rig.when('app', (view) => view.health?.probes[0]?.why === 'status 500', 'a failed check');
    rig.write('status', '200');
    expect(await started).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('its readiness probe passes'),
    });
  });

  test('late: start ends with 1 and says what the probe got; a pass after that makes it ready', async ({ rig }) => {
    rig.write('app.js', SERVER);
    rig.write('status', '500');
    const PORT = String(await freePort());
    const probe = { http: '/health', ...QUICK };
    const { code, stderr } = await start(rig, { readiness_probe: probe, listen_timeout: 1500 }, { PORT });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/did not pass within 1500 ms \(status 500\); it is still running/),
    });
    expect(await rig.one('app')).toMatchObject({ status: 'online', readiness: 'unready' });
    rig.write('status', '200');
    await rig.when('app', isReady, 'ready after all');
  });

  test('tcp: a port that somebody opens', async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    const port = await freePort();
    const started = start(rig, { readiness_probe: { tcp: port, ...QUICK } });
    await rig.when('app', (view) => view.health?.probes[0]?.why === 'ECONNREFUSED', 'a refused connection');
    const other = createServer().listen(port, '127.0.0.1');
    rig.onDispose(() => void other.close());
    expect((await started).code).toBe(0);
    expect(await rig.one('app')).toMatchObject({ readiness: 'ready' });
  });

  test('exec: the exit code counts, the last line is told, it runs in the folder and environment of the app', async ({
    rig,
  }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    const exec = 'echo "looked as $WHO"; test -f ready';
    const started = start(rig, { readiness_probe: { exec, ...QUICK }, env: { WHO: 'somebody' } });
    await rig.when(
      'app',
      (view) => view.health?.probes[0]?.why === 'exit code 1: looked as somebody',
      'the reason of the program',
    );
    rig.write('ready', '');
    expect((await started).code).toBe(0);
  });

  test('exec: one that hangs is killed with all that it started', async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    // A grandchild in a session of its own, too.
    const exec = 'setsid sleep 300 & echo $! > grandchild; sleep 300 & echo $! > child; wait';
    const { code } = await start(rig, {
      readiness_probe: { exec, interval: '1h', timeout: '1s' },
      listen_timeout: 3000,
    });
    expect(code).toBe(1);
    for (const name of ['child', 'grandchild'] as const) {
      const pid = Number(rig.read(`${rig.root}/${name}`));
      expect(pid).toBeGreaterThan(1);
      await until(
        () => (readProcess(pid) === null ? true : undefined),
        () => `${name} ${pid} to be gone`,
      );
    }
    expect((await rig.one('app')).health?.probes[0]?.why).toBe('did not end within 1000 ms');
  });

  test('any program: a path alone is asked where it listens', async ({ rig }) => {
    const port = await freePort();
    rig.write(
      'app.py',
      `from http.server import *\nclass H(BaseHTTPRequestHandler):\n  def do_GET(s):\n    s.send_response(200); s.end_headers()\nHTTPServer(('127.0.0.1', ${port}), H).serve_forever()`,
    );
    const { code, stderr } = await start(rig, { script: 'app.py', readiness_probe: { http: '/', ...QUICK } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await rig.one('app')).toMatchObject({ readiness: 'ready', nodeVersion: null });
  });

  test('the daemon dies: what was unready still is, and its probe goes on', async ({ rig }) => {
    rig.write('app.js', SERVER);
    const PORT = String(await freePort());
    await start(rig, { readiness_probe: { http: '/health', ...QUICK } }, { PORT });
    rig.write('status', '500');
    const { pid } = await rig.when('app', isUnready, 'unready');
    const daemon = await rig.daemonPid();
    process.kill(daemon, 'SIGKILL');
    await rig.nextDaemon(daemon);
    expect(await rig.one('app')).toMatchObject({
      pid,
      readiness: 'unready',
      reason: expect.stringContaining('readiness probe'),
    });
    rig.write('status', '200');
    await rig.when('app', isReady, 'ready again under the next daemon');
    rig.write('status', '500');
    await rig.when('app', isUnready, 'unready again');
    expect(await rig.one('app'), rig.read('daemon.log')).toMatchObject({ pid, restarts: 0 });
  });
});

describe('a cluster', () => {
  /** Answers its health by a file of its own. */
  const worker = `
const { existsSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  const isIll = existsSync(__dirname + '/ill-' + process.env.NODE_APP_INSTANCE);
  response.statusCode = request.url === '/health' && isIll ? 500 : 200;
  response.end(String(process.pid));
}).listen(process.env.PORT, '127.0.0.1');
`;
  const answer = async (port: string): Promise<number> =>
    Number(await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text());

  for (const [how, url] of [
    ['a path', () => '/health'],
    ['the shared port', (port: string) => `http://127.0.0.1:${port}/health`],
  ] as const) {
    test(`${how}: each process is probed on its own; one that is unready gets no new connections, the last one does`, {
      timeout: 120_000,
    }, async ({ rig }) => {
      rig.write('app.js', worker);
      const PORT = String(await freePort());
      const probe = { http: url(PORT), ...QUICK, failure_threshold: 2 };
      const { code, stderr } = await start(
        rig,
        { instances: 3, exec_mode: 'cluster', readiness_probe: probe },
        { PORT },
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [view] = await rig.call('instance.why', { target: '0' });
      expect(view?.listening).toEqual([`127.0.0.1:${PORT}`]);
      const [ill, ...well] = await rig.list();
      rig.write('ill-0', '');
      await until(
        async () =>
          (await rig.list())
            .filter(isUnready)
            .map((one) => one.id)
            .join() === '0'
            ? true
            : undefined,
        () => 'the first to be unready, and only that',
      );
      // It stops accepting a moment later, when it has the message.
      let inARow = 0;
      await until(
        async () => {
          inARow = (await answer(PORT)) === ill?.pid ? 0 : inARow + 1;
          return inARow === 200 ? true : undefined;
        },
        () => '200 answers in a row of the others',
      );
      rig.write('ill-1', '');
      rig.write('ill-2', '');
      await until(
        async () => ((await rig.list()).every(isUnready) ? true : undefined),
        () => 'all to be unready',
      );
      expect(well.map((one) => one.pid)).toContain(await answer(PORT));
      expect((await rig.list()).map((one) => one.restarts)).toEqual([0, 0, 0]);
    });
  }
});

test('a process that starts beside others accepts when its probe has passed, and not before', {
  timeout: 60_000,
}, async ({ rig }) => {
  rig.write(
    'app.js',
    `const { existsSync } = require('node:fs');
     require('node:http').createServer((request, response) => {
       response.statusCode = request.url === '/health' && existsSync(__dirname + '/ill-' + process.pid) ? 500 : 200;
       response.end(String(process.pid));
     }).listen(process.env.PORT, '127.0.0.1');
     if (existsSync(__dirname + '/second')) require('node:fs').writeFileSync(__dirname + '/ill-' + process.pid, '');`,
  );
  const PORT = String(await freePort());
  const answer = async (): Promise<number> =>
    Number(await (await fetch(`http://127.0.0.1:${PORT}/`, { headers: { connection: 'close' } })).text());
  const probe = { http: '/health', ...QUICK };
  await start(rig, { instances: 2, exec_mode: 'cluster', readiness_probe: probe }, { PORT });
  const [first, second] = await rig.list();
  rig.write('second', '');
  process.kill(first?.pid as number, 'SIGKILL');
  const next = await until(
    async () => (await rig.list()).find((one) => one.id === 0 && one.health?.probes[0]?.why === 'status 500'),
    () => 'the replacement to be probed',
  );
  for (let i = 0; i < 50; i++) expect(await answer()).toBe(second?.pid);
  rmSync(`${rig.root}/ill-${next.pid}`);
  await until(
    async () => ((await answer()) === next.pid ? true : undefined),
    () => 'an answer of the replacement',
  );
});

describe('liveness', () => {
  test('an app that fails is restarted, gracefully, and the reason is told', async ({ rig }) => {
    rig.write('app.js', `${SERVER} process.on('SIGINT', () => { console.log('asked'); process.exit(0); });`);
    const PORT = String(await freePort());
    const probe = { http: '/health', ...QUICK, failure_threshold: 2 };
    await start(rig, { liveness_probe: probe, min_uptime: 100, stop_exit_codes: [0] }, { PORT });
    const { pid } = await rig.when('app', (view) => view.health?.probes[0]?.verdict === 'passing', 'to be live');
    rig.write('status', '500');
    await until(
      async () => ((await eventsOf(rig, 'not-live')).length > 0 ? true : undefined),
      () => 'the failure',
    );
    rig.write('status', '200');
    await rig.when('app', (view) => view.pid !== pid && view.readiness === 'ready', 'a new process');
    expect(rig.read('logs/app-out.log')).toContain('asked');
    const why = await rig.must('why', 'app');
    expect(why).toMatch(/its liveness probe \(http \/health\) failed 2 times: status 500; exit code 0/);
  });

  test('one of a cluster that hangs is restarted though the others answer at the shared port', {
    timeout: 60_000,
  }, async ({ rig }) => {
    rig.write(
      'app.js',
      `const { existsSync } = require('node:fs');
       require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
       setInterval(() => { while (existsSync(__dirname + '/hang-' + process.pid)) {} }, 50);`,
    );
    const PORT = String(await freePort());
    const probe = { http: `http://127.0.0.1:${PORT}/`, ...QUICK, failure_threshold: 2 };
    const app = { instances: 2, exec_mode: 'cluster', liveness_probe: probe, event_loop_limit: 0, kill_timeout: 300 };
    await start(rig, app, { PORT });
    const passing = async (): Promise<readonly InstanceView[] | undefined> => {
      const views = await rig.list();
      return views.every((view) => view.health?.probes[0]?.verdict === 'passing') ? views : undefined;
    };
    const [first, second] = await until(passing, () => 'both to be live');
    rig.write(`hang-${first?.pid}`, '');
    const next = await until(
      async () => (await rig.list()).find((view) => view.id === 0 && view.pid !== 0 && view.pid !== first?.pid),
      () => 'a new process in the place of the one that hangs',
    );
    expect(next.restarts).toBe(1);
    const [reason] = await eventsOf(rig, 'not-live');
    expect(reason).toContain('did not answer within 1000 ms');
    expect((await until(passing, () => 'both to be live again'))[1]?.pid).toBe(second?.pid);
  });

  test('the start period: failures of a young process do not count', async ({ rig }) => {
    rig.write('app.js', SERVER);
    rig.write('status', '500');
    const PORT = String(await freePort());
    const probe = { http: '/health', ...QUICK, failure_threshold: 1, start_period: '1h' };
    await start(rig, { liveness_probe: probe }, { PORT });
    const first = await rig.when('app', (view) => view.health?.probes[0]?.checkedAt != null, 'a check');
    const firstAt = first.health?.probes[0]?.checkedAt ?? 0;
    await rig.when('app', (view) => (view.health?.probes[0]?.checkedAt ?? 0) > firstAt + 300, 'more checks');
    expect(await rig.one('app')).toMatchObject({ pid: first.pid, restarts: 0 });
    // The first pass ends it.
    rig.write('status', '200');
    await rig.when('app', (view) => view.health?.probes[0]?.verdict === 'passing', 'a pass');
    rig.write('status', '500');
    await rig.when('app', (view) => view.pid !== 0 && view.pid !== first.pid, 'a restart');
  });

  test('hopeless: an app that is never live ends errored', { timeout: 60_000 }, async ({ rig }) => {
    rig.write('app.js', 'setInterval(() => {}, 1000)');
    const probe = { exec: 'echo nothing works; exit 3', interval: '1200ms', failure_threshold: 1 };
    await start(rig, { liveness_probe: probe, max_restarts: 3 });
    const given = await rig.when('app', (view) => view.status === 'errored', 'to be given up');
    expect(given.reason).toMatch(/failed once: exit code 3: nothing works; .*it was unstable 3 times in a row/);
    expect(given.pid).toBe(0);
  });
});

describe('a blocked event loop', () => {
  const BLOCKS = `
function untilTold() { while (!require('node:fs').existsSync(__dirname + '/go-on')) {} }
function blocker() { untilTold(); console.log('turned'); }
setInterval(() => {}, 1000);
`;
  const blocked = async (rig: Rig): Promise<string> =>
    until(
      async () => (await eventsOf(rig, 'blocked'))[0],
      () => 'the event',
    );
  const listens = async (rig: Rig): Promise<readonly string[]> =>
    (await rig.call('instance.why', { target: 'app' }))[0]?.listening ?? [];

  test('is reported with the function that blocks it; the app goes on, its inspector is closed', async ({ rig }) => {
    rig.write('app.js', `${BLOCKS} setTimeout(blocker, 300);`);
    await rig.run('start', 'app.js', '--event-loop-limit', '300ms');
    const reason = await blocked(rig);
    expect(reason).toMatch(/untilTold \(.*app\.js:2:\d+\) < blocker \(.*app\.js:3:\d+\) < /);
    // Closed from within: it is still blocked.
    expect(await listens(rig)).toEqual([]);
    expect(await rig.must('why', 'app')).toMatch(/has not turned for .*\n(.*\n)*?\s+at blocker \(/);
    rig.write('go-on', '');
    await until(
      async () => (await eventsOf(rig, 'unblocked'))[0],
      () => 'to turn again',
    );
    await until(
      async () => ((await listens(rig)).length === 0 ? true : undefined),
      () => 'its inspector to be closed',
    );
    await until(
      () => rig.read('logs/app-out.log').includes('turned') || undefined,
      () => 'what it prints to arrive',
    );
    expect(rig.read('logs/app-out.log')).toBe('turned\n');
    expect(await rig.one('app')).toMatchObject({ restarts: 0, status: 'online' });
  });

  test('one that waits in a call to the system: no stack, and that is said', async ({ rig }) => {
    rig.write(
      'app.js',
      `setTimeout(() => require('node:child_process').execSync('while ! test -f go-on; do sleep 0.05; done'), 300); setInterval(() => {}, 1000);`,
    );
    await rig.run('start', 'app.js', '--event-loop-limit', '300ms');
    expect(await blocked(rig)).toContain('stack not available: it runs no JavaScript');
    rig.write('go-on', '');
    await until(
      async () => (await eventsOf(rig, 'unblocked'))[0],
      () => 'to turn again',
    );
    await until(
      async () => ((await listens(rig)).length === 0 ? true : undefined),
      () => 'its inspector to be closed',
    );
  });

  test('an app with its own SIGUSR1 gets none', async ({ rig }) => {
    rig.write(
      'app.js',
      `process.on('SIGUSR1', () => console.log('signalled')); ${BLOCKS} setTimeout(blocker, 300); process.on('exit', () => {});`,
    );
    await rig.run('start', 'app.js', '--event-loop-limit', '300ms');
    expect(await blocked(rig)).toContain('stack not available: it has a listener of its own for SIGUSR1');
    rig.write('go-on', '');
    await until(
      async () => (await eventsOf(rig, 'unblocked'))[0],
      () => 'to turn again',
    );
    // 'signalled' would come before it.
    await until(
      () => rig.read('logs/app-out.log').includes('turned') || undefined,
      () => 'what it prints to arrive',
    );
    expect(rig.read('logs/app-out.log')).toBe('turned\n');
  });

  test('an app whose inspector is open is left alone, and not restarted', async ({ rig }) => {
    rig.write('app.js', `${BLOCKS} setTimeout(blocker, 300);`);
    const inspect = `--inspect=127.0.0.1:${await freePort()}`;
    await rig.run('start', 'app.js', '--node-args', inspect, '--event-loop-limit', '300ms', '--event-loop-restart');
    expect(await blocked(rig)).toContain('somebody has its inspector open');
    rig.write('go-on', '');
    await until(
      async () => (await eventsOf(rig, 'unblocked'))[0],
      () => 'to turn again',
    );
    expect(await listens(rig)).toHaveLength(1);
    expect(await rig.one('app')).toMatchObject({ restarts: 0 });
  });

  test('event_loop_restart: it is restarted, and the reason has the stack', async ({ rig }) => {
    rig.write(
      'app.js',
      `${BLOCKS} if (!require('node:fs').existsSync(__dirname + '/go-on')) setTimeout(blocker, 300);`,
    );
    await rig.run('start', 'app.js', '--event-loop-limit', '300ms', '--event-loop-restart', '--kill-timeout', '300ms');
    await blocked(rig);
    rig.write('go-on', '');
    await rig.when('app', (view) => view.incarnation === 2 && view.readiness === 'ready', 'the next life');
    expect(await rig.must('why', 'app')).toMatch(/has not turned for .*blocker/);
  });

  test('0 turns the watch off', async ({ rig }) => {
    rig.write('app.js', `${BLOCKS} setTimeout(blocker, 300);`);
    await rig.run('start', 'app.js', '--event-loop-limit', '0');
    rig.write('other.js', `${BLOCKS.replaceAll('go-on', 'go-on-2')} setTimeout(blocker, 1000);`);
    await rig.run('start', 'other.js', '--event-loop-limit', '300ms');
    await blocked(rig);
    expect((await rig.one('app')).health).toBeNull();
    for (const name of ['go-on', 'go-on-2']) rig.write(name, '');
  });
});
