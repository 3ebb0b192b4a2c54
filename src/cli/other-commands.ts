/**
 * Everything that is not one of the everyday commands: help, version, mistakes, and commands with options. Without the
 * cut from `main` the everyday commands would pay for the parser.
 */

import { VERSION } from '../client/version.ts';
import { nearest } from '../core/nearest.ts';
import { allNames, type Entry, findEntry } from './catalogue.ts';
import { hasFlag, textFlag } from './command.ts';
import { overview } from './help.ts';
import { openOutput } from './output.ts';
import { plain } from './render/words.ts';
import { runCommand } from './run-command.ts';
import { openSession, type SessionOptions } from './session.ts';

const isHelp = (word: string | undefined): boolean => word === '-h' || word === '--help';
const isVersion = (word: string | undefined): boolean => word === '-v' || word === '-V' || word === '--version';

export async function runOther(
  command: string | null,
  words: readonly string[],
  options: SessionOptions,
): Promise<number> {
  const entry = command === null ? undefined : findEntry(command);
  // A press of the tabulator key waits for it: it needs no parser, and starts no daemon.
  if (entry?.name === 'completion' && words.every((word) => !word.startsWith('-')))
    return runCommand(openSession(options), await entry.load(), words, {});
  const out = openOutput({ silent: options.silent, noColor: options.noColor, env: process.env });
  if (words.some(isVersion)) {
    out.machine(`${VERSION}\n`);
    return 0;
  }
  if (command === null || command === 'help') {
    const asked = command === 'help' ? findEntry(words[0] ?? '') : undefined;
    if (asked !== undefined) return runParsed(asked, ['--help'], options);
    out.machine(`${overview(VERSION)}\n`);
    return command === 'help' || words.some(isHelp) ? 0 : 1;
  }
  if (entry !== undefined) return runParsed(entry, words, options);
  const meant = nearest(command, allNames());
  const hint = meant === null ? '`upkeep --help` lists the commands' : `did you mean ${meant}?`;
  out.failure({ message: `there is no command ${plain(command)}`, hint });
  return 1;
}

async function runParsed(entry: Entry, argv: readonly string[], options: SessionOptions): Promise<number> {
  const [command, { parse }] = await Promise.all([entry.load(), import('./parse.ts')]);
  const parsed = await parse(entry, command, argv);
  if (parsed.kind !== 'run') {
    const out = openOutput({ silent: options.silent, noColor: options.noColor, env: process.env });
    if (parsed.kind === 'help') out.machine(parsed.text);
    else out.failure(parsed);
    return parsed.kind === 'help' ? 0 : 1;
  }
  const listing = { isMini: hasFlag(parsed.flags, 'miniList'), sort: textFlag(parsed.flags, 'sort') };
  return runCommand(openSession({ ...options, listing }), command, parsed.words, parsed.flags);
}
