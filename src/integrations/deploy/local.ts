/**
 * What a deploy looks at on this machine: a clean working tree, and hooks that are files here. Without it somebody would
 * deploy the last commit and wonder where their change is.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DeploySection, Hook } from './section.ts';

const LINES_SHOWN = 10;

/** Changes and commits that no host can fetch; null: there are none, or this is no repository. */
export function whatStaysBehind(cwd: string): string | null {
  const linesOf = (...args: string[]): readonly string[] => {
    const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
  };
  const shown = (lines: readonly string[]): string => lines.slice(0, LINES_SHOWN).join('\n');
  const changes = linesOf('status', '--porcelain', '--untracked-files=no');
  if (changes.length > 0)
    return `there are changes here that are not committed, so they would not be deployed:\n${shown(changes)}`;
  // Without an upstream nothing is known of what was pushed.
  const commits = linesOf('log', '--oneline', '@{upstream}..HEAD');
  if (commits.length > 0)
    return `there are commits here that are not pushed, so they would not be deployed:\n${shown(commits)}`;
  return null;
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
