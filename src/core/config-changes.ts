/**
 * What differs between two configs of one app, by name. Values stay out of it: an event that told them would write secrets
 * into a file that people send around.
 */
import type { AppSpec } from './terms.ts';

/** Set by every shell anew: that they differ says nothing. */
const NOISE = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD', 'COLUMNS', 'LINES']);

function differing(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).sort();
}

/** Names of options as in a config file, and of variables as `env.NAME`. */
export function changedKeys(before: AppSpec, after: AppSpec): readonly string[] {
  const variables = differing(
    { ...before.env.inherited, ...before.env.declared },
    { ...after.env.inherited, ...after.env.declared },
  );
  return [
    ...differing(before.declared, after.declared),
    ...(before.version === after.version ? [] : ['version']),
    ...variables.filter((name) => !NOISE.has(name)).map((name) => `env.${name}`),
  ];
}
