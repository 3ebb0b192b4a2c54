/**
 * Which instances a user's words mean: names, ids, namespaces, scripts, `all`, `/regex/`. Without one
 * rule for all commands `stop web` and `logs web` could touch different processes.
 */
import { type Failure, fail, type Result } from './errors.ts';
import { nearest } from './nearest.ts';
import { resolvePath } from './path-text.ts';
import { riskOf } from './pattern-risk.ts';

/** What of an instance a target can name. */
export interface TargetEntry {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  /** Absolute. */
  readonly script: string;
  /** `all` does not mean it. */
  readonly isModule?: boolean;
}

export interface UnmatchedTarget {
  readonly target: string;
  /** A name or namespace that was probably meant. */
  readonly suggestion: string | null;
  /** NOT_FOUND, or BAD_REQUEST for a pattern that cannot be used. */
  readonly failure: Failure;
}

export interface ResolvedTargets {
  /** In the order of the targets, then of the entries; each once. */
  readonly ids: readonly number[];
  readonly unmatched: readonly UnmatchedTarget[];
}

/** A pattern and a name longer than this are not tried: matching time grows with both. */
const LONGEST_PATTERN = 200;
const LONGEST_NAME = 256;

/** `cwd` is the caller's folder, against which a script's path is resolved; null: absolute paths only. */
export function resolveTargets(
  targets: readonly string[],
  entries: readonly TargetEntry[],
  cwd: string | null = null,
): ResolvedTargets {
  const ids = new Set<number>();
  const unmatched: UnmatchedTarget[] = [];
  for (const target of targets) {
    const matched = matchTarget(target, entries, cwd);
    if (!matched.ok) unmatched.push({ target, suggestion: null, failure: matched.failure });
    else if (matched.value.length === 0) unmatched.push(notFound(target, entries));
    else for (const entry of matched.value) ids.add(entry.id);
  }
  return { ids: [...ids], unmatched };
}

function matchTarget(
  target: string,
  entries: readonly TargetEntry[],
  cwd: string | null,
): Result<readonly TargetEntry[]> {
  const found = (value: readonly TargetEntry[]): Result<readonly TargetEntry[]> => ({ ok: true, value });
  if (target === 'all') return found(entries.filter((entry) => entry.isModule !== true));
  if (isPattern(target)) {
    const pattern = compilePattern(target);
    return pattern.ok
      ? found(entries.filter((entry) => pattern.value.test(entry.name.slice(0, LONGEST_NAME))))
      : pattern;
  }
  const isNumeric = /^\d+$/.test(target);
  const path = isNumeric ? null : scriptPath(target, cwd);
  const direct = entries.filter((entry) => entry.name === target || (path !== null && entry.script === path));
  if (direct.length > 0) return found(direct);
  const grouped = entries.filter((entry) => entry.namespace === target);
  if (grouped.length > 0 || !isNumeric) return found(grouped);
  return found(entries.filter((entry) => entry.id === Number(target)));
}

function scriptPath(target: string, cwd: string | null): string | null {
  if (target === '') return null;
  if (target.startsWith('/')) return resolvePath('/', target);
  return cwd === null ? null : resolvePath(cwd, target);
}

function notFound(target: string, entries: readonly TargetEntry[]): UnmatchedTarget {
  const names = new Set([...entries.map((entry) => entry.name), ...entries.map((entry) => entry.namespace)]);
  const suggestion = isPattern(target) || target === 'all' ? null : nearest(target, names);
  const message =
    target === 'all' ? 'No process found: nothing is registered' : `No process or namespace '${target}' was found`;
  const hint = suggestion === null ? undefined : `Did you mean '${suggestion}'?`;
  return { target, suggestion, failure: fail('NOT_FOUND', message, hint).failure };
}

export const isPattern = (target: string): boolean =>
  target.length > 2 && target.startsWith('/') && target.endsWith('/');

/**
 * A `/regex/` that ends in reasonable time on any name. JavaScript's engine backtracks, so patterns
 * whose time can explode (a repeated group that repeats or chooses inside, back references) are refused.
 */
export function compilePattern(target: string): Result<RegExp> {
  const source = target.slice(1, -1);
  const refuse = (why: string): Result<RegExp> =>
    fail('BAD_REQUEST', `The pattern ${target.slice(0, LONGEST_PATTERN)} cannot be used: ${why}`);
  if (source.length > LONGEST_PATTERN) return refuse(`it is longer than ${LONGEST_PATTERN} characters`);
  const danger = riskOf(source);
  if (danger !== null) return refuse(danger);
  try {
    return { ok: true, value: new RegExp(source) };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'it is not a regular expression');
  }
}
