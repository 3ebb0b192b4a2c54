/**
 * What a deploy looks at on this machine: a clean working tree, and hooks that are files here. Without it somebody would
 * deploy the last commit and wonder where their change is.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DeploySection, Hook } from './section.ts';

/** Lines of `git status`; none: clean, or not in a repository. */
export function uncommitted(cwd: string): readonly string[] {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=no'], {
    cwd,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}

/** `pre-setup` and `post-setup` may name a script of this machine, which is then run on the host. */
export function localScripts(section: DeploySection, folder: string): Readonly<Partial<Record<Hook, string>>> {
  const found: Partial<Record<Hook, string>> = {};
  for (const hook of ['pre-setup', 'post-setup'] as const) {
    const text = section.hooks[hook];
    if (text === undefined || /[\s;|&]/.test(text.trim())) continue;
    const path = resolve(folder, text.trim());
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) found[hook] = readFileSync(path, 'utf8');
  }
  return found;
}
