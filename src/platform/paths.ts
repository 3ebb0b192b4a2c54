/**
 * Where everything of one home lies. Without one place for the names, a daemon and a client of different
 * versions would look for each other in different files.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Loaded for an odd home only: every command would pay for it. */
const os = (): typeof import('node:os') => require('node:os') as typeof import('node:os');

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with its terminating zero. */
const LONGEST_SOCKET_PATH = 103;

export interface HomePaths {
  readonly home: string;
  readonly pidFile: string;
  readonly rpcSocket: string;
  readonly agentSocket: string;
  readonly state: string;
  readonly dump: string;
  readonly run: string;
  readonly logs: string;
  /** When what was written to logs: for searches. */
  readonly logIndex: string;
  readonly pids: string;
  readonly crashes: string;
  readonly daemonLog: string;
  readonly events: string;
  /** What is to be told, and where; absent: alerts are off. */
  readonly alerts: string;
  /** What is raised, and what waits to be sent. */
  readonly alertState: string;
  /** What was measured of the processes over the last day. */
  readonly history: string;
}

/** `UPKEEP_HOME`, else PM2's `PM2_HOME`, else `~/.upkeep`; always absolute. */
export function homeFrom(env: NodeJS.ProcessEnv, cwd: string): string {
  const chosen = env.UPKEEP_HOME || env.PM2_HOME || '';
  if (chosen !== '') return isAbsolute(chosen) ? resolve(chosen) : resolve(cwd, chosen);
  return join(env.HOME || os().homedir(), '.upkeep');
}

/** A path that a socket can have: too long a one gets a short stand-in in a folder that is this user's alone. */
function socketPath(home: string, name: string): string {
  const plain = join(home, name);
  if (Buffer.byteLength(plain) <= LONGEST_SOCKET_PATH) return plain;
  const short = fingerprint(home);
  return join(os().tmpdir(), `upkeep-${process.getuid?.() ?? 0}-${short}`, name);
}

/**
 * A home may be one of PM2, with its daemon alive in it: no name here is one of PM2's but the folders of logs and pids.
 *
 * @param env of PM2's variables for single paths, those that have a meaning here
 */
export function pathsOf(home: string, env: NodeJS.ProcessEnv = {}): HomePaths {
  const chosen = (variable: string, name: string): string => resolve(env[variable] || join(home, name));
  return {
    home,
    pidFile: chosen('PM2_PID_FILE_PATH', 'daemon.pid'),
    rpcSocket: socketPath(home, 'upkeep.sock'),
    agentSocket: socketPath(home, 'upkeep-agent.sock'),
    state: join(home, 'state.json'),
    dump: join(home, 'dump.json'),
    run: join(home, 'run'),
    logs: chosen('PM2_DEFAULT_LOG_PATH', 'logs'),
    logIndex: join(home, 'log-index'),
    pids: chosen('PM2_DEFAULT_PID_PATH', 'pids'),
    crashes: join(home, 'crashes'),
    daemonLog: chosen('PM2_LOG_FILE_PATH', 'daemon.log'),
    events: join(home, 'events.jsonl'),
    alerts: join(home, 'alerts.json'),
    alertState: join(home, 'alerts-state.json'),
    history: join(home, 'history.bin'),
  };
}

/** FNV-1a, 64 bits (Fowler, Noll, Vo). node:crypto would cost every command 5 ms of its start for this one line. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** Node's own recursive mkdir never returns on some paths below /proc. */
export function makeFolder(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path), mode);
    mkdirSync(path, { mode });
  }
}

/** Makes the folders, for this user alone. */
export function makeHome(paths: HomePaths): void {
  const { home, run, logs, pids, pidFile, daemonLog, rpcSocket } = paths;
  for (const folder of [home, run, logs, pids, ...[pidFile, daemonLog, rpcSocket].map(dirname)]) makeFolder(folder);
}
