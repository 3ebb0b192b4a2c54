/** `pull`, `forward` and `backward`, with real repositories. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Rig, test } from '../helpers/rig.ts';

const GIT_ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
};

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, env: GIT_ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

const APP = `require('node:net').createServer().listen(0, '127.0.0.1'); console.log(require('./version.json'))`;

/** A repository with three commits, and a clone of it that stands at the second. */
function repositories(rig: Rig, more: Readonly<Record<string, string>> = {}): { origin: string; clone: string } {
  const origin = join(rig.root, 'origin');
  const clone = join(rig.root, 'clone');
  mkdirSync(origin);
  git(origin, 'init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(origin, 'app.js'), APP);
  for (const [file, text] of Object.entries(more)) writeFileSync(join(origin, file), text);
  const commit = (version: number): void => {
    writeFileSync(join(origin, 'version.json'), String(version));
    git(origin, 'add', '.');
    git(origin, 'commit', '--quiet', '-m', `version ${version}`);
  };
  commit(1);
  commit(2);
  git(rig.root, 'clone', '--quiet', origin, clone);
  commit(3);
  return { origin, clone };
}

const version = (folder: string): string => execFileSync('cat', [join(folder, 'version.json')], { encoding: 'utf8' });

test('pull takes what is new, runs post_update, and reloads; backward and forward step', async ({ rig }) => {
  const { clone } = repositories(rig, {
    'package.json': JSON.stringify({
      name: 'x',
      post_update: ['cp version.json updated.json', 'echo $COLOUR > colour'],
    }),
  });
  const started = await rig.runWith({ cwd: clone, env: { COLOUR: 'green' } }, 'start', 'app.js', '--name', 'web');
  expect(started.code).toBe(0);
  const { pid } = await rig.one('web');
  await rig.must('pull', 'web');
  expect([version(clone), rig.read(join(clone, 'updated.json')), rig.read(join(clone, 'colour'))]).toEqual([
    '3',
    '3',
    'green\n',
  ]);
  const after = await rig.one('web');
  expect(after.pid).not.toBe(pid);
  expect(after.status).toBe('online');
  // Nothing new: nothing is reloaded, and that is no failure.
  await rig.must('pull', 'web');
  expect((await rig.one('web')).pid).toBe(after.pid);
  await rig.must('backward', 'web');
  expect(version(clone)).toBe('2');
  await rig.must('backward', 'web');
  expect(version(clone)).toBe('1');
  await rig.must('backward', 'web');
  expect(version(clone)).toBe('1');
  await rig.must('forward', 'web');
  expect(version(clone)).toBe('2');
  await rig.must('pull', 'web', git(clone, 'rev-parse', 'HEAD~1'));
  expect(version(clone)).toBe('1');
});

test('a repository without an upstream steps back and forward too', async ({ rig }) => {
  const { origin } = repositories(rig);
  await rig.runWith({ cwd: origin }, 'start', 'app.js', '--name', 'web');
  await rig.must('backward', 'web');
  await rig.must('backward', 'web');
  expect(version(origin)).toBe('1');
  await rig.must('forward', 'web');
  await rig.must('forward', 'web');
  expect(version(origin)).toBe('3');
});

test('nothing that was changed by hand is thrown away, and a post_update that fails keeps the old process', async ({
  rig,
}) => {
  const { clone } = repositories(rig, {
    'process.json': JSON.stringify({ apps: [{ name: 'web', post_update: ['exit 3'] }] }),
  });
  await rig.runWith({ cwd: clone }, 'start', 'app.js', '--name', 'web');
  const { pid } = await rig.one('web');
  writeFileSync(join(clone, 'version.json'), 'mine');
  const refused = await rig.run('pull', 'web');
  expect([refused.code, version(clone)]).toEqual([1, 'mine']);
  expect(refused.stderr).toContain('not committed');
  git(clone, 'checkout', '--quiet', 'version.json');
  const failed = await rig.run('pull', 'web');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('exit 3');
  expect((await rig.one('web')).pid).toBe(pid);
});

test('without a repository they say so and end with 0; an unknown process is a failure', async ({ rig }) => {
  rig.write('plain/app.js', `require('node:net').createServer().listen(0, '127.0.0.1')`);
  await rig.runWith({ cwd: join(rig.root, 'plain') }, 'start', 'app.js', '--name', 'web');
  for (const command of ['pull', 'forward', 'backward']) {
    const { code, stdout } = await rig.run(command, 'web');
    expect([code, stdout.includes('no git repository')]).toEqual([0, true]);
  }
  expect((await rig.run('pull', 'nobody')).code).toBe(1);
});

test('versioning is in the record where it is asked for, without the password of the remote', async ({ rig }) => {
  const { clone } = repositories(rig);
  git(clone, 'remote', 'set-url', 'origin', 'https://user:secret@example.invalid/x.git');
  const env = { PM2_ENABLE_GIT_PARSING: 'true' };
  await rig.runWith({ cwd: clone, env }, 'start', 'app.js', '--name', 'web');
  await rig.runWith({ cwd: clone, env }, 'start', 'app.js', '--name', 'without', '--no-vizion', '-f');
  const [web, without] = JSON.parse(await rig.must('jlist')) as { pm2_env: Record<string, unknown> }[];
  expect(web?.pm2_env.versioning).toMatchObject({
    type: 'git',
    url: 'https://example.invalid/x.git',
    revision: git(clone, 'rev-parse', 'HEAD'),
    comment: 'version 2',
    branch: 'main',
    unstaged: false,
    ahead: false,
    remote: 'origin',
    remotes: ['origin'],
    prev_rev: git(clone, 'rev-parse', 'HEAD~1'),
    repo_path: clone,
  });
  expect(without?.pm2_env.versioning).toBeUndefined();
});
