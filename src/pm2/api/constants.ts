/**
 * `_conf`: the paths and words that tools read off the API object. They are PM2's names for what Upkeep keeps.
 */
import { pathsOf } from '../../platform/paths.ts';

export function constantsOf(home: string, env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const paths = pathsOf(home, env);
  return {
    PM2_HOME: home,
    PM2_ROOT_PATH: home,
    PM2_LOG_FILE_PATH: paths.daemonLog,
    PM2_PID_FILE_PATH: paths.pidFile,
    DEFAULT_LOG_PATH: paths.logs,
    DEFAULT_PID_PATH: paths.pids,
    DUMP_FILE_PATH: paths.dump,
    DAEMON_RPC_PORT: paths.rpcSocket,
    DAEMON_PUB_PORT: paths.rpcSocket,
    APP_CONF_DEFAULT_FILE: 'ecosystem.config.js',
    ONLINE_STATUS: 'online',
    STOPPED_STATUS: 'stopped',
    STOPPING_STATUS: 'stopping',
    WAITING_RESTART: 'waiting restart',
    LAUNCHING_STATUS: 'launching',
    ERRORED_STATUS: 'errored',
    ONE_LAUNCH_STATUS: 'one-launch-status',
    CLUSTER_MODE_ID: 'cluster_mode',
    FORK_MODE_ID: 'fork_mode',
    SUCCESS_EXIT: 0,
    ERROR_EXIT: 1,
  };
}
