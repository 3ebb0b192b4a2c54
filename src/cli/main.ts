#!/usr/bin/env node
import { readCommandLine, readGlobalFlags } from './arguments.ts';
/**
 * The door of the command line: finds the command, runs it, and turns what comes of it into an exit code. Without the
 * short way for the everyday commands here, each of them would pay for an option parser that it does not need.
 */
import { beginsWithList, EVERYDAY } from './everyday.ts';
import { runCommand } from './run-command.ts';
import { openSession, type SessionOptions } from './session.ts';

/** The daemon lives in the foreground, as long as this command. */
const NO_DAEMON = '--no-daemon';
/** Commands after which there is something to stay for. */
const STAYING = new Set(['start', 'restart', 'reload', 'resurrect', 'startOrRestart', 'startOrReload', 'logs']);

async function main(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv);
  const { command } = line;
  const words = line.words.filter((word) => word !== NO_DAEMON);
  const options: SessionOptions = {
    ...readGlobalFlags(words),
    passthrough: line.passthrough,
    listing: { isMini: false, sort: null },
    listAhead: false,
  };
  const isForeground = words.length < line.words.length && command !== null && (await isStaying(command));
  if (isForeground && !words.some((word) => word === '-h' || word === '--help')) {
    const { runNoDaemon } = await import('./no-daemon.ts');
    return runNoDaemon(options, () => run(command, words, options));
  }
  return run(command, words, options);
}

async function isStaying(command: string): Promise<boolean> {
  const { findEntry } = await import('./catalogue.ts');
  return STAYING.has(findEntry(command)?.name ?? '');
}

async function run(command: string | null, words: readonly string[], options: SessionOptions): Promise<number> {
  const everyday = command === null ? undefined : EVERYDAY.get(command);
  const isBare = words.every((word) => !word.startsWith('-'));
  if (everyday !== undefined && isBare && !(command === 'id' && words.length === 0)) {
    const session = openSession({ ...options, listAhead: beginsWithList(everyday) });
    // The line is opened before the command asks for it.
    session.client().catch(() => {});
    return runCommand(session, everyday, words, {});
  }
  const { runOther } = await import('./other-commands.ts');
  return runOther(command, words, options);
}

if (process.platform === 'win32') {
  process.stderr.write(
    'upkeep runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl\n',
  );
  process.exit(1);
}
// Everything is written synchronously, so nothing is lost by ending at once.
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
