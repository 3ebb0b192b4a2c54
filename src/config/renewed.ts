/**
 * What `--update-env` does to variables that a config declares. Without it the flag would be ignored for just those that
 * people put into their files, as `NODE_ENV`.
 */
import type { AppSpec } from '../core/terms.ts';
import type { Context } from './context.ts';
import { inheritedEnv, PROGRAM } from './environment.ts';

/** What `--update-env` lays over the config's own variables: those that the caller has with another value. */
export function renewedVariables(
  spec: AppSpec,
  own: Readonly<Record<string, string>>,
  context: Context,
): Readonly<Record<string, string>> {
  const caller = inheritedEnv(context.env, undefined);
  const renewed: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    // What follows from the program or its user is nobody's to renew.
    if (spec.env.origins?.[name] === PROGRAM || caller[name] === undefined || caller[name] === value) continue;
    renewed[name] = caller[name];
  }
  return renewed;
}

export const renewedNotes = (names: readonly string[]): readonly string[] =>
  names.length === 0
    ? []
    : [`--update-env: yours stand in place of the config's own ${names.join(', ')}, until the file is applied again`];
