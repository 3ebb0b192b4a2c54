/**
 * The option table as the command line sees it: flags for commander, and from parsed flags back to
 * options. Without it the CLI would repeat the table by hand and forget a row.
 */
import { parseDuration } from '../core/units.ts';
import type { Flag, Option } from './option.ts';
import { helpOf, OPTIONS } from './options.ts';
import type { RawApp } from './validate.ts';

/** All that commander's `option()` needs. */
export interface CommandFlag {
  readonly flags: string;
  readonly description: string;
  /** Under which commander stores the value. */
  readonly attribute: string;
  /** Collects the values of a flag that may be given several times. */
  readonly parse?: (value: string, previous: unknown) => unknown;
}

/** Flags that make up the options of an app, in the order of the table. */
export function optionFlags(): CommandFlag[] {
  return OPTIONS.flatMap((option) =>
    (option.flags ?? []).map((flag): CommandFlag => {
      const entry = { flags: flag.flags, description: describe(option, flag), attribute: attributeOf(flag.flags) };
      return isRepeatable(flag) ? { ...entry, parse: collect } : entry;
    }),
  );
}

/** Flags of start, restart and reload that say how to act, not what an app is. */
export const ACTION_FLAGS: readonly CommandFlag[] = [
  {
    flags: '--only <names>',
    attribute: 'only',
    description: 'With a config file: only these apps, by comma or blank.',
  },
  { flags: '--env <name>', attribute: 'env', description: 'With a config file: lay env_<name> over env.' },
  { flags: '-a, --update-env', attribute: 'updateEnv', description: "Take over the caller's environment." },
  { flags: '--parallel <number>', attribute: 'parallel', description: 'How many instances are handled at a time.' },
  { flags: '--attach', attribute: 'attach', description: 'Show the logs of the apps afterwards.' },
  { flags: '-w, --write', attribute: 'write', description: 'Also write the options into <name>-pm2.json.' },
];

/** The options that were given explicitly among commander's parsed flags; other attributes are left alone. */
export function optionsFromFlags(flags: Readonly<Record<string, unknown>>): RawApp {
  const options: Record<string, unknown> = {};
  for (const option of OPTIONS) {
    for (const flag of option.flags ?? []) {
      const value = meaningOf(flag, flags[attributeOf(flag.flags)]);
      if (value !== undefined) options[option.name] = value;
    }
  }
  // `--execute-command` is PM2's word for fork mode.
  if (options.execute_command === true) options.exec_mode = 'fork';
  if (typeof options.ext === 'string') options.ext = options.ext.split(/[\s,]+/).filter((part) => part !== '');
  return options;
}

/** `--only a,b` or `--only "a b"` as names. */
export const namesOf = (only: string): string[] => only.split(/[\s,]+/).filter((name) => name !== '');

function meaningOf(flag: Flag, parsed: unknown): unknown {
  if (parsed === undefined || parsed === null) return undefined;
  const takesValue = /[<[]/.test(flag.flags);
  if (flag.flags.includes('--no-')) {
    // commander's own default of a negated flag is true: that is nobody's wish.
    return parsed === false ? false : undefined;
  }
  if (takesValue && parsed === true) return flag.bare;
  if (!takesValue) return parsed === true ? (flag.bare ?? true) : undefined;
  if (flag.unit === 'seconds') return secondsOf(parsed);
  if (Array.isArray(parsed) && parsed.length === 1) return parsed[0] === true ? flag.bare : parsed;
  if (Array.isArray(parsed)) return parsed.filter((item) => item !== true);
  return parsed;
}

/** A bare number counts seconds; with a unit it says so itself. What is neither is left to the check. */
function secondsOf(parsed: unknown): unknown {
  const text = String(parsed).trim();
  return /^\d+(\.\d+)?$/.test(text) ? parseDuration(`${text}s`) : text;
}

/** The long flag in camelCase, without `--no-`, as commander names it. */
export function attributeOf(flags: string): string {
  const long = flags.match(/--(?:no-)?([a-z0-9-]+)/)?.[1] ?? '';
  return long.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const isRepeatable = (flag: Flag): boolean => flag.repeatable === true;

function collect(value: string, previous: unknown): unknown {
  return Array.isArray(previous) ? [...previous, value] : [value];
}

function describe(option: Option, flag: Flag): string {
  if (flag.flags.includes('--no-')) return `Turns off: ${helpOf(option)}`;
  return flag.unit === 'seconds' ? `${helpOf(option)} Seconds, or with a unit.` : helpOf(option);
}
