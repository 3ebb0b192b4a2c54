/**
 * Starts a program under a keeper and reads what the keeper wrote about it. Without the keeper a program's pipes
 * and exit status would live in the daemon, and die with it.
 */
import { type ChildProcess, type SendHandle, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/errors.ts';
import { startAs } from './as-user.ts';
import { closeAll, openBlockingWriter, openBoth, openReader } from './fifo.ts';
import { withSpare } from './spare-descriptor.ts';
import { wideShell } from './wide-shell.ts';

export interface Launch {
  /** Folder with the FIFOs of this life; the status file is made in it. */
  readonly folder: string;
  readonly keeperScript: string;
  /** What `ps` shows behind the script's name. */
  readonly label: string;
  /** Absolute program, then its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number | null;
  readonly gid: number | null;
  /** Open Node's IPC channel to the program, for passing descriptors. */
  readonly withChannel: boolean;
  /** Descriptors of ours that the program gets as 3, 4, …, in the way of systemd. */
  readonly sockets: readonly number[];
}

/** The daemon's end of a program's IPC channel. */
export interface Channel {
  onMessage(listener: (message: unknown, handle: unknown) => void): void;
  /** A program that is gone, or does not read, is no error. */
  send(message: object, handle: unknown): void;
  close(): void;
}

export interface Launched {
  readonly keeperPid: number;
  /** Reader of the life FIFO: a line when the pid is known, end of file when the program has ended. */
  readonly lifeFd: number;
  readonly channel: Channel | null;
}

export interface LaunchFailure {
  readonly reason: string;
  /** Trying again cannot help. */
  readonly permanent: boolean;
}

/** What the keeper wrote so far. */
export interface KeeperStatus {
  readonly pid: number | null;
  /** As the shell saw it, 0 to 255. */
  readonly exitStatus: number | null;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
const isShellName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/**
 * The shell line that becomes the program. A POSIX shell may drop variables whose names it could not have made
 * itself (dash does), so these go through `env`.
 */
export function execLine(command: readonly string[], env: Readonly<Record<string, string>>, socketCount = 0): string {
  const odd = Object.entries(env).filter(([name]) => !isShellName(name));
  const variables = odd.map(([name, value]) => quote(`${name}=${value}`));
  // The shell becomes the program: its pid is the program's.
  if (socketCount > 0) variables.push('LISTEN_PID=$$');
  const prefix = variables.length === 0 ? [] : ['env', ...variables];
  const moves = fdsFrom(FIRST_SOCKET_FD, socketCount).map((fd, i) => `${FIRST_PROGRAM_FD + i}<&${fd}`);
  return [...moves, closingSockets(socketCount), ...prefix, ...command.map(quote)]
    .filter((word) => word !== '')
    .join(' ');
}

/** The keeper's sockets are none of what it needs itself: they stand behind it, and behind where the program gets them. */
const FIRST_SOCKET_FD = 20;
/** Of Node's IPC channel in a program that has sockets. */
const CHANNEL_FD = 19;
/** Where a program looks for its sockets: SD_LISTEN_FDS_START of systemd. */
const FIRST_PROGRAM_FD = 3;

const fdsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const closingSockets = (count: number): string =>
  fdsFrom(FIRST_SOCKET_FD, count)
    .map((fd) => `${fd}<&-`)
    .join(' ');

/** Says why a program cannot be run before a shell would say it in the app's log. */
export function whyNotRunnable(program: string, cwd: string): string | null {
  try {
    if (!statSync(cwd).isDirectory()) return `its working directory ${cwd} is not a directory`;
  } catch {
    return `its working directory ${cwd} does not exist`;
  }
  try {
    if (statSync(program).isDirectory()) return `${program} is a directory`;
    accessSync(program, constants.X_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing ? `${program} does not exist` : `${program} is not executable`;
  }
  return null;
}

const NO_WIDE_SHELL =
  'sockets of `listen` need bash, or another shell that can name descriptors above 9, and there is none';

/** Errors of want of resources, which may pass. */
const PASSING = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

export async function spawnKeeper(
  launch: Launch,
): Promise<{ ok: true; value: Launched } | { ok: false; failure: LaunchFailure }> {
  const program = launch.command[0];
  const unrunnable = program === undefined ? 'there is no program to run' : whyNotRunnable(program, launch.cwd);
  if (unrunnable !== null) return { ok: false, failure: { reason: unrunnable, permanent: true } };
  const { sockets } = launch;
  const shell = sockets.length === 0 ? ['/bin/sh'] : wideShell();
  if (shell === null) return { ok: false, failure: { reason: NO_WIDE_SHELL, permanent: true } };
  // Let go of while the launch waited for its turn: they are opened anew with the next try.
  if (sockets.some((fd) => fd < 0))
    return { ok: false, failure: { reason: 'its sockets were released meanwhile', permanent: false } };
  const at = (name: string): string => join(launch.folder, name);
  const fds: number[] = [];
  const opened = (fd: number): number => {
    fds.push(fd);
    return fd;
  };
  try {
    const lifeReader = opened(openReader(at('life')));
    const out = opened(openReader(at('out')));
    const err = opened(openReader(at('err')));
    const stdio = [
      opened(openBoth(at('in'))),
      'ignore',
      'ignore',
      opened(openBlockingWriter(at('life'))),
      out,
      err,
      opened(openBlockingWriter(at('out'))),
      opened(openBlockingWriter(at('err'))),
      opened(openSync(at('status'), 'a', 0o600)),
      lifeReader,
    ] as const;
    const closing = closingSockets(sockets.length);
    const { command, env, account } = startAs(
      launch,
      [...shell, launch.keeperScript, launch.label, closing, ...shell],
      { ...launch.env, UPKEEP_EXEC: execLine(launch.command, launch.env, sockets.length) },
    );
    const [starter = '/bin/sh', ...args] = command;
    const child = spawn(starter, args, {
      detached: true,
      cwd: launch.cwd,
      env,
      ...account,
      // Behind the descriptors that the keeper names, so that it passes through to the program.
      stdio: [...stdio, ...behindKeeper(stdio.length, launch.withChannel, sockets)],
    });
    child.unref();
    if (child.pid === undefined) {
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
      closeAll(fds);
      return {
        ok: false,
        failure: { reason: `cannot start /bin/sh: ${error.message}`, permanent: !PASSING.has(error.code ?? '') },
      };
    }
    child.on('error', () => {}); // a kill that fails is answered where it is sent
    closeAll(fds.filter((fd) => fd !== lifeReader));
    return {
      ok: true,
      value: { keeperPid: child.pid, lifeFd: lifeReader, channel: launch.withChannel ? channelOf(child) : null },
    };
  } catch (error) {
    closeAll(fds);
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, failure: { reason: message, permanent: !PASSING.has(code ?? '') && code !== 'ENOENT' } };
  }
}

/** What the keeper passes through to the program. */
function behindKeeper(own: number, withChannel: boolean, sockets: readonly number[]): ('ipc' | 'ignore' | number)[] {
  const channel = withChannel ? 'ipc' : 'ignore';
  if (sockets.length === 0) return withChannel ? [channel] : [];
  return [...Array<'ignore'>(CHANNEL_FD - own).fill('ignore'), channel, ...sockets];
}

function channelOf(child: ChildProcess): Channel {
  child.channel?.unref();
  return {
    onMessage: (listener) => void child.on('internalMessage', listener),
    send(message, handle) {
      if (child.connected) child.send(message, handle as SendHandle, () => {});
    },
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

export function readStatus(folder: string): KeeperStatus {
  let text = '';
  try {
    text = withSpare(() => readFileSync(join(folder, 'status'), 'latin1'));
  } catch {
    // not made yet: nothing is known
  }
  const number = (word: string): number | null => {
    const match = new RegExp(`^${word} (\\d+)\\n`, 'm').exec(text);
    return match?.[1] === undefined ? null : Number(match[1]);
  };
  return { pid: number('pid'), exitStatus: number('exit') };
}

/** Writes a line to the program's stdin. */
export function writeStdin(folder: string, line: string): Result<null> {
  try {
    const fd = openSync(join(folder, 'in'), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.from(line);
      const written = writeSync(fd, bytes);
      if (written < bytes.length)
        return fail('BUSY', `the program does not read its stdin: only ${written} of ${bytes.length} bytes fitted`);
      return ok(null);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return fail('BUSY', 'the program does not read its stdin, whose buffer is full');
    return fail('IO_FAILED', `cannot write to its stdin: ${message}`);
  }
}
