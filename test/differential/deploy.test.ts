/** `deploy` to localhost, with a real repository on each side; and its mistakes. */
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { both } from './both.ts';
import type { Side } from './side.ts';

const { same, better } = both();

/** A repository with a pushed config in the case's folder; returns what runs git there. */
function project(side: Side, more: object = {}): (...args: string[]) => string {
  const env = {
    ...side.env,
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z' },
    ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' },
  };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: join(side.folder, 'work'), env, encoding: 'utf8' });
  const origin = join(side.folder, 'origin.git');
  const hooks = { 'pre-deploy': 'pwd >../before', 'post-deploy': 'echo $GREETING >../told && pwd >>../told', ...more };
  const section = { host: 'localhost', repo: origin, path: join(side.folder, 'host'), ref: 'origin/main', ...hooks };
  const deploy = { production: { ...section, env: { greeting: 'hello' } } };
  side.write('work/ecosystem.json', JSON.stringify({ apps: [], deploy }));
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', origin], { env });
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', origin);
  return git;
}

function commit(side: Side, git: (...args: string[]) => string, text: string): void {
  side.write('work/version', text);
  git('add', '-A');
  git('commit', '-q', '-m', text);
  git('push', '-q', 'origin', 'HEAD');
}

const deploy = async (side: Side, ...words: string[]): Promise<number> =>
  (await side.runWith({ cwd: join(side.folder, 'work') }, 'deploy', ...words)).code;

same('setup, deploy, update, revert: exit codes, layout, what is deployed, hooks', async (side) => {
  const git = project(side);
  commit(side, git, 'one');
  const codes = [await deploy(side, 'production', 'setup'), await deploy(side, 'production')];
  commit(side, git, 'two');
  codes.push(await deploy(side, 'production', 'update'));
  const newest = side.read('host/current/version');
  codes.push(await deploy(side, 'production', 'revert', '1'));
  codes.push(
    await deploy(side, 'production', 'exec', 'test -f version'),
    await deploy(side, 'production', 'exec', 'exit 3'),
  );
  codes.push(await deploy(side, 'production', 'curr'), await deploy(side, 'production', 'prev'));
  codes.push(await deploy(side, 'production', 'list'));
  const deploys = side.read('host/.deploys').trim().split('\n').length;
  const layout = side
    .newFiles()
    .filter((name) => /^host\/(?:shared(?:\/[a-z]+)?|\.deploys|told|before|current)$/.test(name));
  const told = side.read('host/before') + side.read('host/told');
  return [
    codes,
    newest,
    side.read('host/source/version'),
    deploys,
    layout,
    told,
    readlinkSync(join(side.folder, 'host/current')).split('/').at(-1),
  ];
});

same('mistakes: no file, no such environment, a section with holes', async (side) => {
  side.write('work/empty', '');
  const codes = [await deploy(side, 'production')];
  side.write('work/ecosystem.json', JSON.stringify({ apps: [], deploy: { staging: { host: 'h' } } }));
  codes.push(await deploy(side, 'production'), await deploy(side, 'staging'), await deploy(side, 'help'));
  return codes;
});

same('changes that are not committed: refused, unless forced', async (side) => {
  const git = project(side);
  commit(side, git, 'one');
  const codes = [await deploy(side, 'production', 'setup')];
  side.write('work/version', 'changed');
  codes.push(await deploy(side, 'production'), await deploy(side, 'production', '--force'));
  return codes;
});

better(
  'a hook with double quotes',
  async (side) => {
    const git = project(side, { 'post-deploy': 'echo "a  b" >../told' });
    commit(side, git, 'one');
    await deploy(side, 'production', 'setup');
    return [await deploy(side, 'production'), side.read('host/told')];
  },
  { pm2: [0, ''], upkeep: [0, 'a  b\n'] },
);

better(
  'a ref that is not there, and more deploys back than there were',
  async (side) => {
    const git = project(side);
    commit(side, git, 'one');
    await deploy(side, 'production', 'setup');
    await deploy(side, 'production');
    return [await deploy(side, 'production', 'no-such-ref'), await deploy(side, 'production', 'revert', '7')];
  },
  { pm2: [0, 0], upkeep: [1, 1] },
);

better(
  'a ref that is the name of a branch',
  async (side) => {
    const git = project(side, { ref: 'main' });
    commit(side, git, 'one');
    await deploy(side, 'production', 'setup');
    commit(side, git, 'two');
    return [await deploy(side, 'production'), side.read('host/current/version')];
  },
  { pm2: [0, 'one'], upkeep: [0, 'two'] },
);
