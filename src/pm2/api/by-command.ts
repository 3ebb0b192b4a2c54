/**
 * Methods that stand behind a command and do more than speak to the daemon: settings, modules, boot, deploy, a static server.
 * They run that very command; a second way to do the same would part from it sooner or later.
 */
import { execFile } from 'node:child_process';
import { UpkeepError } from '../../core/errors.ts';
import { Pm2Error } from './failure.ts';
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { type StartedItem, SUCCESS, startedItem } from './shapes.ts';
import { isObject } from './targets.ts';
import { cliProgram } from './tether.ts';

const LONGEST_OUTPUT_BYTES = 16 * 1024 ** 2;
const DEFAULT_SERVE_PORT = 8080;
const REASON_LINES = 20;

type Word = string | number | null | undefined;

/** Gives what the command printed. @throws with what it said, if it failed */
async function command(host: Host, ...given: readonly Word[]): Promise<string> {
  const words = given.filter((word) => word !== undefined && word !== null).map(String);
  return new Promise((resolve, reject) => {
    const env = { ...host.env, UPKEEP_HOME: host.home };
    const options = { cwd: host.cwd, env, maxBuffer: LONGEST_OUTPUT_BYTES };
    const child = execFile(process.execPath, [cliProgram(), ...words], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Pm2Error(reasonOf(stderr, stdout) || error.message, 'BAD_REQUEST', { cause: error }));
    });
    // Nothing is asked of a program's own input.
    child.stdin?.end();
  });
}

/** The words of a failed command, without what frames them on a terminal. */
const reasonOf = (stderr: string, stdout: string): string =>
  (stderr.trim() || stdout.trim())
    .split('\n')
    .slice(0, REASON_LINES)
    .map((line) => line.replace(/^\[UPKEEP\](\[\w+\])?/, '').trim())
    .join('\n');

const done =
  (...name: readonly string[]) =>
  async (host: Host, ...args: readonly unknown[]): Promise<typeof SUCCESS> => {
    await command(host, ...name, ...args.filter((arg) => !isObject(arg)).map(wordOf));
    return SUCCESS;
  };

const wordOf = (value: unknown): Word => (value === undefined || value === null ? null : String(value));

/** Options of a call as flags: `basic_auth_username` and `basicAuthUsername` are `--basic-auth-username`. */
function flagsOf(options: unknown, names: readonly string[]): readonly string[] {
  if (!isObject(options)) return [];
  const kebab = (name: string): string =>
    name.replace(/_/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.entries(options).flatMap(([key, value]) => {
    const name = kebab(key);
    if (!names.includes(name) || value === undefined || value === null || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

/** The settings themselves, as values and not as text for a person: one, a section, or all. */
async function get(host: Host, key?: unknown): Promise<unknown> {
  const [{ readSettings }, { partsOf, valueAt }] = await Promise.all([
    import('../settings-file.ts'),
    import('../settings.ts'),
  ]);
  const settings = readSettings(host.home);
  if (key === undefined || key === null) return settings;
  const parts = partsOf(String(key));
  if (!parts.ok) throw new UpkeepError(parts.failure);
  const value = valueAt(settings, parts.value);
  if (value === undefined) throw new Pm2Error(`there is no setting ${String(key)}`, 'NOT_FOUND');
  return value;
}

async function install(host: Host, name: unknown, options: unknown): Promise<readonly StartedItem[]> {
  const client = await host.client();
  const before = new Set((await client.describe()).map(({ id }) => id));
  await command(host, 'install', wordOf(name), ...flagsOf(options, ['safe', 'tarball', 'install']));
  const fresh = (await client.describe()).filter(({ id }) => !before.has(id));
  return fresh.map((one) => startedItem(one, host.home));
}

const SERVE_FLAGS = ['spa', 'ftp', 'basic-auth-username', 'basic-auth-password', 'monitor', 'name'];

async function serve(host: Host, path: unknown, port: unknown, options: unknown, more: unknown): Promise<unknown> {
  const flags = [...flagsOf(options, SERVE_FLAGS), ...flagsOf(more, SERVE_FLAGS)];
  await command(host, 'serve', wordOf(path) ?? '.', wordOf(port) ?? DEFAULT_SERVE_PORT, ...flags);
  const given = [options, more].map((one) => (isObject(one) ? one.name : undefined)).find((name) => name !== undefined);
  const name = given === undefined ? `static-page-server-${wordOf(port) ?? DEFAULT_SERVE_PORT}` : String(given);
  const found = (await (await host.client()).describe()).filter((one) => one.name === name);
  return found.map((one) => startedItem(one, host.home));
}

const BOOT_FLAGS = ['user', 'hp', 'service-name', 'wait-ip', 'user-unit'];

async function startup(host: Host, platform: unknown, options: unknown): Promise<unknown> {
  const output = await command(host, 'startup', wordOf(platform), ...flagsOf(options, BOOT_FLAGS));
  return { ...SUCCESS, platform: platform ?? null, output };
}

async function uninstallStartup(host: Host, platform: unknown, options: unknown): Promise<unknown> {
  const output = await command(host, 'unstartup', wordOf(platform), ...flagsOf(options, BOOT_FLAGS));
  return { ...SUCCESS, platform: platform ?? null, output };
}

/** `(file, commands)`, where commands are the words behind the file. */
async function deploy(host: Host, file: unknown, words: unknown): Promise<string> {
  const rest = Array.isArray(words) ? words.map(wordOf) : [wordOf(words)];
  return command(host, 'deploy', wordOf(file), ...rest);
}

/** Opens the inspector in each process of an app and gives its addresses. */
async function inspect(host: Host, target: unknown): Promise<unknown> {
  const client = await host.client();
  const { replies, failures } = await client.trigger(String(target), 'internal:inspect', { by: 'runtime' });
  const [failure] = failures;
  if (replies.length === 0 && failure !== undefined)
    throw new Pm2Error(failure.message, failure.code, { hint: failure.hint });
  return replies.map(({ process: { id, name }, data }) => ({ pm_id: id, name, data }));
}

async function profile(host: Host, kind: unknown, ms: unknown): Promise<unknown> {
  if (kind !== 'cpu' && kind !== 'mem')
    throw new Pm2Error(`a profile is of cpu or mem, not of ${String(kind)}`, 'BAD_REQUEST');
  const output = await command(host, `profile:${kind}`, wordOf(ms));
  return { ...SUCCESS, output };
}

async function monitorState(host: Host, state: unknown, target: unknown): Promise<typeof SUCCESS> {
  if (state !== 'monitor' && state !== 'unmonitor')
    throw new Pm2Error(`monitorState takes 'monitor' or 'unmonitor', not ${String(state)}`, 'BAD_REQUEST');
  return done(state)(host, target);
}

export const byCommand = {
  set: done('set'),
  unset: done('unset'),
  multiset: done('multiset'),
  get,
  conf: async (host, key, value) => (value === undefined ? get(host, key) : done('set')(host, key, value)),
  install,
  uninstall: done('uninstall'),
  package: done('package'),
  serve,
  startup,
  uninstallStartup,
  deploy,
  inspect,
  profile,
  monitorState,
  pullAndReload: done('pull'),
  pullAndRestart: done('pull'),
  pullCommitId: done('pull'),
  forward: done('forward'),
  backward: done('backward'),
} satisfies Operations;
