/** A program that stays in the foreground, with what it wrote to each stream and the code that it ended with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findByEnvironment } from '../../src/platform/process.ts';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

const DIST = join(import.meta.dirname, '../../dist');
export const RUNTIME = join(DIST, 'shell/container.sh');
export const RUNTIME_WITHOUT_SHELL = join(DIST, 'container.cjs');
export const DEV = join(DIST, 'dev.cjs');
export const CLI = join(DIST, 'cli.cjs');

export interface Companion {
  readonly pid: number;
  out(): string;
  err(): string;
  /** Resolves with the exit code when it has ended and its streams are read to their end. */
  readonly ended: Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** Waits until a stream holds the text. */
  shows(text: string, stream?: 'out' | 'err'): Promise<void>;
}

export interface CompanionOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs a program in the rig's folder; what is left of it when the test ends is killed, and fails the test. */
export function startCompanion(rig: Rig, command: readonly string[], options: CompanionOptions = {}): Companion {
  const [program = '', ...args] = command;
  // Its own group: a test may send a signal to all of it, as a terminal does.
  const child: ChildProcess = spawn(program, args, {
    env: { ...rig.env, UPKEEP_NODE: rig.node, ...options.env },
    cwd: options.cwd ?? rig.root,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin?.end(options.input ?? '');
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  let hasEnded = false;
  const ended = new Promise<number>((resolve) =>
    child.once('close', (code) => {
      hasEnded = true;
      resolve(code ?? -1);
    }),
  );
  rig.onDispose(async () => {
    if (hasEnded) return;
    child.kill('SIGKILL');
    throw new Error(`${command.join(' ')} was still there at the end of the test\n${out}\n${err}`);
  });
  return {
    pid: child.pid as number,
    out: () => out,
    err: () => err,
    ended,
    signal: (name) => void child.kill(name),
    shows: async (text, stream = 'out') => {
      await until(
        () => ((stream === 'out' ? out : err).includes(text) ? true : hasEnded ? die() : undefined),
        () => `${JSON.stringify(text)} on ${stream}; out: ${out.slice(-2000)}; err: ${err.slice(-2000)}`,
      );
    },
  };

  function die(): never {
    throw new Error(`${command.join(' ')} has ended\nout: ${out}\nerr: ${err}`);
  }
}

/** The command in a PID namespace of its own, as in a container: its first process is number 1 there. */
export function inContainer(command: readonly string[]): readonly string[] {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asUser, '--fork', '--pid', '--mount-proc', '--kill-child', '--', ...command];
}

export const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

/** The first process of the container, by its number outside. */
export const initOf = async (container: Companion): Promise<number> =>
  until(
    () => childrenOf(container.pid)[0],
    () => 'the first process of the container',
  );

export const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

/** Everything that runs for a home, by its command lines. */
export const livesFor = (home: string): string[] => findByEnvironment('UPKEEP_HOME', home).map(commandLine);
