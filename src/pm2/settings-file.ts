/**
 * `module_conf.json`: read, changed and written whole. Without it two commands at a time, or one mistyped comma, could
 * cost all settings.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS_FILE } from '../config/settings.ts';
import { UpkeepError } from '../core/errors.ts';
import { replaceFile } from '../platform/durable-file.ts';
import { makeHome, pathsOf } from '../platform/paths.ts';
import { isTree, type Tree } from './settings.ts';

export const settingsPath = (home: string): string => join(home, SETTINGS_FILE);

/** @throws UpkeepError BAD_CONFIG if the file is no JSON object: what is in it may be worth mending. */
export function readSettings(home: string): Tree {
  const path = settingsPath(home);
  if (!existsSync(path)) return {};
  try {
    const tree: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isTree(tree)) throw new SyntaxError('it is not a JSON object');
    return tree;
  } catch (error) {
    throw new UpkeepError({
      code: 'BAD_CONFIG',
      message: `the settings cannot be read: ${path}: ${(error as Error).message}`,
      hint: 'mend the file, or move it away; nothing was changed',
    });
  }
}

/** As PM2 writes it. */
export function writeSettings(home: string, tree: Tree): void {
  makeHome(pathsOf(home));
  replaceFile(settingsPath(home), JSON.stringify(tree, null, 4), true);
}

export function changeSettings(home: string, change: (tree: Tree) => Tree): Tree {
  const changed = change(readSettings(home));
  writeSettings(home, changed);
  return changed;
}
