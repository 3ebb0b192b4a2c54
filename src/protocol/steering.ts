/**
 * Variables that steer a daemon, read once when it starts. Without one list the client could not tell a caller that a
 * value of his own is not the one that holds.
 */

export const STEERING_VARIABLES = [
  'PM2_WORKER_INTERVAL',
  'PM2_LOG_DATE_FORMAT',
  'PM2_DAEMON_TITLE',
  'UPKEEP_WORKER_INTERVAL',
  'UPKEEP_LOG_DISK_BUDGET',
  'UPKEEP_CRASH_DISK_BUDGET',
] as const;

export function steeringOf(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    STEERING_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name] as string]])),
  );
}
