/** After a busy session: what lies in a home is for its user alone, and a secret is in the app and the few files that must hold it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { readProcess } from '../../src/platform/process.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

/** What an app is started from again: named in docs/security.md. */
const HOLDS_ENVIRONMENTS = /^(?:(?:state|dump)\.json|dump\.pm2|run\/N\/(?:app|good)\.json)(?:\.bak)?$/;
const MARKER = 'marker-6f1d2c';

/** Files and folders of a home, with their modes. */
const allOf = (rig: Rig): readonly string[] => [
  rig.home,
  ...readdirSync(rig.home, { recursive: true, encoding: 'utf8' }).map((name) => join(rig.home, name)),
];

/** Found in a file as it lies there, or in what a gzip of it unpacks to. */
function holdsMarker(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(MARKER);
}

const textOf = (pid: string, what: 'cmdline' | 'environ'): string => {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return ''; // it has ended, or is the kernel's
  }
};

/** Open to others: first part of the path in the home, and the mode. Logs may be renamed meanwhile. */
const openOf = (rig: Rig): ReadonlySet<string> =>
  new Set(
    allOf(rig).flatMap((path) => {
      const at = lstatSync(path, { throwIfNoEntry: false });
      if (at === undefined || at.isSymbolicLink() || (at.mode & 0o077) === 0) return [];
      return [`${relative(rig.home, path).split('/')[0]} ${(at.mode & 0o777).toString(8)}`];
    }),
  );

const numbered = (path: string): string =>
  path.replace(/run\/\d+(?:\/\d+)?/, 'run/N').replace(/\.\d{8}[-\d]*/, '.STAMP');

async function busySession(rig: Rig): Promise<{ readonly port: number; readonly said: string }> {
  rig.write(
    'server.js',
    `for (let i = 0; i < 60; i++) console.log('x'.repeat(300));
     require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT));`,
  );
  rig.write('crash.js', `setTimeout(() => { throw new Error('as planned'); }, 100);`);
  const [port, ownPort, otherPort] = [await freePort(), await freePort(), await freePort()];
  const env = { API_TOKEN: `${MARKER}-token`, PLAIN: MARKER };
  const apps = [
    {
      name: 'shared',
      script: 'server.js',
      instances: 2,
      min_healthy: 0,
      env: { ...env, PORT: ownPort },
      log_max_size: '4K',
    },
    { name: 'crash', script: 'crash.js', env, max_restarts: 1, min_uptime: 1000, exp_backoff_restart_delay: 1 },
    { name: 'without', script: 'server.js', env: { PORT: otherPort } },
  ];
  rig.write('apps.json', JSON.stringify({ apps }));
  await rig.run('start', 'apps.json');
  await rig.must('web', '--port', String(port));
  const said: string[] = [];
  for (const words of ['save', 'reload shared', 'describe shared', 'why shared', 'events'])
    said.push((await rig.run(...words.split(' '))).stdout);
  await until(
    () => (allOf(rig).some((path) => path.endsWith('crash.json')) ? true : undefined),
    () => 'a crash record',
  );
  said.push((await rig.run('crashes')).stdout, (await rig.run('list')).stdout);
  await until(
    () => {
      const names = allOf(rig).map((path) => relative(rig.home, path));
      const isQuiet = names.every((name) => !/^logs\/.*(?:\.log\.\w+Z|\.part)$/.test(name));
      return isQuiet && names.some((name) => name.endsWith('.gz')) ? true : undefined;
    },
    () => 'rotated logs, all of them compressed',
  );
  return { port, said: said.join('\n') };
}

test('a home after a busy session', { timeout: 120_000 }, async ({ rig }) => {
  const { port, said } = await busySession(rig);

  // What anybody but the user could open if the home did not keep them out: what the user's own umask lets others read.
  expect(openOf(rig)).toEqual(new Set(['logs 644', 'pids 644']));
  expect(statSync(rig.home).mode & 0o777).toBe(0o700);
  for (const name of ['logs', 'pids', 'run', 'crashes', 'web'])
    expect(statSync(join(rig.home, name)).mode & 0o777).toBe(0o700);
  for (const name of ['state.json', 'dump.json', 'web/token', 'events.jsonl', 'daemon.log'])
    expect([name, statSync(join(rig.home, name)).mode & 0o777]).toEqual([name, 0o600]);

  // The secret: in what must start the app again, and nowhere else.
  const found = allOf(rig)
    .filter(holdsMarker)
    .map((path) => numbered(relative(rig.home, path)));
  expect(found.filter((name) => !HOLDS_ENVIRONMENTS.test(name))).toEqual([]);
  expect(found).toContain('state.json');
  expect(said).not.toContain(MARKER);
  // The page is for who may do everything: it shows what is not a secret by its name or form.
  const token = rig.read('web/token').trim();
  for (const path of ['/api/overview', '/api/instances/0', '/metrics', '/api/crashes', '/api/events']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect([path, (await response.text()).includes(`${MARKER}-token`)]).toEqual([path, false]);
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  expect(pids.filter((pid) => textOf(pid, 'cmdline').includes(MARKER))).toEqual([]);
  const shared = (await rig.list()).filter(({ name }) => name === 'shared').map(({ pid }) => pid ?? 0);
  const allowed = new Set(shared.flatMap((pid) => [String(pid), String(readProcess(pid)?.ppid)]));
  expect(pids.filter((pid) => textOf(pid, 'environ').includes(MARKER) && !allowed.has(pid))).toEqual([]);
  expect(textOf(String(shared[0]), 'environ')).toContain(MARKER);
});

test('an app has the umask of whoever started it; the files of the daemon do not depend on it', async ({ rig }) => {
  const script = rig.write(
    'app.js',
    `require('node:fs').writeFileSync(process.argv[2], ''); setInterval(() => {}, 1000)`,
  );
  const cli = join(import.meta.dirname, '../../dist/cli.cjs');
  chmodSync(rig.root, 0o700);
  const out = join(rig.root, 'out.log');
  const start = `umask 000 && exec "$@"`;
  execFileSync('sh', ['-c', start, 'sh', rig.node, cli, 'start', script, '-o', out, '--', join(rig.root, 'made')], {
    env: rig.env,
    cwd: rig.root,
  });
  await until(
    () => statSync(join(rig.root, 'made'), { throwIfNoEntry: false }),
    () => 'the file of the app',
  );
  expect(statSync(join(rig.root, 'made')).mode & 0o777).toBe(0o666);
  expect(statSync(out).mode & 0o777).toBe(0o666);
  await rig.must('save');
  expect(openOf(rig)).toEqual(new Set(['logs 666', 'pids 644']));
});

test('nothing listens on a port that nobody asked for', async ({ rig }) => {
  await rig.must('start', 'sleep', '--', '1000');
  const daemon = await rig.daemonPid();
  const listening = execFileSync('ss', ['-ltnupH'], { encoding: 'utf8' });
  expect(listening).not.toContain(`pid=${daemon},`);
});
