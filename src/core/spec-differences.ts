/**
 * What differs between two configurations of an app, in the words of its config file. Without it nobody could tell whether a
 * process runs with what was set, or still with what was set before.
 */
import { maskedValue } from './secrets.ts';
import { isShellNoise } from './shell-noise.ts';
import type { AppSpec } from './terms.ts';

export interface ConfigChange {
  /** `env.DATABASE_URL`, `max_memory_restart`, … */
  readonly key: string;
  /** null: it was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

const LONGEST_VALUE = 500;

const textOf = (value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** What says how and with what the program runs; the rest follows from it or is no config. */
function entriesOf(spec: AppSpec): ReadonlyMap<string, string> {
  const { name, namespace, script, args, interpreter, interpreterArgs, cwd, execMode, version, uid, gid } = spec;
  const own: Readonly<Record<string, unknown>> = {
    ...spec.declared,
    name,
    namespace,
    script,
    args,
    interpreter,
    node_args: interpreterArgs,
    cwd,
    exec_mode: execMode,
    version,
    uid,
    gid,
  };
  const entries = new Map<string, string>();
  const add = (key: string, value: unknown): void => {
    const text = textOf(value);
    if (text !== null) entries.set(key, text);
  };
  for (const [key, value] of Object.entries(own)) add(key, value);
  for (const [name, value] of Object.entries({ ...spec.env.inherited, ...spec.env.declared }))
    if (!isShellNoise(name)) add(`env.${name}`, value);
  return entries;
}

/** Values of secrets are not told, only that they differ. By key. */
export function configChanges(before: AppSpec, after: AppSpec): readonly ConfigChange[] {
  if (before === after) return [];
  const old = entriesOf(before);
  const fresh = entriesOf(after);
  const shown = (key: string, value: string | undefined): string | null => {
    if (value === undefined) return null;
    const masked = key.startsWith('env.') ? maskedValue(key.slice('env.'.length), value) : maskedValue('', value);
    return masked.length > LONGEST_VALUE ? `${masked.slice(0, LONGEST_VALUE)}…` : masked;
  };
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => old.get(key) !== fresh.get(key))
    .sort()
    .map((key) => ({ key, before: shown(key, old.get(key)), after: shown(key, fresh.get(key)) }));
}
