/**
 * What may stand at the cursor: commands, options, names of apps. Kept apart from the shells, so that all of them offer
 * the same.
 */
import type { Entry } from './catalogue.ts';

/** The commands that there are; given, as the catalogue itself leads here. */
export interface KnownCommands {
  allNames(): readonly string[];
  findEntry(name: string): Entry | undefined;
}

/** The line as the shell has it. */
export interface TypedLine {
  /** All of the line, with the program's name. */
  readonly text: string;
  /** The cursor in it. */
  readonly cursor: number;
}

/** After these the names of apps are offered. */
const TAKE_NAMES = new Set([
  ...['start', 'stop', 'restart', 'reload', 'delete', 'scale', 'reset', 'pull', 'forward', 'backward', 'logs', 'flush'],
  ...[
    'describe',
    'why',
    'crashes',
    'env',
    'id',
    'pid',
    'monitor',
    'unmonitor',
    'send',
    'sendSignal',
    'attach',
    'trigger',
    'inspect',
    'events',
    'alerts',
  ],
]);

/** Words that some commands begin with. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  alerts: ['use', 'show', 'test', 'mute', 'unmute', 'off'],
};

/** The word at the cursor, as far as it is typed. */
export function wordAt({ text, cursor }: TypedLine): string {
  return /\S*$/.exec(text.slice(0, cursor))?.[0] ?? '';
}

/** @param appNames is only asked when names are wanted */
export async function candidates(
  line: TypedLine,
  { allNames, findEntry }: KnownCommands,
  appNames: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const before = line.text.slice(0, line.cursor).split(/\s+/).slice(1, -1);
  const word = wordAt(line);
  const fitting = (all: readonly string[]): string[] => [...new Set(all)].filter((one) => one.startsWith(word)).sort();
  // What follows is the script's own.
  if (before.includes('--')) return [];
  const entry = before.map((one) => findEntry(one)).find((one) => one !== undefined);
  if (word.startsWith('-')) return fitting(await flagsOf(entry));
  if (entry === undefined) return fitting(allNames());
  const actions = ACTIONS[entry.name];
  if (actions !== undefined && before.at(-1) === entry.name) return fitting(actions);
  return TAKE_NAMES.has(entry.name) ? fitting(await appNames()) : [];
}

const GLOBAL_FLAGS = ['-s', '--silent', '--no-color', '-m', '--mini-list', '--sort', '-h', '--help', '-v', '--version'];

async function flagsOf(entry: Entry | undefined): Promise<readonly string[]> {
  const command = await entry?.load();
  const own = typeof command?.flags === 'function' ? await command.flags() : (command?.flags ?? []);
  const spellings = own.flatMap(({ flags }) => flags.split(/[\s,|]+/).filter((part) => part.startsWith('-')));
  return [...spellings, ...GLOBAL_FLAGS];
}
