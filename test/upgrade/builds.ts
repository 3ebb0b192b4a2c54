/** The build before this one and this one, each with its own command. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran, Rig } from '../helpers/rig.ts';
import { until } from '../helpers/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOTE = join(ROOT, '.previous/current.json');

export interface Build {
  readonly name: string;
  readonly dist: string;
}

function previous(): Build {
  if (!existsSync(NOTE)) throw new Error('the build before this one is missing: run `node test/upgrade/previous.mjs`');
  return JSON.parse(readFileSync(NOTE, 'utf8')) as Build;
}

export const PREVIOUS: Build = previous();
export const THIS: Build = { name: 'this build', dist: join(ROOT, 'dist') };

/** Runs its command; resolves with what it printed, whatever its exit code. */
export function run(rig: Rig, { dist }: Build, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const settings = { env: { ...rig.env, ...env }, cwd: rig.root, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [join(dist, 'cli.cjs'), ...words], settings, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** Runs its command, which must succeed. */
export async function must(
  rig: Rig,
  build: Build,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(rig, build, words, env);
  if (code !== 0) throw new Error(`${build.name}: upkeep ${words.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Follows logs with its command until the test ends. */
export function follow(rig: Rig, { dist }: Build, name: string): { output(): string } {
  const child = spawn(process.execPath, [join(dist, 'cli.cjs'), 'logs', name, '--raw', '--lines', '0'], {
    env: rig.env,
    cwd: rig.root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  rig.onDispose(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { output: () => text };
}

/** The build whose daemon serves the home now: the guard, whom it has told, would start the same one. */
export async function serving(rig: Rig): Promise<Build> {
  const guard = await until(
    async () => rig.guardPid(await rig.daemonPid()),
    () => 'a guard',
  );
  const entry = readFileSync(`/proc/${guard}/cmdline`, 'utf8').split('\0').at(-2) ?? '';
  const found = [PREVIOUS, THIS].find(({ dist }) => entry === join(dist, 'daemon.cjs'));
  return found ?? { name: entry, dist: join(entry, '..') };
}
