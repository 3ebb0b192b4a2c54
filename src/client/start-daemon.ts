/**
 * Brings a daemon to life where none answers, and waits until it does. Without one careful way, commands given at the
 * same time would start daemons on top of each other, and a daemon that cannot start would leave the user waiting.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import { ALLOCATOR_VARIABLES } from '../platform/allocator.ts';
import { lockHolder } from '../platform/daemon-lock.ts';
import { type HomePaths, makeHome } from '../platform/paths.ts';
import { connectTo } from '../platform/unix-socket.ts';
import type { LineOptions } from './line.ts';
import { refuseForeign } from './own-home.ts';

const DEADLINE_MS = 15_000;
/** A guard needs less to bring the next daemon. One that was started beside it would be without the sockets that the guard hands down. */
const GUARD_WITHIN_MS = 500;
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const LOG_LINES_SHOWN = 10;

/** What a daemon needs of its starter's environment. All else (NODE_OPTIONS, secrets) is none of its business. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TERM|XDG_.*|LD_LIBRARY_PATH|DYLD_.*|UPKEEP_.*|PM2_.*)$/;

export function daemonEnvironment(env: NodeJS.ProcessEnv, home: string): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && KEPT.test(name)) kept[name] = value;
  return { ...kept, ...ALLOCATOR_VARIABLES, UPKEEP_HOME: home };
}

/**
 * The daemon does little at a time and lives for months: a small heap is worth more than speed. Measured with 100 apps:
 * 29 MB of private memory instead of 70.
 */
const V8_FLAGS = ['--optimize-for-size', '--max-semi-space-size=1'] as const;

/** The program of the daemon: beside this bundle, or a folder above it when this stands in a chunk. */
export function daemonCommand(env: NodeJS.ProcessEnv): readonly string[] {
  const chosen = env.UPKEEP_DAEMON_ENTRY;
  if (chosen !== undefined && chosen !== '') return [process.execPath, ...V8_FLAGS, chosen];
  const here = import.meta.dirname;
  const candidates = [here, dirname(here), join(here, '..', '..', 'dist')].map((folder) => join(folder, 'daemon.cjs'));
  const entry = candidates.find((path) => existsSync(path));
  if (entry === undefined) {
    throw new UpkeepError({
      code: 'NO_DAEMON',
      message: `the daemon's program is missing: ${candidates[0]}`,
      hint: 'install upkeep again, or name the file in UPKEEP_DAEMON_ENTRY',
    });
  }
  return [process.execPath, ...V8_FLAGS, entry];
}

/** Connects as soon as a daemon answers; spawns one first if nobody holds the home's lock. */
export async function awaitDaemon(
  options: Pick<LineOptions, 'paths' | 'startDaemon' | 'env' | 'onNote'>,
): Promise<Socket> {
  const { paths, startDaemon, env } = options;
  const began = Date.now();
  const isOwned = (): boolean => (lockHolder(paths.home)?.owner ?? null) !== null;
  /** By a daemon, or soon by the one that the guard of a dead one brings. */
  const isTakenCareOf = (): boolean => {
    const lock = lockHolder(paths.home);
    return lock !== null && (lock.owner !== null || (lock.isOrphaned && Date.now() < began + GUARD_WITHIN_MS));
  };
  const deadline = began + DEADLINE_MS;
  let birth: Birth | null = null;
  let why = 'none is running';
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    // Looked at once: one that ends between two looks would be followed by one that nobody asked for.
    if (birth === null && !isTakenCareOf()) {
      if (!startDaemon) throw noDaemon(paths, why);
      if (isFirstOfRoot(paths) && !env.UPKEEP_ALLOW_ROOT) options.onNote?.(ROOT_NOTE);
      birth = giveBirth(paths, env);
    }
    why = 'it ended';
    const socket = await connectTo(paths.rpcSocket);
    if (socket !== null) return socket;
    // Somebody else's daemon may have won the lock: then the end of ours means nothing.
    if (birth?.failure() != null && !isOwned()) throw noDaemon(paths, birth.failure() ?? '', true);
    if (Date.now() > deadline) throw noDaemon(paths, `it did not answer within ${DEADLINE_MS / 1000} s`, true);
    await sleep(wait);
  }
}

const ROOT_NOTE =
  'the daemon runs as root, and so does every app without `uid`: better give each app a user of its own (`--uid`), or run Upkeep as such a user';

/** Told once for each home, unless UPKEEP_ALLOW_ROOT is set. In a container, where `upkeep-runtime` is the first process, root is nothing unusual. */
const isFirstOfRoot = ({ state }: HomePaths): boolean => process.getuid?.() === 0 && !existsSync(state);

interface Birth {
  /** Why it will never answer, or null while it still may. */
  failure(): string | null;
}

function giveBirth(paths: HomePaths, env: NodeJS.ProcessEnv): Birth {
  let failure: string | null = null;
  refuseForeign(paths, 'serve');
  try {
    makeHome(paths);
  } catch (error) {
    throw noDaemon(paths, `the home cannot be made: ${(error as Error).message}`);
  }
  const [program = process.execPath, ...args] = daemonCommand(env);
  const log = openSync(paths.daemonLog, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      detached: true,
      cwd: '/',
      env: daemonEnvironment(env, paths.home),
      stdio: ['ignore', log, log],
    });
    child.on('error', (error) => {
      failure = error.message;
    });
    // Code 0: it saw another daemon and left it the home.
    child.on('exit', (code, signal) => {
      if (code !== 0) failure = signal === null ? `it ended with code ${code}` : `it was killed by ${signal}`;
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  return { failure: () => failure };
}

export function noDaemon(paths: HomePaths, why: string, showLog = false): UpkeepError {
  const lines = showLog ? lastLines(paths.daemonLog) : '';
  return new UpkeepError({
    code: 'NO_DAEMON',
    message: `no daemon answers for ${paths.home}: ${why}${lines === '' ? '' : `\n${lines}`}`,
    ...(showLog ? { hint: `its log is ${paths.daemonLog}` } : {}),
  });
}

function lastLines(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  } catch {
    return '';
  }
}
