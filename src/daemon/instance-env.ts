/**
 * The variables that the daemon adds to an instance's environment, and the command line it runs. Apps that were written
 * for PM2 read some of these; a wrong value here would give two instances the same number.
 */
import { crashRulesOf } from '../core/crash.ts';
import { declaredBy } from '../core/declared.ts';
import { instancePaths } from '../core/log-paths.ts';
import type { AppSpec } from '../core/terms.ts';
import type { KnownSocket } from '../protocol/channel.ts';
import { hasRuntime } from '../supervisor/agents.ts';
import { TOKEN_VARIABLE } from '../supervisor/launcher.ts';
import type { Slot } from '../supervisor/record.ts';

/** Socket of the agent line; the runtime takes it out of the environment. */
const AGENT_VARIABLE = 'UPKEEP_AGENT';

/** The worker's id, for apps that share their ports. */
const CLUSTER_VARIABLE = 'UPKEEP_CLUSTER';

/** For apps that own their port alone: sockets that the daemon holds for them. */
const HELD_VARIABLE = 'UPKEEP_HELD';

/** The process accepts connections only when it is told to. */
const HELD_BACK_VARIABLE = 'UPKEEP_HELD_BACK';

/** The runtime tells nothing of the inside of the app. */
const CLOSED_VARIABLE = 'UPKEEP_CLOSED';

/** Where the runtime leaves what it has to say at a crash. */
const LIFE_VARIABLE = 'UPKEEP_LIFE';

export interface LifeFacts {
  readonly home: string;
  readonly agentSocket: string;
  readonly token: string;
  readonly restarts: number;
  readonly unstable: number;
  readonly createdAt: number | null;
  readonly now: number;
  readonly isHeldBack: boolean;
  /** Held for this instance alone. */
  readonly held: readonly KnownSocket[];
  /** Of the life that begins: its runtime leaves there what it has to say at a crash. */
  readonly lifeFolder: string;
}

/** What is the same for every life of the instance. */
export function identityEnv(slot: Slot, spec: AppSpec, home: string): Record<string, string> {
  const env: Record<string, string> = {
    UPKEEP_HOME: home,
    PM2_HOME: home,
    pm_id: String(slot.id),
    [spec.instanceVar]: String(slot.number),
    UPKEEP_INSTANCE: String(slot.number),
    UPKEEP_APP: spec.name,
  };
  if (spec.incrementVar !== null)
    env[spec.incrementVar] = String(Number(spec.env.declared[spec.incrementVar] ?? 0) + slot.number);
  return env;
}

/** PM2 has these in every record; programs that look for them find its defaults. */
const PM2_DEFAULTS = {
  vizion: 'true',
  vizion_running: 'false',
  windowsHide: 'true',
  kill_retry_time: '100',
  km_link: 'false',
};

/** Options that the record holds as `pm_exec_path`, `pm_out_log_path` and so on. */
const UNDER_OTHER_NAMES = new Set(['script', 'out_file', 'error_file', 'log_file', 'pid_file', 'name_prefix']);

/** The record's values that PM2 puts into the environment as text; the app's own variables win over them. */
function recordEnv(slot: Slot, spec: AppSpec, facts: LifeFacts): Record<string, string> {
  const paths = instancePaths(spec, slot.id, facts.home);
  const env: Record<string, string> = {
    name: spec.name,
    namespace: spec.namespace,
    exec_mode: `${spec.execMode}_mode`,
    exec_interpreter: spec.interpreterName,
    instances: String(spec.instances),
    status: 'launching',
    restart_time: String(facts.restarts),
    unstable_restarts: String(facts.unstable),
    created_at: String(facts.createdAt ?? facts.now),
    pm_uptime: String(facts.now),
    unique_id: slot.uniqueId,
    username: spec.username,
    pm_exec_path: spec.script,
    pm_cwd: spec.cwd,
    pm_out_log_path: paths.out ?? '/dev/null',
    pm_err_log_path: paths.err ?? '/dev/null',
    pm_pid_path: paths.pidFile,
    PWD: spec.cwd,
    instance_var: spec.instanceVar,
    watch: String(spec.watch !== null),
    autorestart: String(spec.restart.autorestart),
    autostart: String(spec.autostart),
    treekill: String(spec.stop.tree),
    pmx: String(spec.runtime && spec.inside !== false),
    automation: spec.declared.automation === false ? 'false' : 'true',
    ...(spec.log.merge ? { merge_logs: 'true' } : {}),
  };
  if (paths.combined !== null) env.pm_log_path = paths.combined;
  if (spec.log.dateFormat !== null) env.log_date_format = spec.log.dateFormat;
  if (spec.restart.stopExitCodes.length > 0) env.stop_exit_codes = spec.restart.stopExitCodes.join(',');
  for (const [key, value] of Object.entries(spec.declared)) {
    if (key in env || UNDER_OTHER_NAMES.has(key) || !['string', 'number', 'boolean'].includes(typeof value)) continue;
    env[key] = String(value);
  }
  return { ...PM2_DEFAULTS, ...env };
}

