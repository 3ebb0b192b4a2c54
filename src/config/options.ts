/**
 * The one table of every option, and the way from any accepted spelling to its row. Without it the
 * config file, the command line, the schema and the docs would each know other options.
 */
import { nearest } from '../core/nearest.ts';
import type { KindValue, Option } from './option.ts';
import { LIFECYCLE_OPTIONS } from './options-lifecycle.ts';
import { INERT_OPTIONS, OUTPUT_OPTIONS } from './options-output.ts';
import { PROGRAM_OPTIONS } from './options-program.ts';

const TABLE = [...PROGRAM_OPTIONS, ...LIFECYCLE_OPTIONS, ...OUTPUT_OPTIONS, ...INERT_OPTIONS] as const;

type Row = (typeof TABLE)[number];

export type OptionName = Row['name'];

/** Options once they were read: canonical names, values in ms, bytes and lists. */
export type Values = { readonly [R in Row as R['name']]?: KindValue[R['kind']] };

export const OPTIONS: readonly (Option & { readonly name: OptionName })[] = TABLE;

/** `maxMemoryRestart` of `max_memory_restart`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

interface Spelling {
  readonly option: (typeof OPTIONS)[number];
  /** 0: the canonical name; the lower wins if several spellings are given. */
  readonly rank: number;
}

const SPELLINGS: ReadonlyMap<string, Spelling> = new Map(
  // Later rows must not take a name away from earlier ones, so the map is filled from the end.
  [...OPTIONS].reverse().flatMap((option) =>
    [...(option.aliases ?? []).toReversed(), option.name].flatMap((name): [string, Spelling][] => {
      const rank = name === option.name ? 0 : (option.aliases ?? []).indexOf(name) + 1;
      return [
        [camelCase(name), { option, rank }],
        [name, { option, rank }],
      ];
    }),
  ),
);

/** The row that a key of a config file means, in any accepted spelling. */
export const findSpelling = (key: string): Spelling | undefined => SPELLINGS.get(key);

export const findOption = (key: string): (typeof OPTIONS)[number] | undefined => SPELLINGS.get(key)?.option;

/** The known key that an unknown one was probably meant to be, in the same style of writing. */
export function nearestKey(key: string): string | null {
  const isCamel = /[A-Z]/.test(key);
  const keys = [...SPELLINGS.keys()].filter((known) => /[A-Z]/.test(known) === isCamel);
  return nearest(key, keys) ?? nearest(key, SPELLINGS.keys());
}

/** Help text with what is special about an option said. */
export function helpOf(option: Option): string {
  const parts = [option.help];
  if (option.default !== undefined) parts.push(`Default: ${String(option.default)}.`);
  if (option.support === 'none') parts.push('Accepted, without effect in Upkeep.');
  return parts.join(' ');
}
