/**
 * One app's checked options made into its AppSpec. Without one function that fills every field, a start
 * and a later update could give the same options different meanings.
 */
import { DEFAULT_CRASH_RULES } from '../core/crash.ts';
import { expandHome, resolvePath } from '../core/path-text.ts';
import type { AppSpec, CrashRules, ExecMode } from '../core/terms.ts';
import { type RunAs, runAs } from './account.ts';
import { type Context, userHome } from './context.ts';
import { cronProblem } from './cron.ts';
import { declaredEnv, type EnvSources, outvotedByEnv } from './environment.ts';
import { layoutOf, wantsInside, wantsRuntime } from './exec-mode.ts';
import {
  healthRules,
  idleWatchOptions,
  ignoredProblems,
  readinessRules,
  reloadRules,
  restartRules,
  stopRules,
  watchRules,
} from './lifecycle-rules.ts';
import { anchoredListen, declaredSockets } from './listen.ts';
import { defaultFolders, filePath, isNowhere, logRules, pidFile } from './log-rules.ts';
import { type RotationDefaults, rotationDefaults } from './logrotate-settings.ts';
import { versionOf } from './manifest.ts';
import type { Values } from './options.ts';
import type { Program } from './program.ts';
import { findProgram, nameOfScript } from './program-search.ts';

/** Where the options of an app come from. */
export interface AppOrigin {
  readonly envName: string | undefined;
  /** The app's folder if none is given. */
  readonly defaultCwd: string;
  readonly configFolder: string | null;
  readonly env: Omit<EnvSources, 'derived'> & { readonly inherited: Readonly<Record<string, string>> };
  /** Stays as it is, whatever the options say. */
  readonly fixedMode?: ExecMode;
  /** Arguments for Node that come from the caller's environment, before the app's own. */
  readonly nodeArgs?: readonly string[];
}

