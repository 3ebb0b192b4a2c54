/** The page's server: how it is started and ended, who is let in, what it tells and does, and what outlives what. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Report } from '../../src/protocol/control.ts';
import type {
  CrashList,
  CrashPage,
  EventsPage,
  History,
  InstancePage,
  LogPage,
  LogStreamEvents,
  Overview,
  Profile,
  StreamEvents,
} from '../../src/web/api.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';
import { startWeb, Web } from '../helpers/web.ts';

const SERVER = `require('http').createServer((q, s) => s.end('ok')).listen(0); console.log('up');
  process.on('message', (line) => console.log(line));`;

/** All text files of the home but the token's own. */
function filesOf(rig: Rig): readonly (readonly [string, string])[] {
  return readdirSync(rig.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'token')
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, 'utf8')] as const);
}

/** The app prints it. */
async function say(rig: Rig, message: string): Promise<void> {
  const { outcomes } = await rig.call('app.message', { targets: ['app'], message });
  expect(outcomes.map(({ failure }) => failure)).toEqual([null]);
}

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

describe('upkeep web', () => {
  test('prints its address again, keeps its port and token over its own death and that of the daemon, and ends', async ({
    rig,
  }) => {
    const web = await startWeb(rig);
    expect(web.token).toMatch(/^[\w-]{43}$/);
    expect(new Web(await rig.must('web'))).toEqual(web);
    for (const [name, mode] of [
      ['web', 0o700],
      ['web/token', 0o600],
      ['web/address.json', 0o600],
    ] as const)
      expect(statSync(join(rig.home, name)).mode & 0o777, name).toBe(mode);

    const { pid, isModule } = await rig.one('upkeep-web');
    expect(isModule).toBe(true);
    process.kill(pid, 'SIGKILL');
    const isUp = async (): Promise<true | undefined> =>
      (await web.ask('/api/overview', { headers: web.bearer }).catch(() => null))?.status === 200 ? true : undefined;
    await rig.when('upkeep-web', (one) => one.pid !== pid && one.status === 'online', 'a new one');
    await until(isUp, () => 'the same address to answer');

    await rig.run('delete', 'all');
    await rig.must('kill');
    await rig.must('ping');
    await until(isUp, () => 'the same address to answer under the next daemon');

    // As if it had been started by the version before.
    const [own] = (await rig.call('instance.describe', { targets: ['upkeep-web'] })).instances;
    if (own === undefined) throw new Error('there is no server');
    await rig.call('app.amend', { specs: { [own.appKey]: { ...own.spec, version: '0.0.1' } } });
    expect(await rig.must('update')).toContain('The page goes on as the one of this version');
    await rig.when('upkeep-web', (one) => one.pid !== own.pid && one.pid !== 0, 'another one after the update');
    await until(isUp, () => 'the same address to answer after the update');
    expect((await rig.one('upkeep-web')).version).not.toBe('0.0.1');
    expect(await rig.must('update')).not.toContain('The page goes on');

    expect(await rig.must('web', '--stop')).toContain('stopped');
    expect(await rig.list()).toEqual([]);
    await expect(web.ask('/')).rejects.toThrow(/ECONNREFUSED/);
    expect(await rig.must('web', '--stop')).toContain('nothing to stop');
  });

  test('refuses a port that is taken with the name of who has it, and what is no port or address', async ({ rig }) => {
    const other = createServer().listen(0, '127.0.0.1');
    const port = await until(
      () => (other.address() as { port: number } | null)?.port,
      () => 'a port',
    );
    try {
      const taken = await rig.run('web', '--port', String(port));
      expect(taken.code).toBe(1);
      expect(taken.stderr).toContain(`port ${port} is in use by pid ${process.pid}`);
      expect(await rig.list()).toEqual([]);
      for (const words of [
        ['--port', '70000'],
        ['--port', 'x'],
        ['--host', 'example.org'],
      ])
        expect((await rig.run('web', ...words)).code, words.join(' ')).toBe(1);
    } finally {
      other.close();
    }
    const before = await startWeb(rig);
    const open = await before.stream('/api/stream');
    const after = new Web(await rig.must('web', '--new-token'));
    expect(after.port).toBe(before.port);
    expect((await after.ask('/api/overview', { headers: before.bearer })).status).toBe(401);
    expect((await after.ask('/api/overview', { headers: after.bearer })).status).toBe(200);
    // Who was in is out.
    await until(
      () => (open.isEnded ? true : undefined),
      () => 'the stream of the old token to end',
    );
    const elsewhere = await rig.run('web', '--host', '0.0.0.0', '--port', String(await freePort()));
    expect(elsewhere.code).toBe(0);
    expect(new Web(elsewhere.stdout).port).not.toBe(after.port);
    await expect(after.ask('/')).rejects.toThrow(/ECONNREFUSED/);
    expect(elsewhere.stderr).toContain('ssh -L');
  });
});

