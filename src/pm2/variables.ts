/**
 * Variables that PM2 reads, and that mean something else here or nothing. Without being told, a user would believe that a
 * variable in a unit file or a Dockerfile still does what it did.
 */
import { STEERING_VARIABLES } from '../protocol/steering.ts';

const OTHER_PATHS = 'this file lies in the home';

/** Nothing follows from these, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  PM2_CONF_FILE: OTHER_PATHS,
  PM2_MODULE_CONF_FILE: OTHER_PATHS,
  PM2_RELOAD_LOCKFILE: OTHER_PATHS,
  PM2_DEFAULT_MODULE_PATH: OTHER_PATHS,
  PM2_DUMP_FILE_PATH: OTHER_PATHS,
  PM2_DUMP_BACKUP_FILE_PATH: OTHER_PATHS,
  PM2_DAEMON_RPC_PORT: OTHER_PATHS,
  PM2_DAEMON_PUB_PORT: OTHER_PATHS,
  OVER_HOME: OTHER_PATHS,
  PM2_SOCKET_USER: "the daemon's socket is its user's alone",
  PM2_SOCKET_GROUP: "the daemon's socket is its user's alone",
  PM2_RELOAD_LOCK_TIMEOUT: 'there is no lock: a later reload raises the target of the one under way',
  PM2_PUBLIC_KEY: "the vendor's service is not used",
  PM2_SECRET_KEY: "the vendor's service is not used",
  PROCESS_TITLE: 'a process keeps the command line it was started with',
};

/** A line for each variable of the caller that does nothing. */
export function idleVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(WITHOUT_EFFECT)
    .filter(([name]) => (env[name] ?? '') !== '')
    .map(([name, why]) => `The variable ${name} has no effect: ${why}`);
}

/** A line for each variable that the daemon was started with another value of. */
export function differingVariables(
  env: Readonly<Record<string, string | undefined>>,
  daemon: Readonly<Record<string, string>>,
): readonly string[] {
  return STEERING_VARIABLES.filter((name) => env[name] !== undefined && env[name] !== daemon[name]).map((name) => {
    const has = daemon[name] === undefined ? 'was started without it' : `was started with ${daemon[name]}`;
    return `${name} is ${env[name]} here, but the daemon ${has}; \`upkeep update\` takes yours over`;
  });
}
