/**
 * PM2's words for things that Upkeep calls otherwise. Without this place they would spread into rooms that know nothing
 * of PM2.
 */
import type { ExecMode, Exit } from '../core/terms.ts';

export const modeWord = (mode: ExecMode): string => `${mode}_mode`;

/** PM2 says 0 of a death by signal; the signal stands in a field of our own. */
export const exitCodeField = (exit: Exit): number => (exit.kind === 'code' ? exit.code : 0);

/**
 * Keys of PM2's record that scripts rely on. An app's variable of the same name is only shown inside `env`: flattened
 * over the record it would rename the app, or give it another status.
 */
export const RESERVED: ReadonlySet<string> = new Set(
  (
    'name namespace pm_id unique_id status restart_time unstable_restarts created_at pm_uptime exit_code prev_restart_delay ' +
    'exec_mode exec_interpreter node_args args instances instance_var increment_var pm_exec_path pm_cwd cwd script ' +
    'pm_out_log_path pm_err_log_path pm_pid_path pm_log_path merge_logs log_date_format log_type disable_logs time watch ' +
    'ignore_watch watch_delay watch_options autorestart autostart stop_exit_codes max_restarts min_uptime restart_delay ' +
    'exp_backoff_restart_delay max_memory_restart cron_restart kill_timeout kill_retry_time listen_timeout wait_ready ' +
    'shutdown_with_message treekill vizion vizion_running pmx automation windowsHide km_link _km_monitored trace ' +
    'deep_monitoring username uid gid filter_env env version node_version versioning axm_actions axm_monitor axm_options ' +
    'axm_dynamic pmx_module _tree_pids _pm2_version exit_signal reason upkeep pid command __proto__'
  ).split(' '),
);

/** PM2's words for what happens to a process; what it has no word for keeps ours. */
const PROCESS_EVENTS: Readonly<Record<string, string>> = {
  started: 'online',
  exited: 'exit',
  stopped: 'stop',
  errored: 'restart overlimit',
  deleted: 'delete',
};

export const processEventWord = (kind: string): string => PROCESS_EVENTS[kind] ?? kind;
