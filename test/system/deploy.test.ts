/** `deploy` with real repositories: over a real sshd of loopback, and to `localhost` without ssh. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { type DeployCommand, renderScript } from '../../src/integrations/deploy/script.ts';
import { readSection } from '../../src/integrations/deploy/section.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { startSshServer } from '../helpers/ssh-server.ts';

const GIT_ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

/** A working folder with a repository that is pushed to a bare one, which the hosts fetch from. */
function projectOf(rig: Rig) {
  const [work, origin] = [join(rig.root, 'work'), join(rig.root, 'origin.git')];
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: work, env: { ...rig.env, ...GIT_ENV }, encoding: 'utf8' }).trim();
  mkdirSync(work);
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', origin], { env: { ...rig.env, ...GIT_ENV } });
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', origin);
  const commit = (name: string, text: string): string => {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), text);
    git('add', '-A');
    git('commit', '-q', '-m', name);
    git('push', '-q', 'origin', 'HEAD');
    return git('rev-parse', 'HEAD');
  };
  const run = (...args: string[]) => rig.runWith({ cwd: work, env: GIT_ENV }, 'deploy', ...args);
  return { work, origin, git, commit, run, app: join(rig.root, 'host', 'my app') };
}

type Project = ReturnType<typeof projectOf>;

const section = ({ origin, app }: Project, more: object = {}): object => ({
  host: 'localhost',
  repo: origin,
  path: app,
  ref: 'origin/main',
  'post-deploy': 'cat version',
  ...more,
});

/** Pushed with everything else, as an ecosystem file is. */
const configure = (project: Project, sections: object, name = 'ecosystem.json'): string =>
  project.commit(name, JSON.stringify({ apps: [{ name: 'web', script: './app.js' }], deploy: sections }));