/** A variable with the app's name, which holds its settings if it has some < inherited < the record's values < declared < what identifies the instance. */
export function environmentOf(slot: Slot, spec: AppSpec, facts: LifeFacts): Record<string, string> {
  return {
    ...(spec.name.includes('=') ? {} : { [spec.name]: '{}' }),
    ...spec.env.inherited,
    ...recordEnv(slot, spec, facts),
    ...spec.env.declared,
    ...identityEnv(slot, spec, facts.home),
    ...declaredEnv(spec),
    [TOKEN_VARIABLE]: facts.token,
    ...(hasRuntime(spec) ? { [AGENT_VARIABLE]: facts.agentSocket } : {}),
    ...(sharesPorts(spec) ? { [CLUSTER_VARIABLE]: String(slot.number + 1) } : {}),
    ...(ownsPortsAlone(spec) ? { [HELD_VARIABLE]: JSON.stringify(facts.held) } : {}),
    ...(facts.isHeldBack && hasRuntime(spec) ? { [HELD_BACK_VARIABLE]: '1' } : {}),
    ...(hasRuntime(spec) && spec.inside === false ? { [CLOSED_VARIABLE]: '1' } : {}),
    ...(hasRuntime(spec) && crashRulesOf(spec).keep > 0 && !isOthers(spec)
      ? { [LIFE_VARIABLE]: facts.lifeFolder }
      : {}),
  };
}

/** As systemd tells a program of its sockets; LISTEN_PID, which only the starting shell knows, is added there. */
function declaredEnv(spec: AppSpec): Record<string, string> {
  const declared = declaredBy(spec);
  if (declared.length === 0) return {};
  return { LISTEN_FDS: String(declared.length), LISTEN_FDNAMES: declared.map(({ name }) => name).join(':') };
}

/** Instances listen on sockets that the daemon holds: that needs the runtime in them. */
export const sharesPorts = (spec: AppSpec): boolean => spec.execMode === 'cluster' && hasRuntime(spec);

/** Each instance listens on ports of its own, which the daemon holds while it restarts. */
export const ownsPortsAlone = (spec: AppSpec): boolean => spec.execMode === 'fork' && hasRuntime(spec);

/** Who a socket is held for: the app with all its instances, or one instance. */
export const socketOwner = (slot: Slot, spec: AppSpec): string =>
  sharesPorts(spec) ? slot.appKey : `${slot.appKey}#${slot.id}`;

/** Another user's process cannot write into the home. */
const isOthers = ({ uid }: AppSpec): boolean => uid !== null && uid !== process.getuid?.();

/** Program and arguments; the runtime is preloaded, so that the user's script stays the main module. */
export function commandOf(spec: AppSpec, runtimeFile: string, lifeFolder: string): string[] {
  if (spec.interpreter === null) return [spec.script, ...spec.args];
  const preload = hasRuntime(spec) ? ['--require', runtimeFile] : [];
  const maps = spec.isNode && spec.sourceMaps ? ['--enable-source-maps'] : [];
  const before = [...spec.interpreterArgs, ...maps, ...snapshotFlags(spec, lifeFolder), ...preload];
  return [spec.interpreter, ...before, spec.script, ...spec.args];
}

/** Options of the user's own for files that Node writes: those stay where they are looked for. */
const OWN_FILES = /^--(?:diagnostic-dir|cpu-prof|heap-prof|heapsnapshot|report-)/;

/** Node writes the snapshot into the folder of the life; the runtime hides what stands here from the program. */
function snapshotFlags(spec: AppSpec, lifeFolder: string): string[] {
  if (!spec.isNode || !crashRulesOf(spec).heapSnapshot || crashRulesOf(spec).keep === 0) return [];
  const isOwn = isOthers(spec) || spec.interpreterArgs.some((word) => OWN_FILES.test(word));
  return ['--heapsnapshot-near-heap-limit=1', ...(isOwn ? [] : [`--diagnostic-dir=${lifeFolder}`])];
}
