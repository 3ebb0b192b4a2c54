/**
 * What a caller of `start` gave, made into specs through the config room. Without it the API would read options in
 * another way than the command line.
 */
import { configKind, readContent } from '../config/config-file.ts';
import { readConfig } from '../config/load.ts';
import { systemContext } from '../config/lookup.ts';
import { toSpecs } from '../config/normalise.ts';
import { type Result, UpkeepError } from '../core/errors.ts';
import type { AppSpec } from '../core/terms.ts';
import type { StartInput } from './client.ts';
import type { LineOptions } from './line.ts';

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new UpkeepError(result.failure);
  return result.value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Made by the config room already: it holds what no option is named. */
const isSpec = (value: unknown): value is AppSpec =>
  isObject(value) && isObject(value.declared) && isObject(value.restart) && isObject(value.readiness);

export async function specsFrom(what: StartInput, { paths, env, onNote }: LineOptions): Promise<readonly AppSpec[]> {
  if (Array.isArray(what) && what.length > 0 && what.every(isSpec)) return what;
  const cwd = process.cwd();
  const context = systemContext(paths.home, { cwd, env });
  const content =
    typeof what === 'string' && configKind(what) !== null
      ? unwrap(await readConfig(what, { cwd, env }))
      : unwrap(readContent(typeof what === 'string' ? { script: what } : what, 'the options'));
  const file = 'file' in content && typeof content.file === 'string' ? { file: content.file } : {};
  const { specs, notes } = unwrap(await toSpecs(content.apps, { ...file, deployEnv: content.deployEnv }, context));
  for (const note of [...content.notes, ...notes]) onNote?.(note);
  return specs;
}
