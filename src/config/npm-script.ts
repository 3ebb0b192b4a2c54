/**
 * `npm start` and its kin resolved to the command they run. Without it npm would stand between the
 * supervisor and the app: it costs 60 MB, hides the app's exit code, and delays its signals.
 */
import { baseName, foldersUpwards, resolvePath } from '../core/path-text.ts';
import { SHELL_WORDS } from './command.ts';
import { type Context, findInPath } from './context.ts';
import { nearestManifest } from './manifest.ts';
import type { Place } from './program.ts';
import { simpleCommand } from './words.ts';

export type NpmPlan =
  | {
      readonly kind: 'resolved';
      readonly words: readonly string[];
      /** The package's folder, and the PATH with the binaries of its dependencies. */
      readonly place: Place;
      readonly env: Readonly<Record<string, string>>;
      readonly note: string;
    }
  /** It runs a package script, but only npm itself can do it right. */
  | { readonly kind: 'as-is'; readonly why: string };

/** Settings that change how scripts are run. */
const STEERING_SETTINGS = /^\s*(script-shell|shell-emulator|node-options|ignore-scripts|workspaces?|prefix)\s*=/m;

/** null: not the running of a package script at all. */
export function resolveNpmScript(words: readonly string[], place: Place, context: Context): NpmPlan | null {
  const call = readCall(words);
  if (call === null) return null;
  const asIs = (why: string): NpmPlan => ({ kind: 'as-is', why: `${call.text} is run as it is: ${why}` });
  if (call.args === null) return asIs('its arguments have a meaning only to it');
  const manifest = nearestManifest(place.cwd, context);
  const scripts = manifest?.content.scripts;
  if (manifest === null || typeof scripts !== 'object' || scripts === null) return asIs('no package.json with scripts');
  const commands: ReadonlyMap<string, unknown> = new Map(Object.entries(scripts));
  const command = commands.get(call.script);
  if (typeof command !== 'string') return asIs(`the package has no script '${call.script}'`);
  const hooks = [`pre${call.script}`, `post${call.script}`].filter((hook) => commands.has(hook));
  if (hooks.length > 0) return asIs(`the package has a script '${hooks[0]}' that goes with it`);
  const own = simpleCommand(command);
  if (own === null || SHELL_WORDS.has(own[0] ?? '')) return asIs(`the script '${command}' needs a shell`);
  if (isSteered(manifest.folder, context)) return asIs('settings of the package manager change how scripts run');
  const path = pathWithBinaries(manifest.folder, place.path);
  const inside: Place = { ...place, cwd: manifest.folder, isCwdGiven: true, path };
  const first = own[0] ?? '';
  const isThere = first.includes('/')
    ? context.lookup.kindOf(resolvePath(inside.cwd, first)) === 'file'
    : findInPath(first, path, context.lookup) !== null;
  if (!isThere) return asIs(`the program '${first}' was not found`);
  return {
    kind: 'resolved',
    words: [...own, ...call.args],
    place: inside,
    env: scriptEnv(call.script, command, manifest, path, place.cwd),
    note: `${call.text} is run as '${[...own, ...call.args].join(' ')}', without ${call.tool} in between`,
  };
}

interface Call {
  readonly tool: string;
  readonly script: string;
  /** Arguments of the script; null: some are for the tool. */
  readonly args: readonly string[] | null;
  readonly text: string;
}

function readCall(words: readonly string[]): Call | null {
  const [tool = '', verb = '', ...rest] = words;
  if (tool !== 'npm' && tool !== 'yarn' && tool !== 'pnpm') return null;
  const isRun = verb === 'run' || (verb === 'run-script' && tool !== 'yarn');
  if (!isRun && verb !== 'start') return null;
  const script = isRun ? rest[0] : 'start';
  if (script === undefined) return null;
  const text = [tool, verb, ...(isRun ? [script] : [])].join(' ');
  const after = isRun ? rest.slice(1) : rest;
  if (script.startsWith('-')) return { tool, script, args: null, text };
  if (after.length === 0) return { tool, script, args: [], text };
  // npm hands on only what stands after `--`; yarn and pnpm differ from version to version in what they do with it.
  const isPlain = tool === 'npm' ? after[0] === '--' : !after[0]?.startsWith('-') && !after.includes('--');
  return { tool, script, args: isPlain ? after.slice(tool === 'npm' ? 1 : 0) : null, text };
}

function isSteered(folder: string, context: Context): boolean {
  const { lookup } = context;
  // Yarn's plug'n'play has no node_modules: only yarn can find anything.
  if (lookup.kindOf(`${folder}/.pnp.cjs`) !== 'none') return true;
  const settings = [`${folder}/.npmrc`, context.env.HOME === undefined ? '' : `${context.env.HOME}/.npmrc`];
  if (settings.some((file) => file !== '' && STEERING_SETTINGS.test(lookup.textOf(file) ?? ''))) return true;
  return Object.keys(context.env).some((key) => /^npm_config_(script_shell|node_options|ignore_scripts)$/i.test(key));
}

/** As npm does it: the binaries of the package and of all folders above go first. */
function pathWithBinaries(folder: string, path: string): string {
  const binaries = foldersUpwards(folder)
    .filter((above) => baseName(above) !== 'node_modules')
    .map((above) => resolvePath(above, 'node_modules/.bin'));
  return [...binaries, ...path.split(':').filter((entry) => entry !== '' && !binaries.includes(entry))].join(':');
}

function scriptEnv(
  script: string,
  command: string,
  manifest: { readonly folder: string; readonly content: Readonly<Record<string, unknown>> },
  path: string,
  cwd: string,
): Record<string, string> {
  const { name, version } = manifest.content;
  return {
    npm_lifecycle_event: script,
    npm_lifecycle_script: command,
    npm_package_json: `${manifest.folder}/package.json`,
    ...(typeof name === 'string' ? { npm_package_name: name } : {}),
    ...(typeof version === 'string' ? { npm_package_version: version } : {}),
    INIT_CWD: cwd,
    PATH: path,
  };
}