test('over ssh: setup, the first deploy starts the apps, the next restarts them', async ({ rig }) => {
  const bin = join(rig.root, 'bin');
  mkdirSync(bin);
  symlinkSync(join(import.meta.dirname, '../../dist/cli.cjs'), join(bin, 'upkeep'));
  const path = `${bin}:${dirname(process.execPath)}:${process.env.PATH}`;
  const server = await startSshServer(rig, { PATH: path, UPKEEP_HOME: rig.home, ...GIT_ENV });
  const project = projectOf(rig);
  project.commit('app.js', 'setInterval(() => {}, 1000)');
  const { 'post-deploy': _, ...base } = section(project) as Record<string, unknown>;
  configure(project, {
    production: {
      ...base,
      host: ['127.0.0.1'],
      user: userInfo().username,
      port: server.port,
      key: server.key,
      ssh_options: server.options,
      'forward-agent': 'yes',
      'pre-deploy': `test -n "$SSH_CONNECTION" && echo over-ssh`,
      env: { greeting: `it's $HOME "quoted" \\ and more` },
    },
  });
  const early = await project.run('production');
  expect(early).toMatchObject({ code: 1 });
  expect(early.stderr).toContain('setup first');

  expect(await project.run('production', 'setup')).toMatchObject({ code: 0 });
  const { app } = project;
  for (const folder of ['shared/logs', 'shared/pids', 'source/.git']) expect(existsSync(join(app, folder))).toBe(true);
  expect([lstatSync(join(app, 'current')).isSymbolicLink(), readlinkSync(join(app, 'current'))]).toEqual([
    true,
    join(app, 'source'),
  ]);

  const first = await project.run('production');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain('over-ssh');
  expect(await rig.one('web')).toMatchObject({ status: 'online', restarts: 0 });
  const before = (await rig.one('web')).pid;

  const commit = project.commit('note', '2');
  expect(await project.run('production', 'update')).toMatchObject({ code: 0 });
  expect((await rig.one('web')).pid).not.toBe(before);
  expect((await project.run('production', 'current')).stdout).toContain(commit);
  // Each variable as it was written and in capitals, whatever is in it.
  const { stdout } = await project.run('production', 'exec', 'printf "%s|" "$greeting" "$GREETING"; pwd');
  expect(stdout).toContain(`${`it's $HOME "quoted" \\ and more|`.repeat(2)}${app}`);
});

test('a host that cannot be reached, or a command that fails there, is told, and the hosts after it are left alone', async ({
  rig,
}) => {
  const project = projectOf(rig);
  const ssh_options = ['BatchMode=yes', 'ConnectTimeout=5', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  configure(project, {
    gone: section(project, { host: ['127.0.0.1', 'localhost'], port: 1, ssh_options }),
    here: section(project),
  });
  const gone = await project.run('gone', 'setup');
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain('gone failed on 127.0.0.1: ssh could not connect');
  expect(gone.stderr).toContain('not done because of this: localhost');
  expect(existsSync(project.app)).toBe(false);
  await project.run('here', 'setup');
  const failed = await project.run('here', 'run', 'exit 7');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('it ended with code 7');
  // The second clone has nowhere to go.
  expect(await project.run('here', 'setup')).toMatchObject({ code: 1 });
});

test('localhost: refs, revert, current, previous, list; a branch means what the remote has', async ({ rig }) => {
  const project = projectOf(rig);
  configure(project, { production: section(project, { ref: 'main', fetch: 'fast' }) });
  const commits = [project.commit('version', 'one\n'), project.commit('version', 'two\n')];
  await project.run('production', 'setup');
  const said = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await project.run('production', ...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  expect(await said()).toContain('\ntwo\n');
  commits.push(project.commit('version', 'three\n'));
  expect(await said('update')).toContain('\nthree\n');
  project.git('tag', 'v1', commits[0] ?? '');
  project.git('push', '-q', 'origin', 'v1');
  expect(await said('ref', 'v1')).toContain('\none\n');
  expect(readFileSync(join(project.app, '.deploys'), 'utf8').trim().split('\n')).toEqual(
    [1, 2, 0].map((at) => commits[at]),
  );
  expect(await said('curr')).toContain(commits[0]);
  expect(await said('prev')).toContain(commits[2]);
  expect(await said('previous', '2')).toContain(commits[1]);
  expect(await said('revert')).toContain('\nthree\n');
  expect(await said('revert', '3')).toContain('\ntwo\n');
  expect(await said('v1')).toContain('\none\n');
  const listed = await said('list');
  // Newest first, numbered as `revert` counts.
  expect(listed.match(/^\d\t[0-9a-f]{40}$/gm)).toEqual([0, 1, 2, 0, 2, 1].map((at, n) => `${n}\t${commits[at]}`));
  const tooFar = await project.run('production', 'revert', '99');
  expect(tooFar).toMatchObject({ code: 1 });
  expect(tooFar.stderr).toContain('cannot go back 99');
  expect((await project.run('production', 'ref', 'no-such-branch')).stderr).toContain(
    'no commit or branch no-such-branch',
  );
  expect(await said('current')).toContain(commits[0]);
});

test('hooks run where and when they say, a local script is carried over, and a failing one stops the deploy', async ({
  rig,
}) => {
  const project = projectOf(rig);
  const log = join(rig.root, 'hooks');
  writeFileSync(join(project.work, 'prepare.sh'), `echo "pre-setup $WHO" >>'${log}'\n`);
  const hooks = {
    'pre-setup': 'prepare.sh',
    'post-setup': `echo "post-setup $(basename "$(pwd)")" >>'${log}'`,
    'pre-deploy-local': `echo "pre-deploy-local $(basename "$(pwd)")" >>'${log}'`,
    'pre-deploy': `echo "pre-deploy $(basename "$(pwd)")" >>'${log}'`,
    'post-deploy': `cd / && echo "post-deploy $WHO" >>'${log}'`,
    env: { who: 'me' },
  };
  configure(project, {
    production: section(project, hooks),
    failing: section(project, { ...hooks, 'pre-deploy': 'false' }),
    refused: section(project, { ...hooks, 'pre-deploy-local': 'exit 4' }),
  });
  await project.run('production', 'setup');
  expect(await project.run('production')).toMatchObject({ code: 0 });
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
    'pre-setup me',
    'post-setup current',
    'pre-deploy-local work',
    'pre-deploy current',
    'post-deploy me',
  ]);
  expect(await project.run('failing')).toMatchObject({ code: 1 });
  const refused = await project.run('refused');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('pre-deploy-local failed: it ended with 4');
  expect(readFileSync(join(project.app, '.deploys'), 'utf8').trim().split('\n')).toHaveLength(1);
});

test('changes that are not committed, and commits that are not pushed, stop a deploy unless it is forced', async ({
  rig,
}) => {
  const project = projectOf(rig);
  project.commit('version', 'one\n');
  configure(project, { production: section(project) });
  await project.run('production', 'setup');
  writeFileSync(join(project.work, 'version'), 'changed\n');
  const refused = await project.run('production');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('version');
  expect(await project.run('production', '--force')).toMatchObject({ code: 0 });
  project.git('commit', '-q', '-a', '-m', 'kept here');
  project.git('branch', '-q', '--set-upstream-to=origin/main');
  expect((await project.run('production')).stderr).toContain('kept here');
  project.git('push', '-q');
  writeFileSync(join(project.work, 'untracked'), '');
  expect(await project.run('production')).toMatchObject({ code: 0 });
});

test('which file and section: candidates, a named file, help, and mistakes with exit code 1', async ({ rig }) => {
  const { work, run } = projectOf(rig);
  const put = (name: string, content: object): void => writeFileSync(join(work, name), JSON.stringify(content));
  const failing = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    return stderr;
  };
  for (const [code, ...words] of [[1], [0, 'help']] as const) {
    const helped = await run(...words);
    expect([helped.code, helped.stdout.includes('revert [n]')]).toEqual([code, true]);
  }
  expect(await failing('production')).toContain('there is no ecosystem.config.js');
  const broken = { host: 'h', repo: 'r', ref: 'main' };
  put('package.json', { name: 'x', deploy: { production: broken } });
  expect(await failing('production')).toContain('deploy.production.path: missing');
  put('ecosystem.json', {
    apps: [],
    deploy: { staging: { ...broken, path: '/x', host: '-oProxyCommand=x', hosts: 1 } },
  });
  expect(await failing('production')).toContain('there are: staging');
  expect(await failing('stagin')).toContain('did you mean staging?');
  expect(await failing('staging')).toContain('cannot begin with a dash');
  put('other.json', { apps: [] });
  expect(await failing('other.json', 'production')).toContain('no `deploy` section');
  const { code, stdout } = await run('other.json');
  expect([code, stdout.includes('revert [n]')]).toEqual([0, true]);
  expect(await failing('nowhere.json', 'production')).toContain('nowhere.json');
});

test('a shell checker finds nothing wrong with what is run on a host', ({ rig }) => {
  const reading = readSection('production', {
    ...{ host: 'h', repo: 'https://jo:secret@example.org/x.git', path: "~/it's here", ref: 'main', fetch: 'fast' },
    ...{ 'pre-setup': 'true', 'post-setup': 'true', 'pre-deploy': 'true', env: { a: "it's" } },
  });
  if (!reading.ok) throw new Error(reading.problems.join());
  const facts = { section: reading.section, configName: 'ecosystem.config.js', localScripts: {} };
  const commands: readonly DeployCommand[] = [
    ...(['setup', 'current', 'list'] as const).map((kind) => ({ kind })),
    ...[{ kind: 'update', ref: null } as const, { kind: 'exec', command: 'true' } as const],
    ...(['revert', 'previous'] as const).map((kind) => ({ kind, steps: 2 })),
  ];
  for (const command of commands) {
    const path = rig.write(`${command.kind}.sh`, renderScript(command, facts));
    const { stdout, error } = spawnSync('shellcheck', ['--shell=sh', path], { encoding: 'utf8' });
    expect([command.kind, error, stdout]).toEqual([command.kind, undefined, '']);
  }
});
