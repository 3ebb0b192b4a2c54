/** Apps with `uid` and `gid`, started by root: nothing of root is left in them, and they do what other apps do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { removeSocketFile } from '../../src/platform/unix-socket.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const NOBODY = 65534;

/** Uid, Gid and Groups as the kernel has them, and the capabilities that are left. */
function rightsOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb):\s*(.*?)\s*$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, (value ?? '').split(/\s+/).join(' ')] as const];
    }),
  );
}

const rights = (uid: number, gid: number, groups: string): Readonly<Record<string, string>> => ({
  Uid: Array(4).fill(uid).join(' '),
  Gid: Array(4).fill(gid).join(' '),
  Groups: groups,
  ...Object.fromEntries(['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((name) => [name, '0'.repeat(16)])),
});

const nobodys = (): string => {
  const groups = execFileSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).trim();
  return groups;
};

/** The keeper stands above the process. */
const parentOf = (pid: number): number =>
  Number(/\nPPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const app = (rig: Rig): string =>
  rig.write(
    'app.js',
    `const { HOME, USER, LOGNAME } = process.env;
     process.on('message', (message) => process.send({ type: 'echo', data: message }));
     require('node:http').createServer((request, response) => setTimeout(() => response.end('done'), 300)).listen(0, () => {
       console.log(JSON.stringify({ HOME, USER, LOGNAME, cwd: process.cwd() }));
       process.send('ready');
     });`,
  );

describe('the process and its keeper have the ids and groups of the user, and no capability', () => {
  test('fork, cluster, any program, and the program of a check', async ({ rig }) => {
    const check = rig.write('check.sh', '#!/bin/sh\ngrep -E "^(Uid|Groups|CapEff)" /proc/self/status >&2\nexit 1\n');
    execFileSync('chmod', ['755', check]);
    execFileSync('chmod', ['711', rig.root]);
    rig.write(
      'apps.json',
      JSON.stringify([
        { name: 'fork', script: app(rig), uid: 'nobody', wait_ready: true },
        { name: 'cluster', script: app(rig), instances: 2, uid: 'nobody' },
        { name: 'program', script: 'sleep', args: '1000', interpreter: 'none', uid: NOBODY },
        {
          name: 'preloading',
          script: 'sleep',
          args: '1000',
          interpreter: 'none',
          uid: NOBODY,
          env: { LD_BIND_NOW: '1' },
        },
        {
          name: 'checked',
          script: 'sleep',
          args: '1000',
          uid: 'nobody',
          readiness_probe: { exec: check, interval: 200 },
          listen_timeout: 900,
        },
      ]),
    );
    await rig.run('start', 'apps.json');
    const all = await rig.list();
    for (const { name, pid } of all) {
      expect(rightsOf(pid ?? 0), name).toEqual(rights(NOBODY, NOBODY, nobodys()));
      expect(rightsOf(parentOf(pid ?? 0)), `${name}'s keeper`).toEqual(rights(NOBODY, NOBODY, nobodys()));
    }
    expect(all.length).toBe(6);
    const environment = readFileSync(`/proc/${(await rig.one('preloading')).pid}/environ`, 'latin1');
    expect(environment).toContain('LD_BIND_NOW=1');
    expect(await rig.must('why', 'checked')).toMatch(/CapEff:\s*0{16}/);
    const told = JSON.parse(rig.read('logs/fork-out.log').split('\n')[0] ?? '');
    expect(told).toMatchObject({ USER: 'nobody', LOGNAME: 'nobody', cwd: rig.root });
  });

  test('groups that the user is in are his, those of root are not; a group alone; a number without a name', async ({
    rig,
  }) => {
    execFileSync('chmod', ['711', rig.root]);
    // In a mount namespace of the daemon's own: the users of this machine stay as they are.
    const etc = join(rig.root, 'etc');
    mkdirSync(etc);
    for (const name of ['passwd', 'group']) writeFileSync(join(etc, name), readFileSync(`/etc/${name}`));
    appendFileSync(join(etc, 'passwd'), 'upkeep-bob:x:61234:61234::/home/bob:/bin/sh\n');
    appendFileSync(
      join(etc, 'group'),
      'upkeep-bob:x:61234:\nupkeep-extra:x:61235:upkeep-bob\nupkeep-other:x:61236:root\n',
    );
    const script = `mount --bind ${etc}/passwd /etc/passwd && mount --bind ${etc}/group /etc/group && exec "$@"`;
    const start = (...args: string[]): string =>
      execFileSync(
        'unshare',
        ['-m', 'sh', '-c', script, 'sh', rig.node, join(import.meta.dirname, '../../dist/cli.cjs'), ...args],
        {
          env: rig.env,
          cwd: rig.root,
          encoding: 'utf8',
        },
      );
    const sleeps = { script: 'sleep', args: '1000', min_uptime: 100 };
    rig.write(
      'apps.json',
      JSON.stringify([
        { name: 'bob', uid: 'upkeep-bob', ...sleeps },
        { name: 'mixed', uid: 'upkeep-bob', gid: 'upkeep-other', ...sleeps },
        { name: 'group', gid: 'upkeep-other', ...sleeps },
        { name: 'number', uid: 61299, gid: 61298, ...sleeps },
      ]),
    );
    start('start', 'apps.json');
    const of = async (name: string): Promise<Readonly<Record<string, string>>> =>
      rightsOf((await rig.one(name)).pid ?? 0);
    expect(await of('bob')).toEqual(rights(61234, 61234, '61234 61235'));
    expect(await of('mixed')).toEqual(rights(61234, 61236, '61234 61235'));
    expect(await of('group')).toMatchObject({ Uid: '0 0 0 0', Gid: '61236 61236 61236 61236', Groups: '' });
    expect(await of('number')).toEqual(rights(61299, 61298, ''));
  });
});

test('a name that there is not, and anybody but root: nothing is started, and it is said why', async ({ rig }) => {
  const missing = await rig.run('start', 'sleep', '--uid', 'nobody-of-that-name', '--', '9');
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringMatching(/uid.*nobody-of-that-name.*cannot be found/),
  ]);
  const group = await rig.run('start', 'sleep', '--gid', 'no-such-group', '--', '9');
  expect([group.code, group.stderr]).toEqual([1, expect.stringMatching(/gid.*no-such-group.*cannot be found/)]);
  execFileSync('install', ['-d', '-o', String(NOBODY), join(rig.root, 'theirs')]);
  execFileSync('chmod', ['711', rig.root]);
  const own = join(rig.root, 'theirs');
  const cli = join(import.meta.dirname, '../../dist/cli.cjs');
  const asNobody = (...words: string[]): { status: number | null; stderr: string } =>
    spawnSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', rig.node, cli, ...words], {
      env: { ...rig.env, HOME: own, UPKEEP_HOME: join(own, 'home') },
      cwd: own,
      encoding: 'utf8',
    });
  const ran = asNobody('start', 'sleep', '--uid', 'root', '--', '9');
  // The command was over before its daemon was up.
  await until(
    () => (asNobody('ping').status === 0 ? true : undefined),
    () => 'the daemon of nobody',
  );
  expect(asNobody('kill').status).toBe(0);
  expect(ran.stderr).toMatch(/only root may run an app as another user/);
  expect(ran.status).toBe(1);
});

