// Builds the release before this one, from the history of this repository, into a folder that git ignores: the newest tag `v*` in
// the history of HEAD that is not HEAD; while there is none, the commit in first-release.json. Ends with 3, and says so, if the
// history is not here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');
const folder = join(root, '.previous');
const NO_HISTORY = 3;

const git = (...words) =>
  execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const attempt = (...words) => {
  try {
    return git(...words).trim();
  } catch {
    return null;
  }
};

function previousRelease() {
  const tags =
    attempt('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname')?.split('\n').filter(Boolean) ?? [];
  const head = attempt('rev-parse', 'HEAD');
  for (const tag of tags) {
    const commit = attempt('rev-parse', `${tag}^{commit}`);
    if (commit !== head) return { name: tag, commit };
  }
  const { version, commit } = JSON.parse(readFileSync(join(here, 'first-release.json'), 'utf8'));
  return { name: version, commit };
}

const { name, commit } = previousRelease();
if (attempt('cat-file', '-e', `${commit}^{commit}`) === null) {
  console.error(
    `the release before this one (${name}, commit ${commit}) is not in this checkout: fetch the history (git fetch --unshallow)`,
  );
  process.exit(NO_HISTORY);
}
const target = join(folder, commit);
if (!existsSync(join(target, 'dist', 'cli.cjs'))) {
  console.log(`building ${name} (${commit})`);
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1024 ** 3 });
  execFileSync('tar', ['-x', '-C', fresh], { input: archive });
  // It needs the bundler alone; what is newer there does no harm.
  symlinkSync(join(root, 'node_modules'), join(fresh, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: fresh, stdio: 'inherit' });
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}
writeFileSync(join(folder, 'current.json'), `${JSON.stringify({ name, commit, dist: join(target, 'dist') })}\n`);
