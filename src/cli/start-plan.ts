/**
 * What a `start` will do, worked out in full before anything is done. Without the plan a mistake in the last word would
 * leave the first half of the apps running.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { updateSpec } from '../config/normalise.ts';
import type { AppSpec } from '../core/terms.ts';
import type { InstanceDetail } from '../protocol/control.ts';
import { appsOfFile, appsOfScripts, contextOf, overridesOf, unwrap } from './apps.ts';
import { type Flags, hasFlag, textFlag } from './command.ts';
import { mistake } from './failure.ts';
import type { Session } from './session.ts';
import { isConfigWord } from './targets.ts';

export interface Plan {
  readonly starts: readonly AppSpec[];
  /** Registered already: words or ids for the daemon. */
  readonly restarts: readonly string[];
  /** New specs of apps that are registered, by appKey. */
  readonly specs: Readonly<Record<string, AppSpec>>;
  /** `restart name --watch`: watching is turned on or off. A spec that is replaced as a whole says so itself. */
  readonly toggleWatch: boolean;
}

/** `--watch` without a path. */
export function hasBareWatch(flags: Flags): boolean {
  const { watch } = flags;
  return watch === true || (Array.isArray(watch) && watch.length === 1 && watch[0] === true);
}

/** An extension or a folder in it: more likely a script than a name. */
const looksLikeFile = (word: string): boolean => /\/|\.[^.]+$/.test(word);

export interface Registered {
  readonly instances: readonly InstanceDetail[];
}

/** Whether a word means what is registered, by PM2's order: name, namespace, id; then what has that script. */
function isRegistered(
  word: string,
  flags: Flags,
  { cwd, env }: Pick<Session, 'cwd' | 'env'>,
  { instances }: Registered,
): boolean {
  const isProgram = (name: string): boolean =>
    !name.includes('/') &&
    (env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(resolve(folder, name)));
  if (/^\d+$/.test(word)) return true;
  const isName = instances.some((one) => one.name === word);
  const isFile = existsSync(resolve(cwd, word));
  // `start tool --name second` with a file or program `tool`: a second process is meant, not a new name for the first.
  const newName = textFlag(flags, 'name');
  if (isName && newName !== null && newName !== word && (isFile || isProgram(word))) return false;
  if (looksLikeFile(word)) return isName && !isFile;
  return word === 'all' || isName || instances.some((one) => one.namespace === word);
}

export async function planStart(
  session: Session,
  words: readonly string[],
  flags: Flags,
  registered: Registered,
  mode: { readonly isForced: boolean },
): Promise<Plan> {
  const known: string[] = [];
  const scripts: string[] = [];
  const ofFiles: AppSpec[] = [];
  for (const word of words) {
    if ((await isConfigWord(word)) && !registered.instances.some((one) => one.name === word)) {
      ofFiles.push(...(await appsOfFile(session, word, flags)));
    } else if (isRegistered(word, flags, session, registered)) known.push(word);
    else scripts.push(word);
  }
  if (known.length > 0 && textFlag(flags, 'env') !== null)
    throw mistake('--env needs a config file: a registered app has no env_ sections');
  const ofScripts = scripts.length === 0 ? [] : await appsOfScripts(session, scripts, flags);
  const starts: AppSpec[] = [];
  const restarts = [...known];
  const specs: Record<string, AppSpec> =
    known.length === 0 ? {} : await patchedSpecs(session, known, flags, registered);
  const reuse = (spec: AppSpec, same: readonly InstanceDetail[]): void => {
    for (const one of same) {
      specs[one.appKey] = keepEnvironment(spec, one, flags);
      restarts.push(String(one.id));
    }
  };
  for (const spec of ofFiles) {
    const same = registered.instances.filter((one) => one.name === spec.name);
    if (same.length === 0 || mode.isForced) starts.push(spec);
    else reuse(spec, same);
  }
  for (const name of new Set(ofFiles.map((spec) => spec.name))) {
    const has = registered.instances.filter((one) => one.name === name).length;
    const wanted = ofFiles.reduce((sum, spec) => sum + (spec.name === name ? spec.instances : 0), 0);
    if (has === 0 || has === wanted || mode.isForced) continue;
    session.out.warn(
      `${name}: ${has} instances, not ${wanted} as in the file; \`upkeep scale ${name} ${wanted}\` changes it`,
    );
  }
  for (const spec of ofScripts) {
    const same = registered.instances.filter(
      (one) => one.name === spec.name && one.spec.script === spec.script && sameProgram(one.spec, spec),
    );
    const isDown = same.length > 0 && same.every((one) => ['stopped', 'errored', 'stopping'].includes(one.status));
    // What runs already is refused by the daemon, unless forced.
    if (isDown && !mode.isForced) reuse(spec, same);
    else starts.push(spec);
  }
  const toggleWatch = hasBareWatch(flags) && known.length > 0 && restarts.length === known.length;
  return { starts, restarts: [...new Set(restarts)], specs, toggleWatch };
}

/** Commands run by the same shell are told apart by their arguments. */
const sameProgram = (a: AppSpec, b: AppSpec): boolean =>
  a.interpreter !== null || JSON.stringify(a.args) === JSON.stringify(b.args);

/** One rule for all: the caller's environment is taken over at the first start, and later only by `--update-env`. */
function keepEnvironment(spec: AppSpec, old: InstanceDetail, flags: Flags): AppSpec {
  if (hasFlag(flags, 'updateEnv')) return spec;
  return { ...spec, env: { ...spec.env, inherited: old.spec.env.inherited } };
}

/** New specs for the apps that the words mean, with the given options changed; none if none were given. */
export async function patchedSpecs(
  session: Session,
  words: readonly string[],
  flags: Flags,
  registered: Registered,
): Promise<Record<string, AppSpec>> {
  const { watch, ...rest } = overridesOf(session, flags);
  // Bare `--watch` turns watching on or off; that is the daemon's to know.
  const patch = watch === undefined || watch === true ? rest : { ...rest, watch };
  const updateEnv = hasFlag(flags, 'updateEnv');
  if (Object.keys(patch).length === 0 && !updateEnv) return {};
  const { resolveTargets } = await import('../core/targets.ts');
  const entries = registered.instances.map(({ id, name, namespace, spec }) => ({
    id,
    name,
    namespace,
    script: spec.script,
  }));
  const ids = new Set(resolveTargets(words, entries, session.cwd).ids);
  const specs: Record<string, AppSpec> = {};
  for (const one of registered.instances) {
    if (!ids.has(one.id) || specs[one.appKey] !== undefined) continue;
    const updated = unwrap(await updateSpec(one.spec, patch, contextOf(session), { updateEnv }));
    specs[one.appKey] = updated.spec;
    for (const note of updated.notes) session.out.warn(`${one.name}: ${note}`);
  }
  return specs;
}