test('nobody is let in without the token, from another page, or by another name; and nothing tells the token', async ({
  rig,
}) => {
  rig.write('app.js', SERVER);
  await rig.must('start', 'app.js', '--name', 'app');
  const web = await startWeb(rig);
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ verb: 'stop', target: 'app' });
  const paths = [
    '/',
    '/index.html',
    '/api/overview',
    '/api/stream',
    '/api/logs',
    '/api/events',
    '/api/profiles',
    '/metrics',
    '/nope',
  ];
  for (const path of paths) {
    const { status, headers, text } = await web.ask(path);
    expect(status, path).toBe(401);
    expect(JSON.parse(text).error, path).toContain('upkeep web');
    expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
    expect(headers['cache-control'], path).toBe('no-store');
  }
  const html = await web.ask('/', { headers: { accept: 'text/html' } });
  expect([html.status, html.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
  expect((await web.ask('/api/overview', { headers: { authorization: `Bearer ${web.token}x` } })).status).toBe(401);
  expect((await web.ask('/?token=wrong')).status).toBe(401);
  // A link is for the page; a path of the API with it would leave it in somebody's log.
  expect((await web.ask(`/api/overview?token=${web.token}`)).status).toBe(401);

  const welcome = await web.ask(`/?token=${web.token}&app=1`);
  expect([welcome.status, welcome.headers.location]).toEqual([303, '/?app=1']);
  const [cookie = ''] = welcome.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(new RegExp(`^upkeep-web-${web.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict`));
  expect(cookie).not.toContain(web.token);
  const withCookie = { cookie: cookie.split(';')[0] ?? '' };
  expect((await web.ask('/api/overview', { headers: withCookie })).status).toBe(200);

  for (const host of ['evil.example', `evil.example:${web.port}`, '127.0.0.1.evil.example'])
    expect((await web.ask('/api/overview', { headers: { ...web.bearer, host } })).status, host).toBe(400);
  for (const host of ['localhost:9000', '[::1]:9000', '127.0.0.1:9000'])
    expect((await web.ask('/api/overview', { headers: { ...web.bearer, host } })).status, host).toBe(200);

  const post = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await web.ask('/api/actions', { method: 'POST', headers: { ...withCookie, ...json, ...headers }, body })).status;
  expect(await post({})).toBe(403);
  expect(await post({ origin: 'https://evil.example' })).toBe(403);
  expect(await post({ origin: 'null' })).toBe(403);
  expect(await post({ origin: `http://127.0.0.1:${web.port + 1}` })).toBe(403);
  expect(await post({ origin: `http://127.0.0.1:${web.port}`, 'sec-fetch-site': 'same-site' })).toBe(403);
  expect(await post({ origin: `http://127.0.0.1:${web.port}`, 'content-type': 'text/plain' })).toBe(415);
  const crossRead = await web.ask('/api/overview', { headers: { ...withCookie, 'sec-fetch-site': 'same-site' } });
  expect(crossRead.status).toBe(403);
  expect((await rig.one('app')).status).toBe('online');
  expect(await post({ origin: `http://127.0.0.1:${web.port}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect((await rig.one('app')).status).toBe('stopped');

  const statusOf = async (path: string, method = 'GET', text?: string): Promise<number> =>
    (
      await web.ask(path, {
        method,
        headers: { ...web.bearer, ...json },
        ...(text === undefined ? {} : { body: text }),
      })
    ).status;
  for (const path of [
    '/../web/token',
    '/%2e%2e/web/token',
    '/..%2f..%2fdaemon.cjs',
    '/api/profiles/..%2fweb%2ftoken',
    '//etc/passwd',
  ])
    expect(await statusOf(path), path).toBe(404);
  expect(await statusOf('/api/overview', 'PUT')).toBe(405);
  expect(await statusOf('/api/overview', 'POST', '{}')).toBe(405);
  expect(await statusOf('/api/actions')).toBe(405);
  expect(await statusOf('/api/stream', 'HEAD')).toBe(405);
  expect(await statusOf('/api/overview', 'HEAD')).toBe(200);
  expect(await statusOf('/api/actions', 'POST', 'x'.repeat(100_000))).toBe(413);
  for (const text of [
    '{',
    '[]',
    '{}',
    '{"verb":"kill","target":"app"}',
    '{"verb":"stop","target":7}',
    '{"verb":"scale","target":"app","count":"many"}',
  ])
    expect(await statusOf('/api/actions', 'POST', text), text).toBe(400);
  expect(await statusOf('/api/actions', 'POST', '{"verb":"stop","target":"nobody"}')).toBe(404);
  expect(await statusOf('/api/actions', 'POST', '{"verb":"stop","target":"upkeep-web"}')).toBe(409);
  expect(await statusOf('/api/instances/x')).toBe(400);
  expect(await statusOf('/api/instances/99')).toBe(404);

  const { pid } = await rig.one('upkeep-web');
  const told = [
    await rig.must('jlist'),
    await rig.must('describe', 'upkeep-web'),
    await rig.must('env', 'upkeep-web', '--show-secrets'),
    await rig.must('logs', '--nostream'),
    await rig.must('events', '--json'),
    readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
    readFileSync(`/proc/${pid}/environ`, 'latin1'),
    JSON.stringify(await web.get('/api/instances/1')),
    ...filesOf(rig).map(([, text]) => text),
  ];
  for (const text of told) expect(text).not.toContain(web.token);
});

test('tells what is, without secrets, and does what a user may do', async ({ rig }) => {
  rig.write('app.js', SERVER);
  const env = { DATABASE_PASSWORD: 'hunter2', DATABASE_URL: 'postgres://jo:hunter2@db/app', COLOR: 'red' };
  rig.write(
    'ecosystem.config.json',
    JSON.stringify({
      apps: [{ name: 'app', script: 'app.js', instances: 2, exec_mode: 'cluster', min_healthy: 0, env }],
    }),
  );
  await rig.must('start', 'ecosystem.config.json');
  const web = await startWeb(rig);
  const overview = await web.get<Overview>('/api/overview');
  expect(overview.daemon?.pid).toBe(await rig.daemonPid());
  expect(overview.instances.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'app online',
    'app online',
    'upkeep-web online',
  ]);

  const page = await web.ask('/api/instances/0', { headers: web.bearer });
  expect(page.text).not.toContain('hunter2');
  const { environment, configDiff, why, detail } = JSON.parse(page.text) as InstancePage;
  expect(environment).toEqual(
    expect.arrayContaining([
      { name: 'COLOR', value: 'red', origin: 'env' },
      { name: 'DATABASE_PASSWORD', value: null, origin: 'env' },
      { name: 'DATABASE_URL', value: 'postgres://jo:********@db/app', origin: 'env' },
      { name: 'pm_id', value: '0', origin: 'upkeep' },
    ]),
  );
  expect(configDiff).toEqual([]);
  expect(why.instance.id).toBe(0);
  expect(detail.spec.name).toBe('app');

  // What is set now holds from the next start on, and until then it is told.
  const [app] = (await rig.call('instance.describe', { targets: ['0'] })).instances;
  if (app === undefined) throw new Error('there is no app');
  const declared = { ...app.spec.env.declared, COLOR: 'blue', DATABASE_PASSWORD: 'other' };
  await rig.call('app.amend', { specs: { [app.appKey]: { ...app.spec, env: { ...app.spec.env, declared } } } });
  const diff = [
    { key: 'env.COLOR', started: 'red', now: 'blue' },
    { key: 'env.DATABASE_PASSWORD', started: '********', now: '********' },
  ];
  expect((await web.get<InstancePage>('/api/instances/0')).configDiff).toEqual(diff);
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  expect((await web.get<InstancePage>('/api/instances/0')).configDiff).toEqual(diff);

  const act = (verb: string, more: object = {}): Promise<Report> =>
    web.post<Report>('/api/actions', { verb, target: 'app', ...more });
  const pids = async (): Promise<readonly number[]> =>
    (await rig.list()).filter(({ name }) => name === 'app').map(({ pid }) => pid);
  const before = await pids();
  expect((await act('reload')).outcomes.map(({ failure }) => failure)).toEqual([null, null]);
  expect((await web.get<InstancePage>('/api/instances/0')).configDiff).toEqual([]);
  expect((await pids()).some((pid) => before.includes(pid))).toBe(false);
  await act('scale', { count: '3' });
  expect(await pids()).toHaveLength(3);
  await act('scale', { count: '-2' });
  expect(await pids()).toHaveLength(1);
  await act('stop');
  expect(await pids()).toEqual([0]);
  await act('start');
  expect((await pids())[0]).toBeGreaterThan(0);
  const [restarted] = (await act('restart')).outcomes;
  expect(restarted).toMatchObject({ name: 'app', failure: null, up: { how: 'listening' } });
  await act('reset');
  expect((await rig.one('app')).restarts).toBe(0);

  const { id } = await rig.one('app');
  const history = await web.get<History>(`/api/history/${id}?span=day`);
  expect([history.id, history.stepMs, Object.keys(history.series).length]).toEqual([id, 120_000, 8]);
  expect((await web.ask('/api/history/0?span=year', { headers: web.bearer })).status).toBe(400);
  expect([await web.get('/api/alerts'), overview.alerts]).toEqual([[], []]);
  const metrics = await web.ask('/metrics', { headers: web.bearer });
  expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(metrics.text).toMatch(/^upkeep_\w+\{app="app"/m);

  process.kill((await rig.one('app')).pid, 'SIGKILL');
  const [crash] = await until(
    async () => {
      const found = await web.get<CrashList>('/api/crashes?name=app');
      return found.length > 0 ? found : undefined;
    },
    () => 'a crash record',
  );
  const record = await web.get<CrashPage>(`/api/crashes/${crash?.crash}`);
  expect(record).toMatchObject({ name: 'app', exit: { kind: 'signal', signal: 'SIGKILL' } });
  expect(await web.get(`/api/crashes/${crash?.crash}/files/crash.json`)).toEqual(record);
  for (const path of ['/api/crashes/none', `/api/crashes/${crash?.crash}/files/..%2f..%2fweb%2ftoken`])
    expect((await web.ask(path, { headers: web.bearer })).status, path).toBe(404);
  await rig.when('app', ({ status, pid }) => status === 'online' && pid !== 0, 'up again');

  const { last, events, missed } = await web.get<EventsPage>('/api/events?after=2');
  expect([events[0]?.number, events.at(-1)?.number, missed]).toEqual([3, last, 0]);

  const profile = await web.post<Profile>('/api/profiles', { id, kind: 'cpu', seconds: 0.2 });
  expect(profile.file).toMatch(/^app-\d-.*\.cpuprofile$/);
  expect(await web.get('/api/profiles')).toMatchObject([{ file: profile.file, kind: 'cpu', bytes: profile.bytes }]);
  expect(await web.get(`/api/profiles/${profile.file}`)).toMatchObject({ nodes: expect.any(Array) });
  const snapshot = await web.post<Profile>('/api/profiles', { id, kind: 'heapsnapshot' });
  expect(await web.get(`/api/profiles/${snapshot.file}`)).toMatchObject({ snapshot: expect.any(Object) });
  expect(statSync(join(rig.home, 'profiles')).mode & 0o777).toBe(0o700);
  await act('delete');
  expect((await rig.list()).map(({ name }) => name)).toEqual(['upkeep-web']);
  await web.post('/api/profiles', { id, kind: 'cpu' }, 404);
});

test('streams go on over a killed daemon, and where a connection broke', async ({ rig }) => {
  rig.write('app.js', SERVER);
  await rig.must('start', 'app.js', '--name', 'app');
  const web = await startWeb(rig);
  const stream = await web.stream('/api/stream');
  const logs = await web.stream('/api/logs/stream?target=app&grep=WANTED&stream=out');
  await stream.when<Overview>('overview', ({ instances }) => instances.length === 2, 'the first picture');

  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await stream.when<StreamEvents['daemon']>('daemon', ({ isUp }) => !isUp, 'word that the daemon has gone');
  await stream.when<StreamEvents['daemon']>('daemon', ({ isUp }) => isUp, 'word that a daemon is there');
  const next = await rig.nextDaemon(daemon);
  await stream.when<Overview>('overview', (one) => one.daemon?.pid === next, 'a picture by the next daemon');
  await rig.must('restart', 'app');
  await stream.when<StreamEvents['event']>(
    'event',
    ({ kind, name }) => kind === 'ready' && name === 'app',
    'the restart',
  );
  const ids = stream.events.filter(({ event }) => event === 'event').map(({ id }) => Number(id));
  expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));

  await say(rig, 'not this');
  await say(rig, 'this is wanted');
  const { lines } = await logs.when<LogStreamEvents['lines']>('lines', (one) => one.lines.length > 0, 'the line');
  expect(lines).toMatchObject([{ name: 'app', stream: 'out', text: 'this is wanted' }]);
  const found = await web.get<LogPage>('/api/logs?target=app&grep=WANTED');
  expect(found).toMatchObject({ lines: [{ text: 'this is wanted', at: expect.any(Number) }], before: null });
  const newest = await web.get<LogPage>('/api/logs?target=app&limit=1');
  expect(newest.lines.map(({ text }) => text)).toEqual(['this is wanted']);
  const older = await web.get<LogPage>(
    `/api/logs?target=app&limit=1&before=${encodeURIComponent(newest.before ?? '')}`,
  );
  expect(older.lines.map(({ text }) => text)).toEqual(['not this']);
  expect((await web.get<LogPage>('/api/logs?target=app&level=error')).lines).toEqual([]);
  for (const query of ['level=loud', 'since=never', 'stream=in', 'limit=x'])
    expect((await web.ask(`/api/logs?${query}`, { headers: web.bearer })).status, query).toBe(400);

  const last = ids.at(-1) ?? 0;
  const resumed = await web.stream('/api/stream', { 'last-event-id': String(last - 2) });
  await resumed.when<StreamEvents['event']>('event', ({ number }) => number === last, 'what was missed');
  expect(
    resumed.events
      .filter(({ event }) => event === 'event')
      .map(({ id }) => Number(id))
      .slice(0, 2),
  ).toEqual([last - 1, last]);
  for (const one of [stream, logs, resumed]) one.stop();
});

test('viewers that do not read, and viewers that have gone, cost nothing that grows', async ({ rig }) => {
  // 30 MB of lines when it is told to, and a last one.
  rig.write(
    'app.js',
    `process.on('message', () => { for (let i = 0; i < 30000; i++) console.log('x'.repeat(1000)); console.log('last'); });
     setInterval(() => {}, 1e6);`,
  );
  await rig.must('start', 'app.js', '--name', 'app');
  const web = await startWeb(rig);
  const { pid } = await rig.one('upkeep-web');
  const open = async (count: number): Promise<void> => {
    const streams = await Promise.all(
      Array.from({ length: count }, (_, i) => web.open(i % 2 === 0 ? '/api/stream' : '/api/logs/stream')),
    );
    for (const one of streams) one.stop();
    // Each place is free again.
    await until(
      () =>
        web.open('/api/stream').then(
          (one) => {
            one.stop();
            return true as const;
          },
          () => undefined,
        ),
      () => 'room for a stream',
    );
  };
  await open(50);
  const before = residentMb(pid);
  for (let i = 0; i < 4; i++) await open(50);
  expect(residentMb(pid) - before).toBeLessThan(20);

  const blind = await Promise.all(Array.from({ length: 5 }, () => web.open('/api/logs/stream?target=app')));
  const reader = await web.stream('/api/logs/stream?target=app');
  await say(rig, 'go');
  await reader.when<LogStreamEvents['lines']>(
    'lines',
    ({ lines }) => lines.some(({ text }) => text === 'last'),
    'the last line',
  );
  expect(residentMb(pid) - before).toBeLessThan(80);
  // Who reads again is told what it missed, and has the newest.
  const [late] = blind;
  late?.read();
  await late?.when<LogStreamEvents['lines']>(
    'lines',
    ({ lines }) => lines.some(({ text }) => text === 'last'),
    'the newest line',
  );
  const sent = late?.of<LogStreamEvents['lines']>('lines') ?? [];
  expect(sent.reduce((sum, { lines, missed }) => sum + lines.length + missed, 0)).toBe(30_001);
  expect(sent.some(({ missed }) => missed > 0)).toBe(true);
  for (const one of [...blind, reader]) one.stop();

  const all = await Promise.all(Array.from({ length: 100 }, () => web.open('/api/stream')));
  expect((await web.ask('/api/stream', { headers: web.bearer })).status).toBe(503);
  for (const one of all) one.stop();
});
