/**
 * One command's words and options, read by commander with only that command registered. Without the narrow registration
 * every start would build the options of all commands, which costs more than the command itself.
 */
import { CommanderError, Option, Command as Parser } from 'commander';
import { nearest } from '../core/nearest.ts';
import type { Entry } from './catalogue.ts';
import type { Command, CommandFlag, Flags } from './command.ts';

export type Parsed =
  | { readonly kind: 'run'; readonly words: readonly string[]; readonly flags: Flags }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistake'; readonly message: string; readonly hint: string | undefined };

/** Accepted by every command, as PM2's users put them anywhere. */
const GLOBAL: readonly CommandFlag[] = [
  { flags: '-s, --silent', description: 'Print only errors, and what programs read.' },
  { flags: '--no-color', description: 'No colours.' },
  { flags: '--no-daemon', description: 'Keep the daemon in the foreground, with the logs, until it is interrupted.' },
  { flags: '-m, --mini-list', description: 'The list as text blocks.' },
  {
    flags: '--sort <field>',
    description: 'Order of the list: name, namespace, pid, id, cpu, memory, uptime, status; :desc turns it.',
  },
];

export async function parse(entry: Entry, command: Command, argv: readonly string[]): Promise<Parsed> {
  const own = typeof command.flags === 'function' ? await command.flags() : (command.flags ?? []);
  const parser = new Parser(`upkeep ${entry.name}`).description(`${entry.summary}.`).exitOverride();
  let help = '';
  parser.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  parser.helpOption('-h, --help', 'Show this.').showSuggestionAfterError(false).allowExcessArguments(true);
  // Words that a command only tolerates are not part of its help.
  parser.usage(`[options] ${(command.usage ?? '').replace(/\[(ignored|none)\.\.\.\]/, '')}`.trim());
  if (command.usage !== undefined) parser.arguments(command.usage);
  const taken = new Set<string>();
  for (const flag of [...own, ...GLOBAL]) {
    const option = new Option(flag.flags, flag.description);
    if (taken.has(option.long ?? '')) continue;
    taken.add(option.long ?? '');
    if (flag.parse !== undefined) option.argParser(flag.parse);
    parser.addOption(option);
  }
  if (entry.aliases.length > 0) parser.addHelpText('after', `\nAlso: ${entry.aliases.join(', ')}`);
  for (const note of command.notes ?? []) parser.addHelpText('after', `\n${note}`);
  try {
    parser.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help')
      return { kind: 'help', text: help };
    return { kind: 'mistake', message: error.message.replace(/^error: /, ''), hint: hintOf(error, taken, entry) };
  }
  return { kind: 'run', words: parser.args, flags: parser.opts() };
}

function hintOf(error: CommanderError, known: ReadonlySet<string>, entry: Entry): string {
  const help = `\`upkeep ${entry.name} --help\` lists the options`;
  const option = /unknown option '([^'=]+)/.exec(error.message)?.[1];
  if (option === undefined) return help;
  const meant = nearest(option, known);
  return meant === null ? help : `did you mean ${meant}?`;
}
