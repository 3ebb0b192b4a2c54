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
  const { pairs, fresh } = pairedByName(ofFiles, mode.isForced ? [] : registered.instances);
  starts.push(...fresh);
  for (const { spec, instances } of pairs) {
    for (const note of changeNotes(spec, instances)) session.out.warn(note);
    reuse(spec, instances);
  }
  await hintAtEnvironment(session, flags, pairs);
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

/** An app of a file, and the instances of the registered app that it describes. */
interface Pair {
  readonly spec: AppSpec;
  readonly instances: readonly InstanceDetail[];
}

/**
 * Apps of a file beside what is registered under their names. Several of one name are told apart by their script and
 * arguments, then by their order; all that are registered under a name get a spec, the last if there are too few.
 */
export function pairedByName(
  ofFiles: readonly AppSpec[],
  registered: readonly InstanceDetail[],
): { readonly pairs: readonly Pair[]; readonly fresh: readonly AppSpec[] } {
  const pairs: Pair[] = [];
  const fresh: AppSpec[] = [];
  for (const name of new Set(ofFiles.map((spec) => spec.name))) {
    const specs = ofFiles.filter((spec) => spec.name === name);
    const keys = [...new Set(registered.filter((one) => one.name === name).map((one) => one.appKey))];
    if (keys.length === 0) {
      fresh.push(...specs);
      continue;
    }
    const open = [...specs];
    const apps = keys.map((key) => registered.filter((one) => one.appKey === key));
    const found = new Map<readonly InstanceDetail[], AppSpec>();
    const take = (app: readonly InstanceDetail[], isMeant: (spec: AppSpec) => boolean): void => {
      const index = found.has(app) ? -1 : open.findIndex(isMeant);
      const [spec] = index === -1 ? [] : open.splice(index, 1);
      if (spec !== undefined) found.set(app, spec);
    };
    for (const app of apps) take(app, (spec) => sameScript(spec, app[0]?.spec));
    for (const app of apps) take(app, () => true);
    for (const app of apps) pairs.push({ spec: found.get(app) ?? (specs.at(-1) as AppSpec), instances: app });
    fresh.push(...open);
  }
  return { pairs, fresh };
}

const sameScript = (a: AppSpec, b: AppSpec | undefined): boolean =>
  b !== undefined && a.script === b.script && JSON.stringify(a.args) === JSON.stringify(b.args);

/** What an edited file changes beside the options of the processes. */
function changeNotes(spec: AppSpec, instances: readonly InstanceDetail[]): readonly string[] {
  const before = instances[0]?.spec;
  if (before === undefined) return [];
  const has = instances.length;
  const modes = `from ${before.execMode} to ${spec.execMode} mode`;
  const isEdited = before.instances !== spec.instances;
  return [
    ...(before.execMode === spec.execMode ? [] : [`${spec.name}: its processes change ${modes}`]),
    ...(isEdited && has !== spec.instances ? [`${spec.name}: ${has} instances become ${spec.instances}`] : []),
    ...(!isEdited && has !== spec.instances
      ? [
          `${spec.name}: ${has} instances, not ${spec.instances} as in the file; \`upkeep scale ${spec.name} ${spec.instances}\` changes it`,
        ]
      : []),
  ];
}

/** The caller's environment is not taken over: names of what differs are told, as nobody would look for it there. */
async function hintAtEnvironment(session: Session, flags: Flags, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0 || hasFlag(flags, 'updateEnv')) return;
  const { tellDifference } = await import('./changed-env.ts');
  // What the file says now is what counts, not what it said before.
  tellDifference(
    session,
    pairs.flatMap(({ spec, instances }) =>
      instances.map((one) => ({
        spec: { ...one.spec, env: { ...one.spec.env, declared: spec.env.declared }, declared: spec.declared },
      })),
    ),
  );
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
