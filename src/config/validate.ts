/**
 * Raw options of one app checked against the table, all mistakes at once. Without it the first mistake
 * would hide the others, and the user would fix a config one run at a time.
 */
import type { Option } from './option.ts';
import { camelCase, findSpelling, nearestKey, OPTIONS, type OptionName, type Values } from './options.ts';
import { isObject, readValue } from './values.ts';

/** Options as they came from a file, the command line or the API. */
export type RawApp = Readonly<Record<string, unknown>>;

export interface CheckedApp {
  /** Without `env`. */
  readonly values: Values;
  readonly env: Readonly<Record<string, string>>;
  /** `env_<name>` by name. */
  readonly namedEnv: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Canonical names whose value was given as null: in an update they are taken away. */
  readonly removed: readonly string[];
  /** Canonical names whose value could not be used. */
  readonly mistaken: readonly string[];
  /** Mistakes, each with its path. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

type Labeler = (key: string) => string;

/** `label` turns a key into what the user should look for: `apps[1].max_restarts`, `--max-restarts`. */
export function checkApp(raw: unknown, label: Labeler): CheckedApp {
  const problems: string[] = [];
  const notes: string[] = [];
  const values: Partial<Record<string, unknown>> = {};
  const removed: string[] = [];
  const mistaken: string[] = [];
  const namedEnv = new Map<string, Readonly<Record<string, string>>>();
  let env: Readonly<Record<string, string>> = {};
  if (!isObject(raw)) {
    problems.push(`${label('')}: expected an object with the options of an app`);
    mistaken.push('script');
    return { values, env, namedEnv, removed, mistaken, problems, notes };
  }
  const chosen = new Map<OptionName, { key: string; rank: number }>();
  for (const [key, value] of Object.entries(raw)) {
    if (value === undefined) continue;
    if (key.startsWith('env_')) {
      if (value === null) continue;
      const reading = readValue(ENVIRONMENT, value);
      if (reading.ok) namedEnv.set(key.slice('env_'.length), reading.value as Record<string, string>);
      else problems.push(`${label(key)}: ${reading.wrong}; expected ${reading.expected}`);
      continue;
    }
    const spelling = findSpelling(key);
    if (spelling === undefined) {
      keepOrDoubt(key, value, label, values, notes);
      continue;
    }
    const { option, rank } = spelling;
    if (value === null) {
      removed.push(option.name);
      continue;
    }
    const reading = readValue(option, value);
    if (!reading.ok) {
      mistaken.push(option.name);
      problems.push(`${label(key)}: ${reading.wrong}; expected ${reading.expected}`);
      continue;
    }
    if (option.isMissed === true && reading.value !== false) notes.push(`${label(key)}: has no effect in Upkeep`);
    const other = chosen.get(option.name);
    if (other !== undefined)
      notes.push(`${label(key)}: given also as '${other.key}'; '${rank < other.rank ? key : other.key}' is used`);
    if (other !== undefined && other.rank <= rank) continue;
    chosen.set(option.name, { key, rank });
    if (option.kind === 'environment') env = reading.value as Record<string, string>;
    else values[option.name] = reading.value;
  }
  return { values: values as Values, env, namedEnv, removed, mistaken, problems, notes };
}

const ENVIRONMENT: Option = { name: 'env', kind: 'environment', help: '' };

/** The vendor's own keys are kept in silence; anything else unknown is probably a typo. */
function keepOrDoubt(
  key: string,
  value: unknown,
  label: Labeler,
  values: Partial<Record<string, unknown>>,
  notes: string[],
): void {
  if (/^_?km_/.test(key)) {
    values[key] = value;
    return;
  }
  const meant = nearestKey(key);
  const hint = meant === null ? '' : ` - did you mean '${meant}'?`;
  notes.push(`${label(key)}: unknown option, ignored${hint}`);
}

/** Values that the caller's variables give to options; a bad one is told and skipped. */
export function variableDefaults(env: Readonly<Record<string, string | undefined>>): {
  /** For options that were not set. */
  readonly values: Values;
  /** Whatever was set. */
  readonly winning: Values;
  readonly notes: readonly string[];
} {
  const values: Partial<Record<string, unknown>> = {};
  const winning: Partial<Record<string, unknown>> = {};
  const notes: string[] = [];
  for (const option of OPTIONS) {
    const variable = option.variables?.find((name) => (env[name] ?? '') !== '');
    if (variable === undefined) continue;
    const reading = readValue(option, env[variable]);
    if (reading.ok) (option.variablesWin === true ? winning : values)[option.name] = reading.value;
    else notes.push(`The variable ${variable} is ignored: ${reading.wrong}; expected ${reading.expected}`);
  }
  return { values: values as Values, winning: winning as Values, notes };
}

/** The label of an option given on the command line: its long flag. */
export function flagLabel(key: string): string {
  const option = findSpelling(key)?.option;
  const long = option?.flags?.[0]?.flags.match(/--[a-z0-9-]+/)?.[0];
  return long ?? camelCase(key);
}
