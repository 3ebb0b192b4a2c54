/**
 * Checked options made into AppSpecs: everything absolute, resolved and complete, or a list of all
 * mistakes. Without it the daemon would have to guess what a user meant, where it cannot ask.
 */
import { fail, ok, type Result } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { folderOf } from '../core/path-text.ts';
import type { AppSpec, LogRules } from '../core/terms.ts';
import { variablesOf } from './account.ts';
import { type AppOrigin, buildSpec, nameOf } from './build-spec.ts';
import { type Context, userHome } from './context.ts';
import { inheritedEnv, SETTINGS, UPDATED } from './environment.ts';
import { filePath } from './log-rules.ts';
import type { OptionName, Values } from './options.ts';
import { renewedNotes, renewedVariables } from './renewed.ts';
import { settingsEnv } from './settings.ts';
import { type CheckedApp, checkApp, flagLabel, type RawApp, variableDefaults } from './validate.ts';
import { splitWords } from './words.ts';

export interface ToSpecsOptions {
  /** Act only on these names. */
  readonly only?: readonly string[];
  /** `--env <name>`. */
  readonly envName?: string;
  /** Options given on the command line; they win over each app's own. */
  readonly overrides?: RawApp;
  /** The config file that the apps come from, absolute. */
  readonly file?: string;
  /** `deploy.<name>.env` of the file, by name. */
  readonly deployEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Specs {
  readonly specs: readonly AppSpec[];
  readonly notes: readonly string[];
}

/**
 * Specs of all apps, or one failure (BAD_CONFIG) whose message names every mistake, one a line. Nothing
 * may be started if one app is wrong: half a system is harder to repair than none.
 */
export async function toSpecs(
  rawApps: readonly RawApp[],
  options: ToSpecsOptions,
  context: Context,
): Promise<Result<Specs>> {
  const isMany = options.file !== undefined || rawApps.length > 1;
  const fallback = variableDefaults(context.env);
  const notes: string[] = [...fallback.notes];
  const problems: string[] = [];
  const overrides = checkApp(options.overrides ?? {}, flagLabel);
  problems.push(...overrides.problems);
  notes.push(...overrides.notes);
  if (overrides.values.name !== undefined && rawApps.length > 1 && options.only?.length !== 1) {
    problems.push(`--name: ${rawApps.length} apps cannot share the name; expected a single app (see --only)`);
  }
  const candidates = rawApps.map((raw, index): Candidate => {
    const prefix = isMany ? `apps[${index}]` : '';
    const checked = checkApp(raw, labelIn(prefix));
    const own = merged(fallback.values, checked.values);
    return {
      prefix,
      checked,
      name: nameOf(own, options.envName, context),
      values: merged(merged(own, overrides.values), fallback.winning),
    };
  });
  const chosen = choose(candidates, options.only);
  if (!chosen.ok) return chosen;
  const specs: AppSpec[] = [];
  for (const candidate of chosen.value) {
    problems.push(...candidate.checked.problems);
    notes.push(...candidate.checked.notes);
    const built = await buildSpec(candidate.values, originOf(candidate, overrides, options, context), context);
    const mistaken = [...candidate.checked.mistaken, ...overrides.mistaken];
    problems.push(...credible(built.problems, mistaken).map((problem) => labelled(candidate.prefix, problem)));
    notes.push(...built.notes.map((note) => `${candidate.name ?? (candidate.prefix || 'the app')}: ${note}`));
    if (built.spec !== null) specs.push(built.spec);
  }
  notes.push(...envNameNotes(chosen.value, options));
  const unique = [...new Set(notes)];
  // A mistyped key is often why another one is missing, so the notes go along.
  if (problems.length > 0)
    return fail('BAD_CONFIG', problems.join('\n'), [...unique, 'Nothing was started.'].join('\n'));
  return ok({ specs, notes: unique });
}

/**
 * The names of the apps of a file, for a command that only needs to know whom it means: an app whose script or
 * interpreter has gone must still be stopped and deleted by its file.
 */
export function namesOfApps(
  rawApps: readonly RawApp[],
  options: Pick<ToSpecsOptions, 'envName' | 'only'>,
  context: Context,
): Result<readonly string[]> {
  const fallback = variableDefaults(context.env);
  const candidates = rawApps.map((raw, index): Candidate => {
    const prefix = `apps[${index}]`;
    const checked = checkApp(raw, labelIn(prefix));
    const values = merged(fallback.values, checked.values);
    return { prefix, checked, name: nameOf(values, options.envName, context), values };
  });
  const chosen = choose(candidates, options.only);
  if (!chosen.ok) return chosen;
  return ok([...new Set(chosen.value.flatMap(({ name }) => (name === null ? [] : [name])))]);
}

const labelIn =
  (prefix: string) =>
  (key: string): string =>
    [prefix, key].filter(Boolean).join('.') || 'the app';

interface Candidate {
  readonly prefix: string;
  readonly checked: CheckedApp;
  /** null: not to be known, as the script is missing. */
  readonly name: string | null;
  readonly values: Values;
}

const labelled = (prefix: string, problem: string): string => (prefix === '' ? problem : `${prefix}.${problem}`);

/** Options that say where the program is: while one of them cannot be read, nothing can be said to be missing. */
const PLACE_OPTIONS = ['script', 'cwd', 'exec_interpreter', 'args'];

function credible(problems: readonly string[], mistaken: readonly string[]): readonly string[] {
  if (!mistaken.some((name) => PLACE_OPTIONS.includes(name))) return problems;
  return problems.filter((problem) => !PLACE_OPTIONS.some((name) => problem.startsWith(`${name}:`)));
}

const merged = (weak: Values, strong: Values): Values => ({ ...weak, ...strong });

function choose(candidates: readonly Candidate[], only: readonly string[] | undefined): Result<readonly Candidate[]> {
  if (only === undefined || only.length === 0) return ok(candidates);
  const chosen = candidates.filter(({ name }) => name !== null && only.includes(name));
  const names = candidates.map(({ name }) => name).filter((name) => name !== null);
  const absent = only.filter((name) => !names.includes(name));
  if (absent.length === 0) return ok(chosen);
  const meant = absent.map((name) => nearest(name, names)).find((name) => name !== null);
  const message = `No app is named ${absent.map((name) => `'${name}'`).join(', ')}; there are: ${names.join(', ') || 'none'}`;
  return fail('NOT_FOUND', message, meant === undefined ? undefined : `Did you mean '${meant}'?`);
}

function originOf(
  { checked, values, name }: Candidate,
  overrides: CheckedApp,
  options: ToSpecsOptions,
  context: Context,
): AppOrigin {
  const { envName } = options;
  return {
    envName,
    defaultCwd: context.cwd,
    nodeArgs: splitWords(context.env.PM2_NODE_OPTIONS ?? ''),
    configFolder: options.file === undefined || !options.file.startsWith('/') ? null : folderOf(options.file),
    env: {
      inherited: inheritedEnv(context.env, values.filter_env),
      deploy: envName === undefined ? {} : (options.deployEnv?.[envName] ?? {}),
      env: { ...checked.env, ...overrides.env },
      port: values.port,
      settings: name === null ? {} : settingsEnv(name, context),
      named: envName === undefined ? {} : (checked.namedEnv.get(envName) ?? {}),
    },
  };
}

function envNameNotes(candidates: readonly Candidate[], { envName, deployEnv }: ToSpecsOptions): string[] {
  if (envName === undefined || deployEnv?.[envName] !== undefined) return [];
  const without = candidates.filter(({ checked }) => !checked.namedEnv.has(envName));
  return without.map(({ name, prefix }) => {
    const known = [...new Set(candidates.flatMap(({ checked }) => [...checked.namedEnv.keys()]))];
    const meant = nearest(envName, known);
    const hint = meant === null ? '' : ` - did you mean '${meant}'?`;
    return `${name ?? prefix}: there is no env_${envName}; only env is used${hint}`;
  });
}

/** How an update treats what is already there. */
export interface UpdateOptions {
  /** `--update-env`: the caller's environment is laid over the inherited one. */
  readonly updateEnv?: boolean;
}

/**
 * A new spec with single options changed. The text `null` takes an option away. The mode never changes
 * this way, and the environment only by `updateEnv` or an `env` in the patch.
 */
export async function updateSpec(
  spec: AppSpec,
  patch: RawApp,
  context: Context,
  { updateEnv = false }: UpdateOptions = {},
): Promise<Result<{ readonly spec: AppSpec; readonly notes: readonly string[] }>> {
  const nulled = Object.entries(patch).map(([key, value]) => [key, isNullText(value) ? null : value] as const);
  const checked = checkApp(Object.fromEntries(nulled), flagLabel);
  if (checked.problems.length > 0) return fail('BAD_CONFIG', checked.problems.join('\n'), 'Nothing was changed.');
  const { exec_mode: mode, execute_command: _, cwd, ...others } = checked.values;
  const changes: Values = cwd === undefined ? others : { ...others, cwd: resolveFrom(context, cwd) };
  const isTouched = (name: OptionName): boolean => name in changes || checked.removed.includes(name);
  const kept = { ...spec.declared };
  for (const name of checked.removed) delete kept[name];
  // The name as it is, not as it was made: it may hold a prefix, or the `--env` of a former start.
  const declared: Values = { ...kept, name: spec.name, ...changes };
  const inherited = updateEnv
    ? { ...spec.env.inherited, ...inheritedEnv(context.env, declared.filter_env) }
    : spec.env.inherited;
  const own = ownVariables(spec, isTouched('uid'), context);
  const renewed = updateEnv ? renewedVariables(spec, own, context) : {};
  const origin: AppOrigin = {
    envName: undefined,
    defaultCwd: spec.cwd,
    configFolder: null,
    fixedMode: spec.execMode,
    env: {
      inherited: inheritedEnv(inherited, declared.filter_env),
      deploy: {},
      env: { ...own, ...renewed, ...checked.env },
      envOrigins: {
        ...spec.env.origins,
        ...Object.fromEntries(Object.keys(renewed).map((name) => [name, UPDATED])),
        ...Object.fromEntries(Object.keys(checked.env).map((name) => [name, 'env'])),
      },
      port: changes.port,
      settings: settingsEnv(spec.name, context),
      named: {},
    },
  };
  const built = await buildSpec(declared, origin, context);
  if (built.spec === null) return fail('BAD_CONFIG', built.problems.join('\n'), 'Nothing was changed.');
  const log = keptFiles(spec.log, built.spec.log, isTouched);
  const isModeRefused = mode !== undefined && mode !== spec.execMode;
  const notes = isModeRefused ? ['exec_mode: not changed by an update; delete and start the app anew'] : [];
  // It is no option: only a caller that has the variable changes it.
  const { backoffResetMs } = context.env.EXP_BACKOFF_RESET_TIMER === undefined ? spec.restart : built.spec.restart;
  return ok({
    spec: {
      ...built.spec,
      log,
      restart: { ...built.spec.restart, backoffResetMs },
      username: spec.username,
      ...(spec.isModule === true ? { isModule: true } : {}),
    },
    notes: [...checked.notes, ...notes, ...renewedNotes(Object.keys(renewed)), ...built.notes],
  });
}

/** The declared variables, without HOME and its kin that followed from a user who is to be another now. */
function ownVariables(spec: AppSpec, isUserTouched: boolean, context: Context): Readonly<Record<string, string>> {
  // What was set is read anew: a setting that is gone goes.
  const isSetting = (name: string): boolean => spec.env.origins?.[name] === SETTINGS;
  const declared = Object.fromEntries(Object.entries(spec.env.declared).filter(([name]) => !isSetting(name)));
  if (!isUserTouched || spec.uid === null) return declared;
  const his = variablesOf(context.lookup.userOf(spec.uid));
  return Object.fromEntries(Object.entries(declared).filter(([name, value]) => his[name] !== value));
}

/** Another name or number of instances must not move the log files of an app that has written some. */
function keptFiles(old: LogRules, next: LogRules, isTouched: (option: OptionName) => boolean): LogRules {
  return {
    ...next,
    outFile: isTouched('out_file') ? next.outFile : old.outFile,
    errorFile: isTouched('error_file') ? next.errorFile : old.errorFile,
    combinedFile: isTouched('log_file') ? next.combinedFile : old.combinedFile,
    merge: isTouched('merge_logs') ? next.merge : old.merge,
  };
}

const resolveFrom = (context: Context, path: string): string =>
  filePath(path, { cwd: context.cwd, userHome: userHome(context) });

const isNullText = (value: unknown): boolean =>
  value === 'null' || (Array.isArray(value) && value.length === 1 && value[0] === 'null');