test('it can be told to drain, sends and gets messages, and goes on under the next daemon', async ({ rig }) => {
  execFileSync('chmod', ['711', rig.root]);
  rig.write(
    'apps.json',
    JSON.stringify([{ name: 'api', script: app(rig), uid: 'nobody', wait_ready: true, listen_timeout: 8000 }]),
  );
  await rig.must('start', 'apps.json');
  const before = await rig.one('api');
  const daemon = await rig.daemonPid();
  process.kill(daemon, 'SIGKILL');
  await rig.nextDaemon(daemon);
  // Its line is open again when it says how it is inside.
  await until(
    async () => ((await rig.must('describe', 'api')).includes('Heap Size') ? true : undefined),
    () => 'the app to answer the next daemon',
  );
  expect((await rig.one('api')).pid).toBe(before.pid);
  const pid = before.pid ?? 0;
  const port = Number(
    execFileSync('sh', ['-c', `ss -ltnpH | grep "pid=${pid}," | head -n 1 | sed -E 's/.*:([0-9]+) .*/\\1/'`], {
      encoding: 'utf8',
    }).match(/\d+/)?.[0],
  );
  const slow = fetch(`http://localhost:${port}/`).then((response) => response.text());
  await until(
    async () =>
      (await fetch(`http://localhost:${port}/`).then((response) => response.text())) === 'done' ? true : undefined,
    () => 'an answer',
  );
  const late = fetch(`http://localhost:${port}/`).then((response) => response.text());
  await rig.must('restart', 'api');
  expect(await Promise.all([slow, late])).toEqual(['done', 'done']);
});

