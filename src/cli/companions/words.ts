/**
 * The words of `upkeep-runtime` and `upkeep-dev`: one target, PM2's options of the same programs, and all options of
 * `upkeep start`. Without a reader of their own an option that PM2 lets pass would stop a container from starting.
 */
import { CommanderError, Option, Command as Parser } from 'commander';
import type { CommandFlag, Flags } from '../command.ts';
import { startFlags } from '../start-flags.ts';

export interface Companion {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CommandFlag[];
  readonly notes: readonly string[];
  /** Options whose value may be left out: what follows is the target unless it looks like their value. */
  readonly optional: Readonly<Record<string, RegExp>>;
}

/** A value that is no file name. */
export const NO_FILE = /^(?!.*\.(?:[cm]?js|[cm]?ts|json5?|ya?ml|toml|py|sh)$)/;
/** No value at all, though `upkeep start` takes one. */
export const NEVER = /^(?!)/;

export type Read =
  | {
      readonly kind: 'run';
      /** null: none was given. */
      readonly target: string | null;
      readonly flags: Flags;
      readonly passthrough: readonly string[] | null;
      /** Words and options that nothing was made of. */
      readonly unused: readonly string[];
    }
  | { readonly kind: 'help' | 'version'; readonly text: string }
  | { readonly kind: 'mistake'; readonly message: string };

export function readWords(argv: readonly string[], companion: Companion, version: string): Read {
  const cut = argv.indexOf('--');
  const ours = cut === -1 ? argv : argv.slice(0, cut);
  const passthrough = cut === -1 ? null : argv.slice(cut + 1);
  const parser = parserOf(companion);
  let help = '';
  parser.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  if (ours.some((word) => word === '-V' || word === '-v' || word === '--version'))
    return { kind: 'version', text: `${version}\n` };
  if (argv.length === 0) return { kind: 'run', target: null, flags: {}, passthrough, unused: [] };
  try {
    parser.parse(giveBack(ours, companion.optional), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (help !== '') return { kind: 'help', text: help };
    return { kind: 'mistake', message: error.message.replace(/^error: /, '') };
  }
  const given = parser.args[0] === 'start' ? parser.args.slice(1) : parser.args;
  const at = given.findIndex((word) => word === '-' || !word.startsWith('-'));
  const target = at === -1 ? null : (given[at] ?? null);
  return { kind: 'run', target, flags: parser.opts(), passthrough, unused: given.filter((_, i) => i !== at) };
}

export function helpOf(companion: Companion): string {
  return parserOf(companion).helpInformation();
}

function parserOf({ name, summary, flags, notes }: Companion): Parser {
  const parser = new Parser(name)
    .description(summary)
    .usage('[options] <script | config file> [-- args]')
    .exitOverride();
  parser.helpOption('-h, --help', 'Show this.').allowUnknownOption(true).allowExcessArguments(true);
  parser.argument('[words...]');
  const taken = new Set<string>();
  for (const flag of [...flags, ...startFlags()]) {
    const option = new Option(flag.flags, flag.description);
    const short = option.short ?? '';
    if (taken.has(option.long ?? '') || (short !== '' && taken.has(short))) continue;
    taken.add(option.long ?? '').add(short);
    if (flag.parse !== undefined) option.argParser(flag.parse);
    parser.addOption(option);
  }
  for (const note of notes) parser.addHelpText('after', `\n${note}`);
  return parser;
}

/** `--web server.js`: without this the script would be taken for the port. At the end an option has no value. */
function giveBack(words: readonly string[], optional: Companion['optional']): string[] {
  const isBare = (word: string, next: string | undefined): boolean => {
    const looks = Object.hasOwn(optional, word) ? optional[word] : undefined;
    return looks !== undefined && next !== undefined && !looks.test(next);
  };
  const bare = words.filter((word, i) => isBare(word, words[i + 1]));
  return [...words.filter((word, i) => !isBare(word, words[i + 1])), ...bare];
}
