/**
 * One process as PM2's `jlist` shows it. Without the exact shape the scripts, dashboards and deploy tools that read it
 * would break on the day of the switch.
 */
import type { InstanceDetail } from '../protocol/control.ts';
import { axmFields } from './axm.ts';
import { exitCodeField, modeWord, RESERVED } from './words.ts';

export interface JlistEntry {
  readonly pid: number;
  readonly name: string;
  readonly pm2_env: Readonly<Record<string, unknown>>;
  readonly pm_id: number;
  readonly monit: { readonly memory: number; readonly cpu: number };
}

/** Values of a record in PM2's own names. */
function record(one: InstanceDetail): Record<string, unknown> {
  const { spec, paths } = one;
  const { restart, stop, readiness, log } = spec;
  return {
    // What was given, under its own name; all that Upkeep knows better follows.
    ...spec.declared,
    name: one.name,
    namespace: one.namespace,
    pm_id: one.id,
    unique_id: one.uniqueId,
    status: one.status,
    restart_time: one.restarts,
    unstable_restarts: one.unstableRestarts,
    created_at: one.createdAt,
    pm_uptime: one.startedAt,
    exec_mode: modeWord(spec.execMode),
    exec_interpreter: spec.interpreterName,
    node_args: spec.interpreterArgs,
    instances: spec.instances,
    instance_var: spec.instanceVar,
    pm_exec_path: spec.script,
    pm_cwd: spec.cwd,
    pm_out_log_path: paths.out ?? '/dev/null',
    pm_err_log_path: paths.err ?? '/dev/null',
    pm_pid_path: paths.pidFile,
    watch: one.watching ? (spec.declared.watch ?? true) : false,
    autorestart: restart.autorestart,
    autostart: spec.autostart,
    kill_retry_time: 100,
    treekill: stop.tree,
    vizion: spec.declared.vizion ?? true,
    vizion_running: false,
    pmx: spec.runtime && spec.inside !== false,
    automation: spec.declared.automation ?? true,
    windowsHide: true,
    km_link: false,
    username: spec.username,
    filter_env: spec.declared.filter_env ?? [],
    version: spec.version,
    ...axmFields(one),
    ...present({
      args: spec.args.length > 0 ? spec.args : null,
      pm_log_path: paths.combined,
      increment_var: spec.incrementVar,
      merge_logs: log.merge ? true : null,
      log_date_format: log.dateFormat,
      max_memory_restart: spec.maxMemoryBytes,
      cron_restart: spec.cron,
      node_version: one.nodeVersion,
      exit_code: one.lastExit === null ? null : exitCodeField(one.lastExit),
      exit_signal: one.lastExit?.kind === 'signal' ? one.lastExit.signal : null,
      prev_restart_delay: restart.backoffInitialMs === null ? null : one.previousDelayMs,
      uid: spec.uid,
      gid: spec.gid,
      wait_ready: readiness.waitReady ? true : null,
      _km_monitored: one.monitored ?? null,
      versioning: spec.versioning ?? null,
    }),
    reason: one.reason,
    // What PM2 has no word for.
    upkeep: { state: one.state, readiness: one.readiness, generation: one.generation, health: one.health },
  };
}

function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Variables of the instance as PM2 types them: the number is one, the rest is text. */
function instanceVariables(one: InstanceDetail): Record<string, unknown> {
  const { instanceVar, incrementVar } = one.spec;
  const variables: Record<string, unknown> = { [instanceVar]: one.slot };
  const increment = incrementVar === null ? undefined : one.instanceEnv[incrementVar];
  if (incrementVar !== null && increment !== undefined) variables[incrementVar] = Number(increment);
  return variables;
}

export function jlistEntry(one: InstanceDetail, home: string): JlistEntry {
  const env: Record<string, string> = { ...one.spec.env.inherited, ...one.spec.env.declared };
  const own = record(one);
  const variables = instanceVariables(one);
  const flattened = Object.fromEntries(
    Object.entries(env).filter(([key]) => !RESERVED.has(key) && !(key in own) && !(key in variables)),
  );
  const { pid, name, id } = one;
  return {
    pid,
    name,
    pm2_env: { ...flattened, PM2_HOME: home, ...own, ...variables, env },
    pm_id: id,
    monit: { memory: one.memoryBytes, cpu: Math.round(one.cpuPercent * 10) / 10 },
  };
}