test('its logs and pid file in folders of its user: made for him, and nothing of root’s is written through what he put there', async ({
  rig,
}) => {
  execFileSync('chmod', ['711', rig.root]);
  const own = join(rig.root, 'own');
  execFileSync('install', ['-d', '-o', 'nobody', own]);
  const victim = rig.write('victim', 'as it was');
  for (const name of ['planted.log', 'planted-1.pid']) symlinkSync(victim, join(own, name));
  execFileSync('chown', ['-h', 'nobody', join(own, 'planted.log'), join(own, 'planted-1.pid')]);
  const files = (name: string) => ({
    out_file: join(own, `${name}.log`),
    pid_file: join(own, `${name}.pid`),
    merge_logs: true,
  });
  const script = rig.write('loud.js', `setInterval(() => console.log('x'.repeat(200)), 20)`);
  rig.write(
    'apps.json',
    JSON.stringify([
      { name: 'good', script, uid: 'nobody', ...files('good'), log_max_size: '2K', log_compress: true },
      { name: 'planted', script, uid: 'nobody', ...files('planted') },
    ]),
  );
  await rig.must('start', 'apps.json');
  const made = await until(
    () => {
      const names = execFileSync('ls', [own], { encoding: 'utf8' }).split('\n');
      return names.some((name) => /^good\.log\..*gz$/.test(name))
        ? names.filter((name) => name.startsWith('good'))
        : undefined;
    },
    () => 'a compressed log',
  );
  for (const name of made) {
    const stat = statSync(join(own, name), { throwIfNoEntry: false });
    // Some are renamed or deleted meanwhile.
    if (stat !== undefined) expect([name, stat.uid]).toEqual([name, NOBODY]);
  }
  const events = JSON.stringify(await rig.must('events', '--json', '--lines', '1000'));
  expect(events).toContain('planted.log cannot be written (EPERM)');
  expect(events).toMatch(/pid-file-failed/);
  expect(readFileSync(victim, 'utf8')).toBe('as it was');
});

test('root is warned once for each home, on stderr', async ({ rig }) => {
  delete rig.env.UPKEEP_ALLOW_ROOT;
  const first = await rig.run('jlist');
  expect([first.stdout.trim(), first.stderr]).toEqual(['[]', expect.stringContaining('runs as root')]);
  await rig.must('start', 'sleep', '--', '1000');
  await rig.must('kill');
  expect((await rig.run('list')).stderr).not.toContain('runs as root');
});

test('what it asks of the daemon over its channel makes and removes no file of root’s', async ({ rig }) => {
  execFileSync('chmod', ['711', rig.root]);
  const victim = rig.write('victim', 'as it was');
  const script = rig.write(
    'rogue.js',
    `const net = require('node:net');
     const socket = net.createServer().listen(${JSON.stringify(join(rig.root, 'planted.sock'))});
     socket.on('error', (error) => console.log(error.code));
     setInterval(() => {}, 1000);`,
  );
  rig.write('apps.json', JSON.stringify([{ name: 'rogue', script, instances: 2, uid: 'nobody', min_uptime: 100 }]));
  await rig.must('start', 'apps.json');
  await until(
    () => (/EACCES/.test(rig.read('logs/rogue-out-0.log')) ? true : undefined),
    () => 'its server to be refused',
  );
  expect(existsSync(join(rig.root, 'planted.sock'))).toBe(false);
  const theirs = await new Promise<Server>((resolve) => {
    const server = createServer().listen(join(rig.root, 'root.sock'), () => resolve(server));
  });
  try {
    removeSocketFile(victim, NOBODY);
    removeSocketFile(join(rig.root, 'root.sock'), NOBODY);
    expect([readFileSync(victim, 'utf8'), existsSync(join(rig.root, 'root.sock'))]).toEqual(['as it was', true]);
    removeSocketFile(victim, null);
    expect(existsSync(victim)).toBe(true);
    removeSocketFile(join(rig.root, 'root.sock'), 0);
    expect(existsSync(join(rig.root, 'root.sock'))).toBe(false);
  } finally {
    theirs.close();
  }
});
