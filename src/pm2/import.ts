/**
 * What a home of PM2 holds, read without running anything of it: the saved list, the settings, the modules. Without it a
 * user would have to type again what stands in three files.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../config/context.ts';
import { parseYaml } from '../config/load-text.ts';
import { SETTINGS_FILE } from '../config/settings.ts';
import type { SavedApp } from '../protocol/control.ts';
import { parseDump, savedApps } from './dump-records.ts';
import { isTree, type Tree } from './settings.ts';

type Entry = Readonly<Record<string, unknown>>;

export interface Imported {
  readonly apps: readonly SavedApp[];
  /** Sections for apps and for the rotation of logs. */
  readonly settings: Tree;
  /** Names of modules that were installed there. */
  readonly modules: readonly string[];
  /** What could not be read, and why. */
  readonly notes: readonly string[];
}

/** Where PM2 keeps what was installed. */
const MODULE_SECTIONS = ['module-db-v2', 'tar-modules'] as const;

/** The list, or its backup; null: there is neither. */
async function readList(home: string, notes: string[]): Promise<readonly Entry[] | null> {
  for (const name of ['dump.pm2', 'dump.pm2.bak']) {
    const path = join(home, name);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    try {
      return parseDump(text);
    } catch {
      // A list that was edited by hand may be JavaScript. YAML reads the same brackets, and runs nothing.
      const read = await parseYaml(text, path);
      if (read.ok && Array.isArray(read.value) && read.value.every(isTree)) return read.value;
      notes.push(read.ok ? `${path} is not a list of apps` : read.failure.message);
    }
  }
  return null;
}

function readTree(path: string, notes: string[]): Tree {
  if (!existsSync(path)) return {};
  try {
    const tree: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isTree(tree)) return tree;
    notes.push(`${path} is not an object: its settings are left out`);
  } catch (error) {
    notes.push(`${path} cannot be read, its settings are left out: ${(error as Error).message}`);
  }
  return {};
}

/** PM2 writes the logs of an app below its home; without their paths Upkeep's own are used. */
export function withoutLogPaths(entry: Entry, home: string): Entry {
  const folder = join(home, 'logs/');
  const isOwn = ([key, value]: readonly [string, unknown]): boolean =>
    /^pm_(out|err)?_?log_path$/.test(key) && typeof value === 'string' && value.startsWith(folder);
  return Object.fromEntries(Object.entries(entry).filter((pair) => !isOwn(pair)));
}

export async function readForeignHome(home: string, context: Context, ownLogs: boolean): Promise<Imported> {
  const notes: string[] = [];
  const entries = await readList(home, notes);
  if (entries === null && notes.length === 0)
    notes.push(`there is no dump.pm2 in ${home}: \`pm2 save\` writes it, or \`upkeep takeover\` takes what runs`);
  const list = (entries ?? []).map((entry) => (ownLogs ? withoutLogPaths(entry, home) : entry));
  const made = await savedApps(list, context);
  const tree = readTree(join(home, SETTINGS_FILE), notes);
  const modules = MODULE_SECTIONS.flatMap((section) => Object.keys(isTree(tree[section]) ? tree[section] : {}));
  const settings = Object.fromEntries(
    Object.entries(tree).filter(([name, value]) => isTree(value) && !MODULE_SECTIONS.some((one) => one === name)),
  );
  return { apps: made.apps, settings, modules, notes: [...notes, ...made.notes] };
}
