/** Another user of the same machine gets nothing out of an Upkeep, nothing into it, and cannot pose as one. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { pathsOf } from '../../src/platform/paths.ts';
import { readProcess } from '../../src/platform/process.ts';
import { userSocketFolder } from '../../src/supervisor/user-sockets.ts';
import { asStranger, STRANGER } from '../helpers/other-user.ts';
import { freePort, type Rig, test } from '../helpers/rig.ts';

const OTHER = 65533;
const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

/** The folder of the test can be passed through, so that nothing but the home keeps anybody out. */
const open = (rig: Rig): void => chmodSync(rig.root, 0o711);

const below = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

test('reads no file, connects to no socket, writes into no FIFO, signals no process, is let in by no port', async ({
  rig,
}) => {
  open(rig);
  const port = await freePort();
  rig.write(
    'app.js',
    `setInterval(() => console.log('line'), 50); require('node:http').createServer((q, r) => r.end('x')).listen(0, '127.0.0.1')`,
  );
  rig.write(
    'apps.json',
    JSON.stringify([
      { name: 'own', script: 'app.js', env: { SECRET: 'x' } },
      { name: 'shared', script: 'app.js', instances: 2 },
      { name: 'theirs', script: 'app.js', uid: OTHER, gid: OTHER },
    ]),
  );
  await rig.must('start', 'apps.json');
  await rig.must('web', '--port', String(port));
  await rig.must('save');
  const paths = [rig.home, ...below(rig.home), userSocketFolder(rig.home), ...below(userSocketFolder(rig.home))];
  const daemon = await rig.daemonPid();
  const list = await rig.list();
  const apps = list.map(({ pid }) => pid ?? 0);
  const keepers = apps.map((pid) => readProcess(pid)?.ppid ?? 0);
  const pids = [daemon, rig.guardPid(daemon) ?? 0, ...apps, ...keepers];
  expect(pids.every((pid) => pid > 1)).toBe(true);
  const token = JSON.stringify({ type: 'hello', protocol: 1, token: 'guess', pid: 1, node: '20' });
  const got = await asStranger<Record<string, readonly [string, string][]>>(
    `const { openSync, readdirSync, constants } = require('node:fs');
     const { connect } = require('node:net');
     const { join } = require('node:path');
     const each = async (list, act) => {
       const results = [];
       for (const one of list) results.push([String(one), await tried(() => act(one))]);
       return results;
     };
     const web = 'http://127.0.0.1:' + given.port;
     return {
       read: await each(given.paths, (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)),
       written: await each(given.paths, (path) => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)),
       made: await each(given.paths, (path) => openSync(join(path, 'planted'), 'w')),
       connected: await each(given.paths, (path) => new Promise((resolve, reject) => {
         const socket = connect(path, () => socket.write(given.token + '\\n', resolve));
         socket.on('error', reject);
       })),
       signalled: await each(given.pids, (pid) => process.kill(pid, 'SIGCONT')),
       environments: await each(given.pids, (pid) => openSync('/proc/' + pid + '/environ')),
       memory: await each(given.pids, (pid) => openSync('/proc/' + pid + '/mem')),
       descriptors: await each(given.pids, (pid) => readdirSync('/proc/' + pid + '/fd')),
       answered: await each(['/', '/api/overview', '/metrics', '/index.html'], async (path) => {
         const { status } = await fetch(web + path);
         if (status !== 200) throw new Error(String(status));
       }),
     };`,
    { paths, pids, port, token },
  );
  const done = Object.entries(got).flatMap(([what, results]) =>
    results.filter(([, how]) => how === 'done').map(([on]) => `${what} ${on}`),
  );
  expect(done).toEqual([]);
  expect(got.answered?.map(([, how]) => how)).toEqual(['401', '401', '401', '401']);
  expect(paths.length).toBeGreaterThan(40);
  // Who may reach the socket of an app's user: root and that user.
  const sockets = below(userSocketFolder(rig.home));
  expect(sockets.map((path) => [lstatSync(path).uid, lstatSync(path).mode & 0o777])).toEqual([[OTHER, 0o600]]);
});

/** A socket that takes whatever comes, as a daemon would. */
function listenAt(path: string): Promise<{ heard(): string; close(): void }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard += chunk;
    });
  });
  return new Promise((resolve) =>
    server.listen(path, () => resolve({ heard: () => heard, close: () => void server.close() })),
  );
}

