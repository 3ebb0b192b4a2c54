#!/usr/bin/env node
import { readCommandLine, readGlobalFlags } from './arguments.ts';
/**
 * The door of the command line: finds the command, runs it, and turns what comes of it into an exit code. Without the
 * short way for the everyday commands here, each of them would pay for an option parser that it does not need.
 */
import { findEntry } from './catalogue.ts';
import { runCommand } from './run-command.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Commands that need no parser as long as they have no options. */
const EVERYDAY = new Set(['list', 'ls', 'l', 'ps', 'status', 'jlist', 'ping', 'id', 'pid', 'completion']);

async function main(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv);
  const { command, words } = line;
  const options: SessionOptions = {
    ...readGlobalFlags(words),
    passthrough: line.passthrough,
    listing: { isMini: false, sort: null },
    listAhead: false,
  };
  const isBare = words.every((word) => !word.startsWith('-'));
  const entry = command === null ? undefined : findEntry(command);
  if (
    entry !== undefined &&
    command !== null &&
    isBare &&
    EVERYDAY.has(command) &&
    !(entry.name === 'id' && words.length === 0)
  ) {
    const session = openSession({ ...options, listAhead: entry.name === 'list' || entry.name === 'pid' });
    // The line is opened while the command's code is read; a press of the tabulator key starts no daemon.
    if (entry.name !== 'completion') session.client().catch(() => {});
    return runCommand(session, await entry.load(), words, {});
  }
  const { runOther } = await import('./other-commands.ts');
  return runOther(command, words, entry, options);
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
