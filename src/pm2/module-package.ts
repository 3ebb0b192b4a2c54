/**
 * A module's package.json as options of apps. Without it every way to install would start other scripts under other
 * names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpkeepError } from '../core/errors.ts';
import { isModuleName } from './module-name.ts';
import { isTree, type Tree } from './settings.ts';

export interface ModulePackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Options as in a config file. */
  readonly apps: readonly Tree[];
  /** What its settings are if nobody has set them. */
  readonly settings: Tree;
}

const bad = (path: string, why: string): UpkeepError =>
  new UpkeepError({ code: 'BAD_CONFIG', message: `${path} is not the package of a module: ${why}` });

const appList = (declared: unknown): readonly Tree[] => {
  if (Array.isArray(declared)) return declared.filter(isTree);
  if (!isTree(declared)) return [];
  return Array.isArray(declared.apps) ? declared.apps.filter(isTree) : [declared];
};

function mainScript({ bin, main }: Tree, folder: string): unknown {
  const first = typeof bin === 'string' ? bin : isTree(bin) ? Object.values(bin)[0] : undefined;
  return first ?? main ?? (existsSync(join(folder, 'index.js')) ? 'index.js' : undefined);
}

/** @param needsApps an archive must say what it starts */
export function readModule(folder: string, needsApps = false): ModulePackage {
  const path = join(folder, 'package.json');
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad(path, (error as Error).message);
  }
  if (!isTree(content)) throw bad(path, 'it is no object');
  const { name, version, config } = content;
  if (typeof name !== 'string' || !isModuleName(name)) throw bad(path, 'it has no name that can be used');
  if (typeof version !== 'string') throw bad(path, 'it has no version');
  const declared = appList(content.apps ?? content.pm2);
  if (needsApps && declared.length === 0) throw bad(path, 'it has no apps, so there is nothing to start');
  const script = mainScript(content, folder);
  if (declared.length === 0 && script === undefined) throw bad(path, 'it has neither apps, bin nor main');
  const given = declared.length > 0 ? declared : [{ script }];
  const isPrefixed = (app: Tree): boolean =>
    given.length > 1 || (content.apps !== undefined && typeof app.name === 'string' && app.name !== name);
  const apps = given.map((app) => ({
    ...app,
    script: app.script ?? script,
    cwd: folder,
    name: isPrefixed(app) ? `${name}:${String(app.name ?? 'app')}` : name,
  }));
  return { folder, name, version, apps, settings: isTree(config) ? config : {} };
}
