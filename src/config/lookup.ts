/**
 * The config room's questions put to the real operating system. Without it apart from the reading of
 * options, those could not be tested without real files, users and programs.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account, Context, Head, Lookup } from './context.ts';
import { usableCpus } from './cpu-quota.ts';

const HEAD_BYTES = 4096;
const LARGEST_TEXT_BYTES = 4 * 1024 ** 2;
const DIRECTORY_SERVICE_MS = 3000;

export function systemLookup(): Lookup {
  return { kindOf, isExecutable, headOf, textOf, userOf, groupOf };
}

/** The context of this very process. `home` is Upkeep's. */
export function systemContext(
  home: string,
  { cwd = process.cwd(), env = process.env }: { cwd?: string; env?: Context['env'] } = {},
): Context {
  return {
    cwd,
    env,
    home,
    username: currentUser(env),
    nodePath: process.execPath,
    nodeVersion: process.version,
    cpus: usableCpus(availableParallelism(), smallTextOf),
    isRoot: process.getuid?.() === 0,
    ...staticServer(),
    lookup: systemLookup(),
  };
}

/** Beside the bundle, or a folder above it when this stands in a chunk. */
function staticServer(): Pick<Context, 'staticServer'> {
  const here = import.meta.dirname;
  const folders = [here, dirname(here), join(here, '..', '..', 'dist')];
  const path = folders.map((folder) => join(folder, 'static-server.cjs')).find((file) => kindOf(file) === 'file');
  return path === undefined ? {} : { staticServer: path };
}

function currentUser(env: Context['env']): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return env.USER ?? String(process.getuid?.() ?? '');
  }
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'none';
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'none';
  } catch {
    return 'none';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return kindOf(path) === 'file';
  } catch {
    return false;
  }
}

function headOf(path: string): Head | null {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(HEAD_BYTES);
      const bytes = buffer.subarray(0, readSync(file, buffer, 0, HEAD_BYTES, 0));
      if (bytes.includes(0)) return { isBinary: true, firstLine: '' };
      return { isBinary: false, firstLine: bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '' };
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size > LARGEST_TEXT_BYTES) return null;
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The kernel's own files say that they are empty: no size to look at first. */
function smallTextOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function userOf(user: string | number): Account | null {
  const line = entryOf('/etc/passwd', 'passwd', user);
  if (line !== null) return accountOf(line);
  if (process.platform !== 'darwin') return null;
  const uid = numberFrom(ask('id', ['-u', String(user)]));
  const gid = numberFrom(ask('id', ['-g', String(user)]));
  if (uid === null || gid === null) return null;
  const home = /NFSHomeDirectory:\s*(\/.*)/.exec(
    ask('dscl', ['.', '-read', `/Users/${user}`, 'NFSHomeDirectory']) ?? '',
  );
  const name = typeof user === 'string' ? user : (ask('id', ['-nu', String(user)])?.trim() ?? String(user));
  return { name, uid, gid, home: home?.[1]?.trim() ?? null };
}

function accountOf(line: string): Account | null {
  const [name = '', , uid, gid, , home] = line.split(':');
  const [uidNumber, gidNumber] = [numberFrom(uid ?? null), numberFrom(gid ?? null)];
  if (uidNumber === null || gidNumber === null) return null;
  return { name, uid: uidNumber, gid: gidNumber, home: home?.startsWith('/') ? home : null };
}

function groupOf(group: string | number): number | null {
  const line = entryOf('/etc/group', 'group', group);
  if (line !== null) return numberFrom(line.split(':')[2] ?? null);
  if (process.platform !== 'darwin') return null;
  const answer = ask('dscl', ['.', '-read', `/Groups/${group}`, 'PrimaryGroupID']);
  return numberFrom(/PrimaryGroupID:\s*(\d+)/.exec(answer ?? '')?.[1] ?? null);
}

/** The line of a user or group, by name or number: from the file, else from whatever directory service there is. */
function entryOf(file: string, database: 'passwd' | 'group', key: string | number): string | null {
  const column = typeof key === 'number' ? 2 : 0;
  const wanted = String(key);
  const lines = (textOf(file) ?? '').split('\n');
  const found = lines.find((line) => !line.startsWith('#') && line.split(':')[column] === wanted);
  if (found !== undefined) return found;
  // A name that starts with a dash would be read as an option.
  if (process.platform !== 'linux' || wanted.startsWith('-')) return null;
  const answer = ask('getent', [database, wanted])?.trim() ?? '';
  return answer.split(':')[column] === wanted ? answer : null;
}

function ask(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      timeout: DIRECTORY_SERVICE_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

function numberFrom(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null;
}
