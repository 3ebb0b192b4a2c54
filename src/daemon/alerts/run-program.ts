/**
 * Runs a program that takes a message on its stdin, with a deadline. Without the deadline, and the end of all that it
 * started, a script that hangs would hold back every alert behind it and pile up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { endSession } from '../../supervisor/session.ts';
import { SENT, type Sent, unsent } from './sent.ts';

const LONGEST_OUTPUT = 2_000;
const LONGEST_REASON = 300;

export interface Program {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input: string;
  readonly timeoutMs: number;
}

/** Exit code 0 is a yes. */
export function runProgram({ command, env, cwd, input, timeoutMs }: Program, signal: AbortSignal): Promise<Sent> {
  return new Promise((resolve) => {
    const [file = '', ...args] = command;
    let child: ChildProcess;
    try {
      // A session of its own, by which everything that it starts is found.
      child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
    } catch (error) {
      resolve(unsent(`cannot run ${file}: ${(error as Error).message}`));
      return;
    }
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-LONGEST_OUTPUT);
    });
    // It may end without reading.
    child.stdin?.on('error', () => {}).end(input);
    const settle = (sent: Sent): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      child.stdin?.destroy();
      child.stderr?.destroy();
      resolve(sent);
    };
    const end = (sent: Sent): void => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endSession(child.pid);
      settle(sent);
    };
    const giveUp = (): void => end(unsent('given up'));
    const timer = setTimeout(() => end(unsent(`${file} did not end within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => settle(unsent(`cannot run ${file}: ${error.code}`)));
    child.on('exit', (code, by) => {
      const how = code === null ? `${file} was ended by ${by}` : `${file} ended with ${code}`;
      const said = (output.trim().split('\n').at(-1) ?? '').slice(0, LONGEST_REASON);
      settle(code === 0 ? SENT : unsent(said === '' ? how : `${how}: ${said}`));
    });
  });
}
