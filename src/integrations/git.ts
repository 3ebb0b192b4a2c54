/**
 * The git repository of an app, through the git of the machine: what is checked out, and a step forward or back. Without
 * the refusals here a step would throw away what somebody changed on the server.
 */
import { execFile } from 'node:child_process';
import { fail, ok, type Result } from '../core/errors.ts';
import type { Versioning } from '../core/terms.ts';

/** A fetch over a slow line may take long; nobody is there to answer a prompt. */
const GIT_DEADLINE_MS = 120_000;
const GIT_ENV = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function git(folder: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...GIT_ENV }, timeout: GIT_DEADLINE_MS, maxBuffer: 2 ** 24 };
    execFile('git', args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out: stdout.trimEnd(), err: stderr.trim() || (error?.message ?? '') });
    });
  });
}

/** What git says, or null where it refuses. */
async function ask(folder: string, ...args: string[]): Promise<string | null> {
  const { code, out } = await git(folder, ...args);
  return code === 0 && out !== '' ? out : null;
}

/** null: the folder is in no repository, or there is no git. */
export async function readVersioning(folder: string): Promise<Versioning | null> {
  const [top, commit] = await Promise.all([
    ask(folder, 'rev-parse', '--show-toplevel'),
    ask(folder, 'log', '-1', '--format=%H%n%cI%n%B'),
  ]);
  if (top === null || commit === null) return null;
  const [revision = '', time = '', ...comment] = commit.split('\n');
  const [branch, remotes, status, previous, tip] = await Promise.all([
    ask(folder, 'symbolic-ref', '--short', '-q', 'HEAD'),
    ask(folder, 'remote'),
    git(folder, 'status', '--porcelain', '--untracked-files=no'),
    ask(folder, 'rev-parse', '--verify', '-q', 'HEAD~1'),
    tipOf(folder),
  ]);
  const names = remotes?.split('\n') ?? [];
  const remote = names.includes('origin') ? 'origin' : (names[0] ?? null);
  const [url, ahead, next] = await Promise.all([
    remote === null ? null : ask(folder, 'remote', 'get-url', remote),
    ask(folder, 'rev-list', '--count', '@{upstream}..HEAD'),
    tip === null ? null : stepTowards(folder, tip),
  ]);
  return {
    type: 'git',
    url: url === null ? null : withoutPassword(url),
    revision,
    comment: comment.join('\n').trimEnd(),
    branch,
    update_time: new Date(time).toISOString(),
    unstaged: status.out !== '',
    ahead: Number(ahead ?? 0) > 0,
    remote,
    remotes: names,
    next_rev: next,
    prev_rev: previous,
    repo_path: top,
  };
}

/** A token in the address of a repository must not stand in a list. */
const withoutPassword = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');

/** Where the branch was furthest, so that a step back can be taken forward again in a repository without an upstream. */
const markOf = (branch: string): string => `refs/upkeep/tip/${branch}`;

async function tipOf(folder: string): Promise<string | null> {
  const upstream = await ask(folder, 'rev-parse', '--verify', '-q', '@{upstream}');
  if (upstream !== null) return upstream;
  const branch = await ask(folder, 'symbolic-ref', '--short', '-q', 'HEAD');
  return branch === null ? null : ask(folder, 'rev-parse', '--verify', '-q', markOf(branch));
}

/** The first commit after HEAD on the way to another. */
async function stepTowards(folder: string, tip: string): Promise<string | null> {
  const path = await ask(folder, 'rev-list', '--first-parent', '--ancestry-path', '--reverse', `HEAD..${tip}`);
  return path?.split('\n')[0] ?? null;
}

export type Step = 'pull' | 'forward' | 'backward';

/** `moved: false`: there is nothing to move to. */
export interface Moved {
  readonly moved: boolean;
  readonly what: string;
}

/** @param commit with `pull`: where to, instead of the upstream */
export async function move(folder: string, step: Step, commit: string | null): Promise<Result<Moved>> {
  const before = await readVersioning(folder);
  if (before === null) return ok({ moved: false, what: `${folder} is in no git repository` });
  if (before.unstaged)
    return fail('BAD_REQUEST', `${before.repo_path} has changes that are not committed`, 'commit them, or: git stash');
  if (step === 'backward') {
    if (before.prev_rev === null) return ok({ moved: false, what: `${short(before.revision)} is the first commit` });
    return reset(folder, before, before.prev_rev);
  }
  if (commit !== null) {
    // A word with a dash would be an option.
    const wanted = commit.startsWith('-')
      ? null
      : await ask(folder, 'rev-parse', '--verify', '-q', `${commit}^{commit}`);
    if (wanted !== null) return reset(folder, before, wanted);
  }
  if (before.remote !== null) {
    const fetched = await git(folder, 'fetch', '--quiet', before.remote);
    if (fetched.code !== 0) return failed('fetch', before, fetched);
  }
  if (commit !== null) {
    const wanted = commit.startsWith('-')
      ? null
      : await ask(folder, 'rev-parse', '--verify', '-q', `${commit}^{commit}`);
    if (wanted === null) return fail('BAD_REQUEST', `there is no commit ${commit} in ${before.repo_path}`);
    return reset(folder, before, wanted);
  }
  const tip = await tipOf(folder);
  const next = tip === null ? null : await stepTowards(folder, tip);
  if (next === null || tip === null) {
    const hasDiverged = before.ahead && tip !== null && (await ask(folder, 'rev-list', '-1', `HEAD..${tip}`)) !== null;
    if (hasDiverged)
      return fail(
        'BAD_REQUEST',
        `${before.repo_path} has commits that its upstream has not, and the other way round`,
        'git rebase or git merge, then again',
      );
    return ok({ moved: false, what: `${short(before.revision)} is the newest commit of ${before.branch ?? 'HEAD'}` });
  }
  return reset(folder, before, step === 'forward' ? next : tip);
}

async function reset(folder: string, before: Versioning, to: string): Promise<Result<Moved>> {
  if (before.branch !== null && (await tipOf(folder)) === null)
    await git(folder, 'update-ref', markOf(before.branch), before.revision);
  const done = await git(folder, 'reset', '--hard', '--quiet', to);
  if (done.code !== 0) return failed('reset', before, done);
  return ok({ moved: to !== before.revision, what: `${short(before.revision)} → ${short(to)}` });
}

const short = (revision: string): string => revision.slice(0, 10);

const failed = (what: string, { repo_path }: Versioning, { err }: Ran): Result<never> =>
  fail('IO_FAILED', `git ${what} failed in ${repo_path}: ${err}`, 'nothing was changed');
