/**
 * The files of one instance, from the app's rules and the instance's id. Without one rule the pump,
 * the log reader and `jlist` would each look for another file, and two instances could share one.
 */
import type { AppSpec } from './terms.ts';

/** Files of one instance, suffix applied; null: none. */
export interface InstanceFiles {
  readonly out: string | null;
  readonly err: string | null;
  readonly combined: string | null;
  readonly pidFile: string;
}

/** A name that can stand in a file name: all but letters, digits, `.`, `-` and `\` becomes `-`. */
export function safeName(name: string): string {
  const safe = name.replace(/[^a-zA-Z0-9.\-\\]/g, '-');
  // `.` and `..` are folders.
  return /^\.*$/.test(safe) ? `-${safe}` : safe;
}

/** `<folder>/<name>-out.log` and its kin, without an instance's suffix. */
export function defaultLogFiles(name: string, folder: string): { out: string; err: string; combined: string } {
  const base = `${folder}/${safeName(name)}`;
  return { out: `${base}-out.log`, err: `${base}-error.log`, combined: `${base}.log` };
}

/**
 * Logs carry `-<id>` before `.log` unless the instances share their files; a file with another ending
 * is shared in any case. The id is appended even if the name ends in digits: to replace them, as PM2
 * does, would give `api-1` and `api-2` the same files.
 */
export function instancePaths(
  spec: Pick<AppSpec, 'name' | 'log' | 'pidFile'>,
  id: number,
  home: string,
): InstanceFiles {
  const { outFile, errorFile, combinedFile, merge } = spec.log;
  const log = (path: string | null): string | null => (path === null || merge ? path : withId(path, id, '.log'));
  return {
    out: log(outFile),
    err: log(errorFile),
    combined: log(combinedFile),
    pidFile: spec.pidFile === null ? `${home}/pids/${safeName(spec.name)}-${id}.pid` : withId(spec.pidFile, id, '.pid'),
  };
}

function withId(path: string, id: number, ending: string): string {
  return path.endsWith(ending) ? `${path.slice(0, -ending.length)}-${id}${ending}` : path;
}
