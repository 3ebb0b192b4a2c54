/**
 * `restart` and `reload`: the processes that are registered, with changed options if any were given. Without it new
 * settings would need a delete and a start.
 */
import { carryOut } from '../carry-out.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';
import { hasBareWatch, patchedSpecs, planStart, type Registered } from '../start-plan.ts';
import { isConfigWord, resolveWords } from '../targets.ts';

async function flagsOf(): ReturnType<Exclude<NonNullable<Command['flags']>, readonly unknown[]>> {
  return (await import('../start-flags.ts')).startFlags();
}

async function runRestart(session: Session, words: readonly string[], flags: Flags, rolling: boolean): Promise<number> {
  const client = await session.client();
  const registered = { instances: await client.describe() };
  const files: string[] = [];
  const names: string[] = [];
  for (const word of words) {
    const isFile = (await isConfigWord(word)) && !registered.instances.some((one) => one.name === word);
    (isFile ? files : names).push(word);
  }
  if (names.length > 0 && textFlag(flags, 'env') !== null) {
    throw mistake(`--env ${textFlag(flags, 'env')} needs a config file: a registered app has no env_ sections`);
  }
  const ofFiles = await planStart(session, files, flags, registered, { isForced: false });
  for (const spec of ofFiles.starts) session.out.warn(`${spec.name} was not registered: it is started`);
  const targets = await resolveWords(session, client, names);
  const specs = names.length === 0 ? {} : await patchedSpecs(session, targets, flags, registered);
  if (names.length > 0 && !hasFlag(flags, 'updateEnv')) await hintAtEnvironment(session, targets, registered);
  const plan = {
    starts: ofFiles.starts,
    restarts: [...targets, ...ofFiles.restarts],
    specs: { ...ofFiles.specs, ...specs },
    toggleWatch: hasBareWatch(flags) && names.length > 0 && files.length === 0,
  };
  return carryOut(session, client, plan, flags, rolling);
}

async function hintAtEnvironment(
  session: Session,
  targets: readonly string[],
  { instances }: Registered,
): Promise<void> {
  const [{ tellDifference }, { resolveTargets }] = await Promise.all([
    import('../changed-env.ts'),
    import('../../core/targets.ts'),
  ]);
  const entries = instances.map(({ id, name, namespace, spec }) => ({ id, name, namespace, script: spec.script }));
  const ids = new Set(resolveTargets(targets, entries, session.cwd).ids);
  tellDifference(
    session,
    instances.filter((one) => ids.has(one.id)),
  );
}

export const restart: Command = {
  usage: '<targets...>',
  flags: flagsOf,
  run: (session, words, flags) => runRestart(session, words, flags, false),
};

export const reload: Command = {
  usage: '<targets...>',
  flags: flagsOf,
  run: (session, words, flags) => runRestart(session, words, flags, true),
};
