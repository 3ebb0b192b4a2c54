/**
 * Reads how a process ended out of what a shell reports, and puts it into words. Without it a death by
 * signal would be taken for exit code 0, and an OOM kill for a clean end.
 */
import type { Exit } from './terms.ts';

/** Numbers of the signals that Linux and macOS share; the rest differ and are shown by number. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

/**
 * A shell reports `128 + n` for a child killed by signal n (POSIX, "Exit Status for Commands"). A program
 * that itself exits with such a code cannot be told apart from that.
 */
export function exitFromShellStatus(status: number): Exit {
  const name = SIGNALS[status - 128];
  if (name !== undefined) return { kind: 'signal', signal: name, number: status - 128 };
  if (status > 128 && status <= 128 + 64)
    return { kind: 'signal', signal: `signal ${status - 128}`, number: status - 128 };
  return { kind: 'code', code: status };
}

/** The code that a shell would show; null where nobody saw the end. */
export function exitCodeOf(exit: Exit): number | null {
  switch (exit.kind) {
    case 'code':
      return exit.code;
    case 'signal':
      return 128 + exit.number;
    case 'unknown':
      return null;
  }
}

export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      if (exit.code === 127) return 'exit code 127 (command not found)';
      if (exit.code === 126) return 'exit code 126 (not executable)';
      return `exit code ${exit.code}`;
    case 'signal':
      return `killed by ${exit.signal}`;
    case 'unknown':
      return `unknown end (${exit.why})`;
  }
}
