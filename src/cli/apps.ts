/**
 * Config files and scripts of a command line, made into specs. Without it every command that takes a file would read
 * it in its own way.
 */
import { join } from 'node:path';
import type { Context } from '../config/context.ts';
import { optionsFromFlags } from '../config/flags.ts';
import { type ConfigFile, findConfig, readConfig } from '../config/load.ts';
import { systemContext } from '../config/lookup.ts';
import { namesOfApps, toSpecs } from '../config/normalise.ts';
import { type Result, UpkeepError } from '../core/errors.ts';
import type { AppSpec } from '../core/terms.ts';
import { whyLeftBySomebody } from '../platform/ownership.ts';
import { type Flags, textFlag } from './command.ts';
import { mistake } from './failure.ts';
import type { Session } from './session.ts';

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new UpkeepError(result.failure);
  return result.value;
}

export const contextOf = (session: Session): Context =>
  systemContext(session.home, { cwd: session.cwd, env: session.env });

const onlyNames = (only: string | null): readonly string[] =>
  (only ?? '').split(/[\s,]+/).filter((name) => name !== '');

export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function readFileOf(session: Session, word: string): Promise<ConfigFile> {
  const stdin = word === '-' ? { stdin: await readStdin() } : {};
  const cacheFolder = join(session.home, 'cache');
  return unwrap(await readConfig(word, { cwd: session.cwd, env: session.env, cacheFolder, ...stdin }));
}

/** The apps of a config file, with the options of the command line over them. */
export async function appsOfFile(session: Session, word: string, flags: Flags): Promise<readonly AppSpec[]> {
  const { file, apps, notes, deployEnv } = await readFileOf(session, word);
  const envName = textFlag(flags, 'env');
  const options = {
    file,
    deployEnv,
    only: onlyNames(textFlag(flags, 'only')),
    overrides: overridesOf(session, flags),
    ...(envName === null ? {} : { envName }),
  };
  const made = unwrap(await toSpecs(apps, options, contextOf(session)));
  for (const note of [...notes, ...made.notes]) session.out.warn(note);
  return made.specs;
}

/** Scripts, programs or commands of the command line, with its options. */
export async function appsOfScripts(
  session: Session,
  scripts: readonly string[],
  flags: Flags,
): Promise<readonly AppSpec[]> {
  const envName = textFlag(flags, 'env');
  if (envName !== null) throw mistake(`--env ${envName} needs a config file, which has env_${envName}`);
  const options = { overrides: overridesOf(session, flags) };
  const made = unwrap(
    await toSpecs(
      scripts.map((script) => ({ script })),
      options,
      contextOf(session),
    ),
  );
  for (const note of made.notes) session.out.warn(note);
  return made.specs;
}

/** Options of the command line, with the words after `--` as arguments of the script. */
export function overridesOf(session: Session, flags: Flags): Readonly<Record<string, unknown>> {
  const options = optionsFromFlags(flags);
  return session.passthrough === null ? options : { ...options, args: session.passthrough };
}

/** Names of a file's apps, for commands that only need to know whom they mean. */
export async function appNames(session: Session, word: string, flags: Flags): Promise<readonly string[]> {
  const { apps } = await readFileOf(session, word);
  const envName = textFlag(flags, 'env');
  const only = onlyNames(textFlag(flags, 'only'));
  return unwrap(namesOfApps(apps, { only, ...(envName === null ? {} : { envName }) }, contextOf(session)));
}

/** A config is run: what somebody else has left in a folder like /tmp is not, unless it was named. */
export function refuseLeft(file: string): void {
  const why = whyLeftBySomebody(file);
  if (why !== null) throw mistake(why, `if you trust it, name it: \`upkeep start ${file}\``);
}

/** The config file of the caller's folder. */
export async function defaultConfig(session: Session): Promise<string> {
  const found = await findConfig(session.cwd);
  if (found !== null) {
    refuseLeft(found);
    return found;
  }
  throw mistake(
    `there is no ecosystem.config.js (or .json, .yaml, .toml …) in ${session.cwd}`,
    'name what to start: `upkeep start server.js`',
  );
}
