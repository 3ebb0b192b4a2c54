/**
 * Starts a daemon that belongs to this command: its apps' lines come out on our stdout and stderr, and it says when it
 * ends and with which code. Without it each of the commands that stay in the foreground would copy lines from a daemon
 * in the background, and lose those that come faster than they are read.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import { lockHolder } from '../platform/daemon-lock.ts';
import { type HomePaths, makeHome } from '../platform/paths.ts';
import { signalProcess } from '../platform/process.ts';
import { connectTo } from '../platform/unix-socket.ts';
import { FIRST_FOREGROUND_FD, FOREGROUND_VARIABLE, type Foreground } from '../protocol/foreground.ts';
import { refuseForeign } from './own-home.ts';
import { daemonCommand, daemonEnvironment, noDaemon } from './start-daemon.ts';

const DEADLINE_MS = 15_000;
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const STDOUT = 1;
const STDERR = 2;

export interface ForegroundOptions extends Pick<Foreground, 'style' | 'autoExit' | 'tellsEvents' | 'helpers'> {
  readonly paths: HomePaths;
  readonly env: NodeJS.ProcessEnv;
  /** A pipe of ours that is to hear of the end; null: `ended` tells. */
  readonly statusFd: number | null;
}

export interface ForegroundRun {
  /** The exit code; 1 if the daemon was killed and none came after it. Never resolves with a `statusFd` of one's own. */
  readonly ended: Promise<number>;
  /** Stops all apps and ends the daemon; a second time: at once. */
  stop(): void;
}

export async function startForeground(options: ForegroundOptions): Promise<ForegroundRun> {
  const { paths, env } = options;
  refuseForeign(paths, 'serve');
  refuseUsedHome(paths);
  try {
    makeHome(paths);
  } catch (error) {
    throw noDaemon(
      paths,
      `the folder cannot be made (${(error as Error).message}); name one that can be written in UPKEEP_HOME`,
    );
  }
  const child = giveBirth(options);
  const run: ForegroundRun = {
    ended: options.statusFd === null ? endOf(child) : new Promise(() => {}),
    stop: () => {
      const owner = lockHolder(paths.home)?.owner ?? null;
      if (owner !== null) signalProcess(owner, 'SIGTERM');
    },
  };
  let failure: string | null = null;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code, signal) => {
    failure = signal === null ? `it ended with code ${code}` : `it was killed by ${signal}`;
  });
  const deadline = Date.now() + DEADLINE_MS;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const socket = await connectTo(paths.rpcSocket);
    socket?.destroy();
    if (socket !== null) break;
    if (failure !== null) throw noDaemon(paths, failure, true);
    if (Date.now() > deadline) throw noDaemon(paths, `it did not answer within ${DEADLINE_MS / 1000} s`, true);
    await sleep(wait);
  }
  if (options.statusFd !== null) child.unref();
  return run;

  function giveBirth({ style, autoExit, tellsEvents, helpers, statusFd }: ForegroundOptions): ChildProcess {
    const [program = process.execPath, ...args] = daemonCommand(env);
    const log = openSync(paths.daemonLog, 'a', 0o600);
    const setup: Foreground = {
      ...{ style, autoExit, tellsEvents, helpers },
      out: FIRST_FOREGROUND_FD,
      err: FIRST_FOREGROUND_FD + 1,
      status: FIRST_FOREGROUND_FD + 2,
    };
    try {
      return spawn(program, args, {
        // A session of its own: a Ctrl-C is for us, and we pass it on once.
        detached: true,
        cwd: '/',
        env: { ...daemonEnvironment(env, paths.home), [FOREGROUND_VARIABLE]: JSON.stringify(setup) },
        stdio: ['ignore', log, log, STDOUT, STDERR, statusFd ?? 'pipe'],
      });
    } finally {
      closeSync(log);
    }
  }
}

/**
 * A signal may come before there is anything to stop: then it is kept until there is.
 * @param isTerminal Ctrl-C and the end of the terminal are for us, not for a shell around us
 */
export function stopOnSignals(isTerminal: boolean): {
  /** A signal has come. */
  readonly isWanted: boolean;
  /** Aborted by the first signal: what is waited for before there are apps is waited for in vain. */
  readonly told: AbortSignal;
  attach(run: Pick<ForegroundRun, 'stop'>): void;
} {
  let stop: (() => void) | null = null;
  let isWanted = false;
  const told = new AbortController();
  const ofTerminal = ['SIGINT', 'SIGHUP'] as const;
  if (!isTerminal) process.on('SIGHUP', () => {});
  for (const signal of ['SIGTERM', 'SIGQUIT', ...(isTerminal ? ofTerminal : [])] as const) {
    process.on(signal, () => {
      isWanted = true;
      told.abort();
      stop?.();
    });
  }
  return {
    get isWanted() {
      return isWanted;
    },
    told: told.signal,
    attach(run) {
      stop = () => run.stop();
      if (isWanted) run.stop();
    },
  };
}

/** The last daemon says it; a pipe that everybody has closed means that all were killed. */
function endOf(child: ChildProcess): Promise<number> {
  const pipe = child.stdio[FIRST_FOREGROUND_FD + 2] as Readable;
  return new Promise((resolve) => {
    let [rest, code] = ['', 1];
    pipe.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString()}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) code = Number(/^exit (\d+)$/.exec(line)?.[1] ?? code);
    });
    pipe.on('error', () => {});
    pipe.on('close', () => resolve(code));
  });
}

function refuseUsedHome(paths: HomePaths): void {
  const another = 'name another folder in UPKEEP_HOME';
  const owner = lockHolder(paths.home)?.owner ?? null;
  if (owner !== null)
    throw new UpkeepError({
      code: 'BUSY',
      message: `a daemon (pid ${owner.pid}) serves ${paths.home} already`,
      hint: `${another}, or end that one: upkeep kill`,
    });
  if (existsSync(join(paths.home, 'foreground')) || !listsApps(paths.state)) return;
  throw new UpkeepError({
    code: 'ALREADY_EXISTS',
    message: `${paths.home} holds apps of a daemon in the background, which is not running`,
    hint: `${another}; or bring that daemon back (upkeep list)`,
  });
}

function listsApps(state: string): boolean {
  try {
    const { apps } = JSON.parse(readFileSync(state, 'utf8')) as { readonly apps?: readonly unknown[] };
    return apps !== undefined && apps.length > 0;
  } catch {
    return false;
  }
}
