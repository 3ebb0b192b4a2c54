/**
 * Where an app's output goes and how long it is kept, from its options. Without it relative log paths
 * would be taken from wherever the daemon stands.
 */
import { defaultLogFiles, safeName } from '../core/log-paths.ts';
import { expandHome, resolvePath } from '../core/path-text.ts';
import type { LogRules } from '../core/terms.ts';
import type { Context } from './context.ts';
import type { Values } from './options.ts';

const DEFAULT_MAX_SIZE_BYTES = 10 * 1024 ** 2;
const DEFAULT_MAX_AGE_MS = 30 * 86_400_000;
const DEFAULT_KEEP = 10;
const DATE_OF_TIME = 'YYYY-MM-DDTHH:mm:ss';

export interface LogPlace {
  readonly name: string;
  /** The app's folder. */
  readonly cwd: string;
  /** Absolute; where the default log files lie. */
  readonly logFolder: string;
  /** null: in Upkeep's home. */
  readonly pidFolder: string | null;
  readonly userHome: string | null;
}

/** An absolute path of a file named in an option. */
export function filePath(path: string, place: Pick<LogPlace, 'cwd' | 'userHome'>): string {
  return resolvePath(place.cwd, expandHome(path, place.userHome) ?? path);
}

/** Where files without a path of their own lie: in Upkeep's home, or where PM2's variables say. */
export function defaultFolders({ cwd, env, home }: Context): Pick<LogPlace, 'logFolder' | 'pidFolder'> {
  const { PM2_DEFAULT_LOG_PATH: logs, PM2_DEFAULT_PID_PATH: pids } = env;
  return {
    logFolder: resolvePath(cwd, logs || `${home}/logs`),
    pidFolder: pids ? resolvePath(cwd, pids) : null,
  };
}

/** Without the instance's suffix; null: the daemon's own place. */
export function pidFile({ pid_file }: Values, place: LogPlace): string | null {
  if (pid_file !== undefined) return filePath(pid_file, place);
  return place.pidFolder === null ? null : `${place.pidFolder}/${safeName(place.name)}.pid`;
}

export function logRules(values: Values, merge: boolean, place: LogPlace): LogRules {
  const defaults = defaultLogFiles(place.name, place.logFolder);
  const pathOr = (path: string | undefined, fallback: string): string | null => {
    if (path === undefined) return fallback;
    return isNowhere(path) ? null : filePath(path, place);
  };
  const combined = values.log_file ?? false;
  return {
    outFile: pathOr(values.out_file, defaults.out),
    errorFile: pathOr(values.error_file, defaults.err),
    combinedFile: combined === false ? null : combined === true ? defaults.combined : pathOr(combined, ''),
    merge,
    format: values.log_type === 'json' ? 'json' : 'raw',
    dateFormat: values.log_date_format ?? (values.time === true ? DATE_OF_TIME : null),
    disabled: values.disable_logs ?? false,
    maxSizeBytes: values.log_max_size ?? DEFAULT_MAX_SIZE_BYTES,
    maxAgeMs: values.log_max_age ?? DEFAULT_MAX_AGE_MS,
    keep: values.log_keep ?? DEFAULT_KEEP,
    compress: values.log_compress ?? true,
  };
}

export const isNowhere = (path: string): boolean => path === 'NULL' || path === '/dev/null';
