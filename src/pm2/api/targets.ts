/**
 * Whom a call means: a name, an id, a namespace, a pattern, a script's path, a config file, or apps as in one. Without it
 * `stop('app.js')` and `delete('ecosystem.config.js')` would look for processes of these names.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configKind, readContent } from '../../config/config-file.ts';
import { type ConfigFile, readConfig } from '../../config/load.ts';
import { systemContext } from '../../config/lookup.ts';
import { namesOfApps } from '../../config/normalise.ts';
import { type Result, UpkeepError } from '../../core/errors.ts';
import { resolveTargets } from '../../core/targets.ts';
import type { InstanceDetail } from '../../protocol/control.ts';
import { inWords, Pm2Error, WORDS } from './failure.ts';
import type { Host } from './host.ts';

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new UpkeepError(result.failure);
  return result.value;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Apps given as options, not a word for some that are there. */
export const isApps = (what: unknown): boolean => isObject(what) || (Array.isArray(what) && what.some(isObject));

export const contextOf = (host: Host): ReturnType<typeof systemContext> =>
  systemContext(host.home, { cwd: host.cwd, env: host.env });

const isConfig = (word: string, registered: readonly InstanceDetail[]): boolean =>
  configKind(word) !== null && !registered.some((one) => one.name === word);

/** The apps of a config file or of an object; null: the word is neither. */
export async function contentOf(
  host: Host,
  what: unknown,
  registered: readonly InstanceDetail[],
): Promise<Pick<ConfigFile, 'apps' | 'notes' | 'deployEnv'> | ConfigFile | null> {
  if (isApps(what)) return unwrap(readContent(what, 'the options'));
  if (typeof what !== 'string' || !isConfig(what, registered)) return null;
  const cacheFolder = join(host.home, 'cache');
  return unwrap(await readConfig(what, { cwd: host.cwd, env: host.env, cacheFolder }));
}

const notFound = (message: string): UpkeepError => new UpkeepError({ code: 'NOT_FOUND', message });

/** Those that are meant; an id is looked for as a name first. @throws with PM2's words if there is none */
export async function meant(
  host: Host,
  target: unknown,
  registered: readonly InstanceDetail[],
  only: readonly string[] = [],
): Promise<readonly InstanceDetail[]> {
  const content = await contentOf(host, target, registered);
  if (content !== null) {
    const names = unwrap(namesOfApps(content.apps, { only }, contextOf(host)));
    const found = registered.filter((one) => names.includes(one.name));
    if (found.length > 0) return found;
    throw inWords(WORDS.notFound, notFound(`none of ${names.join(', ') || 'its apps'} is registered`));
  }
  const words = (Array.isArray(target) ? target : [target]).map((word) => wordOf(host, word));
  const entries = registered.map(({ id, name, namespace, spec }) => ({ id, name, namespace, script: spec.script }));
  const { ids, unmatched } = resolveTargets(words, entries, host.cwd);
  const [missing] = unmatched;
  if (missing !== undefined && ids.length === 0) {
    if (missing.failure.code !== 'NOT_FOUND') throw new UpkeepError(missing.failure);
    throw inWords(wordsFor(missing.target), new UpkeepError(missing.failure));
  }
  return ids.flatMap((id) => registered.filter((one) => one.id === id));
}

const wordsFor = (target: string): string =>
  target === 'all' ? WORDS.nothingThere : /^\d+$/.test(target) ? `${target} : id unknown` : WORDS.notFound;

function wordOf(host: Host, word: unknown): string {
  if (typeof word !== 'string' && typeof word !== 'number')
    throw new Pm2Error(
      `a process is named by its name or id, not by ${word === null ? 'null' : typeof word}`,
      'BAD_REQUEST',
      { hint: "give a name, an id, a namespace, '/pattern/', a config file, or 'all'" },
    );
  const text = String(word);
  const path = resolve(host.cwd, text);
  return /[./]/.test(text) && !/^\/.+\/$/.test(text) && existsSync(path) ? path : text;
}

export const idsOf = (found: readonly InstanceDetail[]): readonly string[] => found.map((one) => String(one.id));
