/**
 * Where words for people and bytes for programs go. Without one place for it a hint would end up in the JSON of
 * `jlist`, and a closed pipe would print a stack trace.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { Failure } from '../core/errors.ts';
import { plainLines } from '../core/plain-text.ts';

export interface Output {
  /** Words for people on stdout; nothing when silent. */
  print(text: string): void;
  /** The same with our prefix. */
  info(text: string): void;
  /** Worth knowing though nothing failed: stderr, so that stdout stays clean. */
  warn(text: string): void;
  error(text: string): void;
  failure(failure: Pick<Failure, 'message'> & { readonly hint?: string | undefined }): void;
  /** What programs read: exactly this text on stdout, silent or not. */
  machine(text: string): void;
  /** Exactly this text on stderr. */
  machineError(text: string): void;
  readonly hasColor: boolean;
  readonly isTerminal: boolean;
  /** Width of the terminal; null when stdout is none. */
  readonly columns: number | null;
}

export interface OutputOptions {
  readonly silent: boolean;
  readonly noColor: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** As wide as the prefix of an error: what belongs to it stands below it. */
const INDENT = ' '.repeat(16);
const OUT = 1;
const ERR = 2;

/** Writes all of it before it returns: what follows may be the end of the process. */
function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader has gone (`upkeep logs | head`): nobody is left to tell anything.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      // Somebody who shares this pipe made it non-blocking, and it is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** `node:tty` brings all of Node's streams: what is a pipe or a file can be told without it. */
function isTerminalOf(fd: number): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return (require('node:tty') as typeof import('node:tty')).isatty(fd);
}

function wantsColor({ noColor, env }: OutputOptions, isTerminal: () => boolean): boolean {
  if (noColor || (env.NO_COLOR ?? '') !== '') return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal() && env.TERM !== 'dumb';
}

export function openOutput(options: OutputOptions): Output {
  // Looked at when it is first asked for: what only programs read needs none of it.
  let known: boolean | undefined;
  const isTerminal = (): boolean => {
    known ??= isTerminalOf(OUT);
    return known;
  };
  const hasColor = (): boolean => wantsColor(options, isTerminal);
  const paint = (code: number, text: string): string => (hasColor() ? `\u001b[${code}m${text}\u001b[39m` : text);
  // Whatever a name, a path or a reason holds: words for people do nothing to their terminal.
  const print = (text: string): void => {
    if (!options.silent) writeFully(OUT, `${plainLines(text, hasColor())}\n`);
  };
  const error = (text: string): void =>
    writeFully(ERR, `${paint(31, '[UPKEEP][ERROR]')} ${plainLines(text, hasColor())}\n`);
  return {
    print,
    info: (text) => print(`${paint(32, '[UPKEEP]')} ${text}`),
    warn: (text) => {
      if (!options.silent) writeFully(ERR, `${paint(33, '[UPKEEP][WARN]')} ${plainLines(text, hasColor())}\n`);
    },
    error,
    failure: ({ message, hint }) => error([...message.split('\n'), ...(hint?.split('\n') ?? [])].join(`\n${INDENT}`)),
    machine: (text) => writeFully(OUT, text),
    machineError: (text) => writeFully(ERR, text),
    get hasColor() {
      return hasColor();
    },
    get isTerminal() {
      return isTerminal();
    },
    // process.stdout is costly to make: only a terminal needs it.
    get columns() {
      return isTerminal() ? (process.stdout.columns ?? null) : null;
    },
  };
}
