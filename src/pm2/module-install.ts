/**
 * Brings a module's files into the home, by npm or from an archive, and keeps the version before until the new one is
 * known to work. Without the way back a bad release would leave nothing to run.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UpkeepError } from '../core/errors.ts';
import type { Source } from './module-name.ts';
import { type ModulePackage, readModule } from './module-package.ts';

const LARGEST_ARCHIVE_BYTES = 512 * 1024 ** 2;
const LINES_SHOWN = 15;

export interface InstallPlace {
  readonly home: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Setting `pm2:registry`; null: npm's own. */
  readonly registry: string | null;
}

export const modulesFolder = (home: string): string => join(home, 'modules');
export const folderOf = (home: string, name: string): string => join(modulesFolder(home), name);
const backupOf = (home: string, name: string): string => join(home, 'modules-before', name);

/** Runs a program and shows its last words if it fails. */
export function runTool(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let words = '';
    const keep = (chunk: Buffer): void => {
      words = (words + chunk.toString('utf8')).slice(-16_384);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const fail = (why: string): void => {
      const last = words.trim().split('\n').slice(-LINES_SHOWN).join('\n');
      const message = `\`${command} ${args.join(' ')}\` ${why}${last === '' ? '' : `:\n${last}`}`;
      reject(new UpkeepError({ code: 'IO_FAILED', message }));
    };
    child.on('error', (error) => fail(`could not be run: ${error.message}`));
    child.on('close', (code, signal) => (code === 0 ? resolve() : fail(`ended with ${signal ?? code}`)));
  });
}

/** Sets the version that is there aside. @returns whether there was one */
export function setAside(home: string, name: string): boolean {
  const folder = folderOf(home, name);
  const backup = backupOf(home, name);
  rmSync(backup, { recursive: true, force: true });
  if (!existsSync(folder)) return false;
  mkdirSync(dirname(backup), { recursive: true, mode: 0o700 });
  renameSync(folder, backup);
  return true;
}

/** The version that was set aside is the one again. */
export function bringBack(home: string, name: string): ModulePackage {
  rmSync(folderOf(home, name), { recursive: true, force: true });
  mkdirSync(dirname(folderOf(home, name)), { recursive: true, mode: 0o700 });
  renameSync(backupOf(home, name), folderOf(home, name));
  return readModule(packageFolder(home, name));
}

export function forgetBackup(home: string, name: string): void {
  rmSync(backupOf(home, name), { recursive: true, force: true });
}

export function removeFiles(home: string, name: string): void {
  rmSync(folderOf(home, name), { recursive: true, force: true });
  forgetBackup(home, name);
}

/** Where a module's own package.json is: npm puts it among its dependencies. */
export function packageFolder(home: string, name: string): string {
  const folder = folderOf(home, name);
  try {
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    const [installed] = Object.keys(dependencies);
    const inner = installed === undefined ? null : join(folder, 'node_modules', installed);
    // An archive's own dependencies are no module.
    return inner !== null && !existsSync(join(folder, '.archive')) && existsSync(inner) ? inner : folder;
  } catch {
    return folder;
  }
}

export async function installByNpm(
  { spec, name }: Extract<Source, { kind: 'npm' }>,
  { home, cwd, env, registry }: InstallPlace,
): Promise<ModulePackage> {
  const folder = folderOf(home, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const local = resolve(cwd, spec);
  const what = !spec.startsWith('@') && existsSync(local) ? local : spec;
  const registryArgs = registry === null ? [] : ['--registry', registry];
  const options = ['--no-audit', '--no-fund', '--install-links', '--loglevel=error', ...registryArgs];
  await runTool('npm', ['install', what, '--prefix', folder, ...options], folder, env);
  return readModule(packageFolder(home, name));
}

async function fetchArchive(address: string, folder: string): Promise<string> {
  const answer = await fetch(address).catch((error: Error) => {
    throw new UpkeepError({ code: 'IO_FAILED', message: `${address} cannot be fetched: ${error.message}` });
  });
  if (!answer.ok)
    throw new UpkeepError({
      code: 'IO_FAILED',
      message: `${address} cannot be fetched: ${answer.status} ${answer.statusText}`,
    });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (bytes.length > LARGEST_ARCHIVE_BYTES)
    throw new UpkeepError({ code: 'IO_FAILED', message: `${address} is larger than ${LARGEST_ARCHIVE_BYTES} bytes` });
  const path = join(folder, 'archive.tar.gz');
  writeFileSync(path, bytes);
  return path;
}

/** Unpacks beside the modules, and moves the folder to its place when it is known to be one. `before` may end what runs. */
export async function installArchive(
  address: string,
  { home, cwd, env }: InstallPlace,
  before: (name: string) => Promise<void>,
): Promise<ModulePackage> {
  mkdirSync(modulesFolder(home), { recursive: true, mode: 0o700 });
  const staging = mkdtempSync(join(home, 'module-'));
  try {
    const archive = /^https?:/.test(address) ? await fetchArchive(address, staging) : resolve(cwd, address);
    const content = join(staging, 'content');
    mkdirSync(content);
    await runTool('tar', ['-xzf', archive, '--no-same-owner', '-C', content], staging, env);
    const names = readdirSync(content);
    const top = names.length === 1 ? join(content, names[0] as string) : content;
    const { name } = readModule(top, true);
    writeFileSync(join(top, '.archive'), `${basename(address)}\n`);
    await before(name);
    const folder = folderOf(home, name);
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    renameSync(top, folder);
    return readModule(folder, true);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Dependencies of an archive or a folder. */
export const installDependencies = (folder: string, env: NodeJS.ProcessEnv): Promise<void> =>
  runTool('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], folder, env);

/** `<folder>-v1-2-3.tar.gz` with everything below `module/`. */
export async function packModule(folder: string, { cwd, env, home }: InstallPlace): Promise<string> {
  const { version } = readModule(folder);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const staging = mkdtempSync(join(home, 'package-'));
  try {
    const isKept = (path: string): boolean => basename(path) !== '.git';
    cpSync(folder, join(staging, 'module'), { recursive: true, filter: isKept });
    const path = join(cwd, `${basename(folder)}-v${version.replaceAll('.', '-')}.tar.gz`);
    await runTool('tar', ['-czf', path, '-C', staging, 'module'], staging, env);
    return path;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
