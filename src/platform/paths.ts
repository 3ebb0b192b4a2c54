/**
 * Where everything of one home lies. Without one place for the names, a daemon and a client of different
 * versions would look for each other in different files.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

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
  readonly pids: string;
  readonly crashes: string;
  readonly daemonLog: string;
  readonly events: string;
}

/**
 * `UPKEEP_HOME`, else `upkeep` below a `PM2_HOME` that is not PM2's usual one, so that homes that were apart stay apart;
 * else `~/.upkeep`. Always absolute.
 */
export function homeFrom(env: NodeJS.ProcessEnv, cwd: string): string {
  const { UPKEEP_HOME: chosen = '', PM2_HOME: former = '' } = env;
  if (chosen !== '') return resolve(cwd, chosen);
  const userHome = env.HOME || homedir();
  const usual = join(userHome, '.pm2');
  if (former !== '' && resolve(cwd, former) !== usual) return join(resolve(cwd, former), 'upkeep');
  return join(userHome, '.upkeep');
}

/** A path that a socket can have: too long a one gets a short stand-in in a folder that is this user's alone. */
function socketPath(home: string, name: string): string {
  const plain = join(home, name);
  if (Buffer.byteLength(plain) <= LONGEST_SOCKET_PATH) return plain;
  const short = fingerprint(home);
  return join(tmpdir(), `upkeep-${process.getuid?.() ?? 0}-${short}`, name);
}

export function pathsOf(home: string): HomePaths {
  return {
    home,
    pidFile: join(home, 'daemon.pid'),
    rpcSocket: socketPath(home, 'rpc.sock'),
    agentSocket: socketPath(home, 'agent.sock'),
    state: join(home, 'state.json'),
    dump: join(home, 'dump.json'),
    run: join(home, 'run'),
    logs: join(home, 'logs'),
    pids: join(home, 'pids'),
    crashes: join(home, 'crashes'),
    daemonLog: join(home, 'daemon.log'),
    events: join(home, 'events.jsonl'),
  };
}

/** FNV-1a, 64 bits (Fowler, Noll, Vo). node:crypto would cost every command 5 ms of its start for this one line. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** Node's own recursive mkdir never returns on some paths below /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Makes the folders, for this user alone. */
export function makeHome(paths: HomePaths): void {
  for (const folder of [paths.home, paths.run, paths.logs, paths.pids]) makeFolder(folder);
}
