/**
 * What a `start`, `restart` or `reload` of apps will do, worked out before anything is done: which are new, which are there
 * and get new options. Without the plan a mistake in the last app would leave the first ones running.
 */
import { toSpecs, updateSpec } from '../../config/normalise.ts';
import type { AppSpec } from '../../core/terms.ts';
import type { InstanceDetail } from '../../protocol/control.ts';
import { Pm2Error } from './failure.ts';
import type { Host } from './host.ts';
import { contentOf, contextOf, isObject, unwrap } from './targets.ts';

export interface Plan {
  readonly starts: readonly AppSpec[];
  readonly restarts: readonly InstanceDetail[];
  /** New specs by `appKey`. */
  readonly specs: Readonly<Record<string, AppSpec>>;
}

export interface Settings {
  readonly force: boolean;
  readonly updateEnv: boolean;
  readonly only: readonly string[];
  readonly envName: string | null;
  /** Options of the app itself. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Options of a call that say how to act; they are no options of an app. */
export function readSettings(given: unknown): Settings {
  if (given !== undefined && given !== null && !isObject(given))
    throw new Pm2Error(`the options of a call are an object, not ${typeof given}`, 'BAD_REQUEST');
  const { force, updateEnv, update_env: updateEnvToo, only, env, scriptArgs, ...rest } = given ?? {};
  const names = Array.isArray(only) ? only.map(String) : String(only ?? '').split(/[\s,]+/);
  return {
    force: force === true,
    updateEnv: updateEnv === true || updateEnvToo === true,
    only: names.filter((name) => name !== ''),
    envName: typeof env === 'string' && env !== '' ? env : null,
    options: {
      ...rest,
      ...(isObject(env) ? { env } : {}),
      ...(scriptArgs === undefined ? {} : { args: scriptArgs }),
    },
  };
}

/** Apps of a config file or an object; `null` if `what` is a word for something else. */
export async function planApps(
  host: Host,
  what: unknown,
  given: Settings,
  registered: readonly InstanceDetail[],
): Promise<Plan | null> {
  const content = await contentOf(host, what, registered);
  if (content === null) return null;
  // `force` and `updateEnv` may stand among the options of the only app.
  const [sole] = content.apps.length === 1 ? content.apps : [];
  const own = readSettings(sole === undefined ? {} : { force: sole.force, updateEnv: sole.updateEnv });
  const apps = content.apps.map(({ force: _, updateEnv: __, ...app }) => app);
  const settings = { ...given, force: given.force || own.force, updateEnv: given.updateEnv || own.updateEnv };
  const file = 'file' in content ? { file: content.file } : {};
  const { envName, only, options } = settings;
  const made = unwrap(
    await toSpecs(
      apps,
      {
        ...file,
        deployEnv: content.deployEnv,
        only,
        overrides: options,
        ...(envName === null ? {} : { envName }),
      },
      contextOf(host),
    ),
  );
  const starts: AppSpec[] = [];
  const restarts: InstanceDetail[] = [];
  const specs: Record<string, AppSpec> = {};
  for (const spec of made.specs) {
    const same = settings.force ? [] : registered.filter((one) => one.name === spec.name);
    if (same.length === 0) starts.push(spec);
    for (const one of same) {
      specs[one.appKey] = withOldEnvironment(spec, one, settings);
      if (!restarts.includes(one)) restarts.push(one);
    }
  }
  return { starts, restarts, specs };
}

/** A script or a command, with options. One that is there and down is started with them. */
export async function planScript(
  host: Host,
  script: string,
  settings: Settings,
  registered: readonly InstanceDetail[],
): Promise<Plan> {
  if (settings.envName !== null)
    throw new Pm2Error(`env: '${settings.envName}' names a section of a config file; ${script} is none`, 'BAD_CONFIG', {
      hint: 'give variables as an object: env: { NODE_ENV: … }',
    });
  const app = { script, ...settings.options };
  const { specs } = unwrap(await toSpecs([app], {}, contextOf(host)));
  const [spec] = specs;
  if (spec === undefined) return { starts: [], restarts: [], specs: {} };
  const same = registered.filter((one) => one.name === spec.name && one.spec.script === spec.script);
  const isDown = same.length > 0 && same.every((one) => ['stopped', 'errored', 'stopping'].includes(one.status));
  if (settings.force || !isDown) return { starts: [spec], restarts: [], specs: {} };
  const renewed = Object.fromEntries(same.map((one) => [one.appKey, withOldEnvironment(spec, one, settings)]));
  return { starts: [], restarts: same, specs: renewed };
}

/** The caller's environment is taken over at the first start, and later only if that is asked for. */
function withOldEnvironment(spec: AppSpec, old: InstanceDetail, { updateEnv }: Settings): AppSpec {
  return updateEnv ? spec : { ...spec, env: { ...spec.env, inherited: old.spec.env.inherited } };
}

/** New specs for apps that are there, with single options changed; none if nothing is to change. */
export async function changedSpecs(
  host: Host,
  found: readonly InstanceDetail[],
  { options, updateEnv }: Settings,
): Promise<Readonly<Record<string, AppSpec>>> {
  if (Object.keys(options).length === 0 && !updateEnv) return {};
  const specs: Record<string, AppSpec> = {};
  for (const one of found) {
    if (specs[one.appKey] !== undefined) continue;
    specs[one.appKey] = unwrap(await updateSpec(one.spec, options, contextOf(host), { updateEnv })).spec;
  }
  return specs;
}
