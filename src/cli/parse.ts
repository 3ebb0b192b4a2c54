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
  | {
      readonly kind: 'mistake';
      readonly message: string;
      readonly hint: string | undefined;
      readonly isUnknownOption: boolean;
    };

/** Of `startup`; PM2 takes them everywhere, too. */
const OF_STARTUP: readonly CommandFlag[] = [
  { flags: '-u, --user <user>', description: 'User of the boot unit.' },
  { flags: '--hp <home>', description: 'Home folder of that user.' },
  { flags: '--service-name <name>', description: 'Name of the boot unit.' },
  { flags: '--wait-ip', description: 'Boot unit waits for the network.' },
];

/** Accepted by every command, as PM2's users put them anywhere. */
const GLOBAL: readonly CommandFlag[] = [
  { flags: '-s, --silent', description: 'Print only errors, and what programs read.' },
  { flags: '--no-color', description: 'No colours.' },
  { flags: '-m, --mini-list', description: 'The list as text blocks.' },
  {
    flags: '--sort <field>',
    description: 'Order of the list: name, namespace, pid, id, cpu, memory, uptime, status; :desc turns it.',
  },
];

export async function parse(entry: Entry, command: Command, argv: readonly string[]): Promise<Parsed> {
  const own = typeof command.flags === 'function' ? await command.flags() : (command.flags ?? []);
  const parsed = parseWith(entry, command, [...own, ...GLOBAL], argv);
  if (parsed.kind !== 'mistake' || !parsed.isUnknownOption) return parsed;
  // PM2 takes the options of `start` with every command, and scripts rely on it; they are no part of its help.
  const { startFlags } = await import('./start-flags.ts');
  const tolerant = parseWith(entry, command, [...own, ...GLOBAL, ...startFlags(), ...OF_STARTUP], argv);
  return tolerant.kind === 'run' ? tolerant : parsed;
}

function parseWith(entry: Entry, command: Command, flags: readonly CommandFlag[], argv: readonly string[]): Parsed {
  const parser = new Parser(`upkeep ${entry.name}`).description(`${entry.summary}.`).exitOverride();
  let help = '';
  parser.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  parser.helpOption('-h, --help', 'Show this.').showSuggestionAfterError(false).allowExcessArguments(true);
  // Words that a command only tolerates are not part of its help.
  parser.usage(`[options] ${(command.usage ?? '').replace(/\[(ignored|none)\.\.\.\]/, '')}`.trim());
  if (command.usage !== undefined) parser.arguments(command.usage);
  const taken = new Set<string>();
  for (const flag of flags) {
    const long = new Option(flag.flags).long ?? '';
    if (taken.has(long)) continue;
    // A short form that the command uses for something of its own is not given away.
    const option = new Option(
      flag.flags.replace(/^(-\w), /, (all, short) => (taken.has(short) ? '' : all)),
      flag.description,
    );
    taken.add(long);
    if (option.short !== undefined) taken.add(option.short);
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
    const isUnknownOption = error.code === 'commander.unknownOption';
    const message = error.message.replace(/^error: /, '');
    return { kind: 'mistake', message, hint: hintOf(error, taken, entry), isUnknownOption };
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