export interface Built {
  /** null if there are problems. */
  readonly spec: AppSpec | null;
  /** Each begins with the name of its option. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export async function buildSpec(given: Values, origin: AppOrigin, context: Context): Promise<Built> {
  const cwd = findFolder(given.cwd, origin, context);
  const { env } = origin;
  const ownPath = env.named.PATH ?? env.env.PATH ?? env.deploy.PATH ?? env.inherited.PATH;
  const place = {
    cwd: cwd ?? origin.defaultCwd,
    isCwdGiven: given.cwd !== undefined,
    configFolder: origin.configFolder,
    path: ownPath ?? context.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  };
  const first = findProgram(given, place, context);
  const isForNode = first.ok && first.value.isNode && (origin.nodeArgs ?? []).length > 0;
  const values: Values = isForNode
    ? { ...given, node_args: [...(origin.nodeArgs ?? []), ...(given.node_args ?? [])] }
    : given;
  const program = isForNode ? findProgram(values, place, context) : first;
  const account = runAs(values, context);
  const problems = [
    ...(cwd === null ? [`cwd: ${resolvePath(origin.defaultCwd, values.cwd ?? '')} is not a folder`] : []),
    // In a folder that is not there nothing would be found.
    ...(program.ok || cwd === null ? [] : [program.problem]),
    ...(account.ok ? [] : [account.problem]),
    ...homelessPaths(values, context),
  ];
  const cron = await cronProblem(values.cron_restart);
  if (cron !== null) problems.push(cron);
  problems.push(...ignoredProblems(values));
  const name = nameOf(values, origin.envName, context);
  if (problems.length > 0 || !program.ok || !account.ok || name === null) return { spec: null, problems, notes: [] };
  const rotation = await rotationDefaults(context);
  return { problems, ...assemble(name, values, program.value, account.value, rotation, origin, context) };
}

function assemble(
  name: string,
  values: Values,
  program: Program,
  account: RunAs,
  rotation: RotationDefaults,
  origin: AppOrigin,
  context: Context,
): { readonly spec: AppSpec; readonly notes: readonly string[] } {
  const layout = layoutOf(values, program, context.cpus, origin.fixedMode);
  const places = { name, cwd: program.cwd, userHome: userHome(context), ...defaultFolders(context) };
  const spec: AppSpec = {
    name,
    namespace: values.namespace ?? 'default',
    execMode: layout.execMode,
    instances: layout.instances,
    script: program.script,
    args: program.args,
    interpreter: program.interpreter,
    interpreterName: program.interpreterName,
    interpreterArgs: program.interpreterArgs,
    isNode: program.isNode,
    runtime: wantsRuntime(values),
    ...(wantsInside(values) ? {} : { inside: false }),
    sourceMaps: values.source_map_support !== false && values.disable_source_map_support !== true,
    cwd: program.cwd,
    env: {
      inherited: origin.env.inherited,
      ...declaredEnv({ ...origin.env, envName: origin.envName, derived: { ...account.env, ...program.env } }),
    },
    instanceVar: values.instance_var ?? 'NODE_APP_INSTANCE',
    incrementVar: values.increment_var ?? null,
    uid: account.uid,
    gid: account.gid,
    username: context.username,
    pidFile: pidFile(values, places),
    autostart: values.autostart ?? true,
    restart: restartRules(values, context.env),
    stop: stopRules(values),
    readiness: readinessRules(values),
    reload: reloadRules(values, layout.execMode),
    listen: declaredSockets(values.listen ?? [], places),
    health: healthRules(values),
    ...crashRules(values),
    log: logRules({ ...rotation, ...values }, layout.mergeLogs, places),
    watch: watchRules(values, program.cwd),
    cron: values.cron_restart === undefined || values.cron_restart === '0' ? null : values.cron_restart,
    maxMemoryBytes: values.max_memory_restart ?? null,
    version: versionOf(program.script, context),
    declared: anchored(values, program, places),
  };
  const idle = idleWatchOptions(values);
  const notes = [
    ...program.notes,
    ...layout.notes,
    ...(idle.length === 0 ? [] : [`watch_options: ${idle.join(', ')} have no effect`]),
    ...ambiguityNotes(name),
    ...outvotedByEnv(origin.env).map(
      (variable) =>
        `${variable}: the value of env is used, not that of deploy.${origin.envName}.env; env_${origin.envName} would win over both`,
    ),
    ...(values.heap_snapshot_near_limit === true && !program.isNode
      ? ['heap_snapshot_near_limit has no effect: the program is not run by Node']
      : []),
    ...(spec.readiness.waitReady && spec.readiness.probed === true
      ? ['wait_ready has no effect beside a readiness_probe: the probe alone decides']
      : []),
  ];
  return { spec, notes };
}

/** Nothing where the options say nothing: the defaults hold then. */
function crashRules({ crash_records, heap_snapshot_near_limit }: Values): { readonly crash?: CrashRules } {
  if (crash_records === undefined && heap_snapshot_near_limit === undefined) return {};
  const { keep, heapSnapshot } = DEFAULT_CRASH_RULES;
  return { crash: { keep: crash_records ?? keep, heapSnapshot: heap_snapshot_near_limit ?? heapSnapshot } };
}

/**
 * The options with their paths absolute: a later update is given from another folder, and must not look
 * for the same files there.
 */
function anchored(
  values: Values,
  program: Program,
  places: { readonly cwd: string; readonly userHome: string | null },
): Readonly<Record<string, unknown>> {
  const anchor = (path: string): string => (isNowhere(path) ? path : filePath(path, places));
  const { cwd, script, listen, out_file, error_file, log_file, pid_file, exec_interpreter } = values;
  return {
    ...values,
    ...(cwd === undefined ? {} : { cwd: program.cwd }),
    ...(script === undefined ? {} : { script: program.scriptFile ?? script }),
    ...(listen === undefined ? {} : { listen: anchoredListen(listen, places) }),
    ...(out_file === undefined ? {} : { out_file: anchor(out_file) }),
    ...(error_file === undefined ? {} : { error_file: anchor(error_file) }),
    ...(typeof log_file === 'string' ? { log_file: anchor(log_file) } : {}),
    ...(pid_file === undefined ? {} : { pid_file: anchor(pid_file) }),
    ...(exec_interpreter?.includes('/') ? { exec_interpreter: program.interpreter ?? exec_interpreter } : {}),
  };
}

/** The app's folder: from the caller's, then from the config file's; null if it is not there. */
function findFolder(cwd: string | undefined, origin: AppOrigin, context: Context): string | null {
  if (cwd === undefined) return origin.defaultCwd;
  const expanded = expandHome(cwd, userHome(context)) ?? cwd;
  const bases = [origin.defaultCwd, ...(origin.configFolder === null ? [] : [origin.configFolder])];
  const folders = bases.map((base) => resolvePath(base, expanded));
  return folders.find((folder) => context.lookup.kindOf(folder) === 'folder') ?? null;
}

/** A tilde that stands for nothing would become a folder named `~`. */
function homelessPaths(values: Values, context: Context): string[] {
  if (userHome(context) !== null) return [];
  const paths = {
    cwd: values.cwd,
    out_file: values.out_file,
    error_file: values.error_file,
    pid_file: values.pid_file,
  };
  return Object.entries({ ...paths, log_file: values.log_file })
    .filter(([, path]) => typeof path === 'string' && expandHome(path, null) === null)
    .map(([key]) => `${key}: '~' stands for nothing, as HOME is not set; expected an absolute path`);
}

/** null if there is neither name nor script. */
export function nameOf(values: Values, envName: string | undefined, context: Context): string | null {
  const { name, script, name_prefix: prefix } = values;
  if (name === undefined && script === undefined) return null;
  const base = name ?? nameOfScript(script ?? '', isFile(script ?? '', values.cwd, context));
  const prefixed = prefix === undefined || base.includes(`${prefix}:`) ? base : `${prefix}:${base}`;
  return values.append_env_to_name === true && envName !== undefined ? `${prefixed}-${envName}` : prefixed;
}

function isFile(script: string, cwd: string | undefined, context: Context): boolean {
  const home = userHome(context);
  const folder = resolvePath(context.cwd, expandHome(cwd ?? '.', home) ?? '.');
  return context.lookup.kindOf(resolvePath(folder, expandHome(script.trim(), home) ?? script.trim())) === 'file';
}

function ambiguityNotes(name: string): string[] {
  if (name === 'all') return ["the name 'all' means every app in commands"];
  if (/^\d+$/.test(name)) return [`the name '${name}' hides the id ${name} in commands`];
  return name.length > 2 && name.startsWith('/') && name.endsWith('/')
    ? ['the name reads as a pattern in commands']
    : [];
}