/** Runs a command as a user of the machine other than root. */
function runAs(uid: number, env: NodeJS.ProcessEnv, cwd: string, ...words: string[]): { code: number; text: string } {
  const args = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', process.execPath, CLI, ...words];
  try {
    return {
      code: 0,
      text: execFileSync('setpriv', args, { env, cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, text: `${stdout}${stderr}` };
  }
}

describe('cannot pose as a daemon', () => {
  test('a home that he has made before us, or a link of his to one, is not asked', async ({ rig }) => {
    open(rig);
    const planted = join(rig.root, 'planted');
    mkdirSync(planted);
    const fake = await listenAt(join(planted, 'upkeep.sock'));
    for (const path of [planted, join(planted, 'upkeep.sock')]) chownSync(path, STRANGER, STRANGER);
    chmodSync(planted, 0o777);
    chmodSync(join(planted, 'upkeep.sock'), 0o777);
    symlinkSync(planted, join(rig.root, 'link'));
    execFileSync('chown', ['-h', String(STRANGER), join(rig.root, 'link')]);
    try {
      for (const home of [planted, join(rig.root, 'link')]) {
        const asked = runAs(
          OTHER,
          { ...rig.env, UPKEEP_HOME: home, PASSWORD: 'hunter2' },
          '/',
          'start',
          'sleep',
          '--',
          '1',
        );
        expect([asked.code, asked.text]).toEqual([1, expect.stringContaining(`belongs to another user (${STRANGER})`)]);
      }
      expect(fake.heard()).toBe('');
    } finally {
      fake.close();
    }
    // Root is not made to start what he has written into the list.
    rmSync(join(planted, 'upkeep.sock'), { force: true });
    writeFileSync(join(planted, 'state.json'), '{}');
    const { code, stderr } = await rig.runWith({ env: { UPKEEP_HOME: planted } }, 'list');
    expect([code, stderr]).toEqual([1, expect.stringContaining('who could have root start anything')]);
    expect(readdirSync(planted)).toEqual(['state.json']);
  });

  test('a socket that he put into a home where all may write, as containers have them, is not asked', async ({
    rig,
  }) => {
    open(rig);
    mkdirSync(join(rig.root, 'shared'));
    chmodSync(join(rig.root, 'shared'), 0o777);
    const path = join(rig.root, 'shared', 'upkeep.sock');
    const fake = await listenAt(path);
    try {
      chownSync(path, STRANGER, STRANGER);
      chmodSync(path, 0o777);
      const asked = runAs(OTHER, { ...rig.env, UPKEEP_HOME: join(rig.root, 'shared') }, '/', 'list');
      expect([asked.code, asked.text]).toEqual([1, expect.stringContaining('belongs to another user')]);
      expect(fake.heard()).toBe('');
    } finally {
      fake.close();
    }
  });

  test('the folder for the sockets of a home with a long path: his, a link, or open to others, it is not used', async ({
    rig,
  }) => {
    open(rig);
    const home = join(rig.root, 'long'.repeat(25));
    const folder = join(pathsOf(home).rpcSocket, '..');
    expect(folder.startsWith(tmpdir())).toBe(true);
    const elsewhere = join(rig.root, 'elsewhere');
    mkdirSync(elsewhere);
    const plants: readonly (readonly [string, () => void])[] = [
      [
        'belongs to another user',
        () => void execFileSync('install', ['-d', '-m', '700', '-o', String(STRANGER), folder]),
      ],
      ['is no folder', () => symlinkSync(elsewhere, folder)],
      ['is open to others', () => void execFileSync('install', ['-d', '-m', '777', folder])],
    ];
    for (const [why, plant] of plants) {
      plant();
      try {
        const { code, stderr } = await rig.runWith({ env: { UPKEEP_HOME: home } }, 'list');
        expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    expect([readdirSync(elsewhere), existsSync(home)]).toEqual([[], false]);
    expect((await rig.runWith({ env: { UPKEEP_HOME: home } }, 'ping')).code).toBe(0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect((await rig.runWith({ env: { UPKEEP_HOME: home } }, 'kill')).code).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });

  test('a config of his in a folder where all may write is only taken if it is named', async ({ rig }) => {
    open(rig);
    await rig.must('ping');
    mkdirSync(join(rig.root, 'drop'));
    chmodSync(join(rig.root, 'drop'), 0o1777);
    const file = rig.write(
      'drop/ecosystem.config.js',
      `require('node:fs').writeFileSync(__dirname + '/ran', ''); module.exports = [];`,
    );
    chownSync(file, STRANGER, STRANGER);
    const { code, stderr } = await rig.runWith({ cwd: join(rig.root, 'drop') }, 'start');
    expect([code, stderr]).toEqual([1, expect.stringContaining('belongs to another user')]);
    expect(existsSync(join(rig.root, 'drop', 'ran'))).toBe(false);
  });
});

test('a home that others could write is shut to them, and that is told; what they may read stays', async ({ rig }) => {
  for (const name of ['', 'logs', 'run']) {
    mkdirSync(join(rig.home, name), { recursive: true });
    chmodSync(join(rig.home, name), 0o777);
  }
  const { stderr } = await rig.run('list');
  for (const name of ['', 'logs', 'run']) expect(statSync(join(rig.home, name)).mode & 0o777).toBe(0o755);
  expect(stderr).toContain(`${rig.home} could be written by others (mode 777)`);
});
