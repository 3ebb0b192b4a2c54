/**
 * When an app is restarted, how it is stopped, when it is ready and what is watched, from its options.
 * Without one place for these defaults the docs, the daemon and PM2's habits would disagree.
 */
import { filePatternProblem } from '../core/pattern-risk.ts';
import { DEFAULT_EVENT_LOOP_LIMIT_MS } from '../core/probe.ts';
import type {
  ExecMode,
  HealthRules,
  ProbeRules,
  ReadinessRules,
  ReloadRules,
  RestartRules,
  StopRules,
  WatchRules,
} from '../core/terms.ts';
import type { Values } from './options.ts';
import { readProbe } from './probe-option.ts';

const DEFAULT_MAX_RESTARTS = 16;

/** A process whose predecessor listened may take this long to listen. */
const SUCCEEDS_WITHIN_MS = 60_000;

/** What answers requests has booted, which may take longer than to listen. */
const PROBED_WITHIN_MS = 60_000;

/** Garbage collection alone may take longer. */
const SHORTEST_EVENT_LOOP_LIMIT_MS = 100;

/** Dotfiles and dependencies: they change without the app's meaning changing. */
const DEFAULT_IGNORED = ['**/.*', '**/.*/**', '**/node_modules', '**/node_modules/**'];

export function restartRules(values: Values, env: Readonly<Record<string, string | undefined>>): RestartRules {
  const delay = values.restart_delay ?? 0;
  const backoff = values.exp_backoff_restart_delay ?? 0;
  const isPaced = delay > 0 || backoff > 0;
  return {
    autorestart: values.autorestart ?? true,
    minUptimeMs: values.min_uptime ?? 1000,
    // Whoever asked for a pace wants the app to be tried again, not to be given up.
    maxRestarts: values.max_restarts ?? (isPaced ? null : DEFAULT_MAX_RESTARTS),
    restartDelayMs: delay,
    backoffInitialMs: backoff > 0 ? backoff : null,
    backoffMaxMs: values.exp_backoff_max_delay ?? 15_000,
    backoffResetMs: positive(env.EXP_BACKOFF_RESET_TIMER) ?? 30_000,
    stopExitCodes: values.stop_exit_codes ?? [],
  };
}

function positive(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
}

export function stopRules(values: Values): StopRules {
  return {
    signal: values.kill_signal ?? 'SIGINT',
    killTimeoutMs: values.kill_timeout ?? 1600,
    drainTimeoutMs: values.drain_timeout ?? values.kill_timeout ?? 30_000,
    tree: values.treekill ?? true,
    withMessage: values.shutdown_with_message ?? false,
  };
}

export function readinessRules(values: Values): ReadinessRules {
  const waitReady = values.wait_ready ?? false;
  const succeedWithinMs = values.listen_timeout ?? SUCCEEDS_WITHIN_MS;
  if (values.readiness_probe === undefined)
    return { waitReady, listenTimeoutMs: values.listen_timeout ?? 3000, succeedWithinMs };
  return { waitReady, listenTimeoutMs: values.listen_timeout ?? PROBED_WITHIN_MS, succeedWithinMs, probed: true };
}

export function healthRules(values: Values): HealthRules {
  const limit = values.event_loop_limit ?? DEFAULT_EVENT_LOOP_LIMIT_MS;
  return {
    readiness: probeRules(values.readiness_probe),
    liveness: probeRules(values.liveness_probe),
    eventLoopLimitMs: limit === 0 ? null : Math.max(SHORTEST_EVENT_LOOP_LIMIT_MS, limit),
    eventLoopRestart: values.event_loop_restart ?? false,
  };
}

function probeRules(given: Values['readiness_probe']): ProbeRules | null {
  const probe = given === undefined ? null : readProbe(given);
  return probe?.ok === true ? probe.value.rules : null;
}

export function reloadRules(values: Values, mode: ExecMode): ReloadRules {
  // A port that is shared has room for a successor.
  const canOverlap = mode === 'cluster' || (values.listen ?? []).length > 0;
  return {
    order: values.reload_order === undefined ? (canOverlap ? 'start-first' : 'stop-first') : orderOf(values),
    minHealthyMs: values.min_healthy ?? 5_000,
    maxSurge: values.max_surge ?? 1,
  };
}

/** The table lets only these two through. */
const orderOf = (values: Values): ReloadRules['order'] =>
  values.reload_order === 'start-first' ? 'start-first' : 'stop-first';

/** null: not watched. */
export function watchRules(values: Values, cwd: string): WatchRules | null {
  const watch = values.watch ?? false;
  if (watch === false) return null;
  const paths = watch === true ? [] : typeof watch === 'string' ? [watch] : watch;
  const options = values.watch_options ?? {};
  const ignored = givenIgnored(values) ?? DEFAULT_IGNORED;
  return {
    paths: paths.length === 0 ? [cwd] : paths,
    ignore: [...ignored, ...(values.ext === undefined || values.ext.length === 0 ? [] : [allBut(values.ext)])],
    delayMs: values.watch_delay ?? 0,
    usePolling: options.usePolling === true,
    followSymlinks: options.followSymlinks !== false,
  };
}

const givenIgnored = (values: Values): readonly string[] | null =>
  listOf(values.watch_options?.ignored) ?? values.ignore_watch ?? null;

/** Patterns that could hold up the daemon. */
export const ignoredProblems = (values: Values): string[] =>
  (givenIgnored(values) ?? []).flatMap((pattern) => {
    const problem = filePatternProblem(pattern);
    return problem === null ? [] : [`ignore_watch: ${problem}`];
  });

function listOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return null;
  return value.filter((item): item is string => typeof item === 'string');
}

/** Files with another extension, as a regular expression; names without a dot are let through, as folders have none. */
function allBut(extensions: readonly string[]): string {
  const wanted = extensions.map((extension) => extension.replace(/^\./, '').replace(/[^\w-]/g, '\\$&'));
  return `/\\.(?!(?:${wanted.join('|')})$)[^./]+$/`;
}

/** Settings of `watch_options` without effect. */
export function idleWatchOptions(values: Values): string[] {
  const used = new Set(['ignored', 'usePolling', 'followSymlinks', 'persistent', 'ignoreInitial', 'cwd']);
  return Object.keys(values.watch_options ?? {}).filter((key) => !used.has(key));
}
