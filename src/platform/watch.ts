/**
 * Watches files for changes, with chokidar, which is loaded only when something is watched. Node's own recursive watch
 * misses edits by rename on the versions that we support.
 */
import { isAbsolute, join, relative } from 'node:path';
import { filePatternProblem, readFilePattern } from '../core/pattern-risk.ts';
import type { WatchRules } from '../core/terms.ts';
import { makeLinear } from './linear-patterns.ts';

export interface Watching {
  close(): Promise<void>;
}

/** @throws on one that could hold up the daemon */
function asRegExp(pattern: string): RegExp | null {
  const read = readFilePattern(pattern);
  if (read === null) return null;
  const problem = filePatternProblem(pattern);
  if (problem !== null) throw new Error(problem);
  try {
    makeLinear();
    // Those two would remember the place of the last match.
    return new RegExp(read.source, read.flags.replace(/[gy]/g, ''));
  } catch {
    return null;
  }
}

type Matcher = (absolute: string, fromCwd: string) => boolean;

async function matcherOf(pattern: string): Promise<Matcher> {
  const regExp = asRegExp(pattern);
  if (regExp !== null) return (absolute) => regExp.test(absolute);
  const { default: picomatch } = await import('picomatch');
  const bare = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  // `./`, `/` or nothing: to ignore all that is watched cannot be meant.
  if (bare === '') return () => false;
  const match = picomatch(
    bare.includes('/') ? [bare, `${bare}/**`] : [bare, `**/${bare}`, `${bare}/**`, `**/${bare}/**`],
    { dot: true },
  );
  return (absolute, fromCwd) => match(fromCwd) || match(absolute);
}

const hasGlob = (path: string): boolean => /[*?{}[\]!]/.test(path);

/** The folder in front of the first part with a wildcard. */
function rootOf(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex(hasGlob);
  return parts.slice(0, first === -1 ? undefined : first).join('/') || '.';
}

/** Calls back with each changed, added or removed path once the first scan is done. Resolves when it watches. */
export async function watchFiles(
  rules: WatchRules & { readonly cwd: string },
  onChange: (path: string) => void,
  onError: (error: Error) => void,
): Promise<Watching> {
  const { watch } = await import('chokidar');
  const ignored = await Promise.all(rules.ignore.map(matcherOf));
  const globs = await Promise.all(rules.paths.filter(hasGlob).map(matcherOf));
  const plain = rules.paths
    .filter((path) => !hasGlob(path))
    .map((path) => (isAbsolute(path) ? path : join(rules.cwd, path)));
  const roots = [...new Set(rules.paths.map((path) => (hasGlob(path) ? rootOf(path) : path)))];
  const isIgnored = (path: string): boolean => {
    const absolute = isAbsolute(path) ? path : join(rules.cwd, path);
    const fromCwd = relative(rules.cwd, absolute);
    return fromCwd !== '' && ignored.some((matches) => matches(absolute, fromCwd));
  };
  const isWanted = (absolute: string): boolean =>
    plain.some((path) => absolute === path || absolute.startsWith(`${path}/`) || path === rules.cwd) ||
    globs.some((matches) => matches(absolute, relative(rules.cwd, absolute)));
  const watcher = watch(roots, {
    cwd: rules.cwd,
    ignoreInitial: true,
    ignored: isIgnored,
    followSymlinks: rules.followSymlinks,
    usePolling: rules.usePolling,
    ignorePermissionErrors: true,
  });
  watcher.on('error', (error) => onError(error instanceof Error ? error : new Error(String(error))));
  watcher.on('all', (_event, path) => {
    const absolute = isAbsolute(path) ? path : join(rules.cwd, path);
    if (isWanted(absolute)) onChange(path);
  });
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return { close: () => watcher.close() };
}
