/**
 * Which Node a boot should name: the path that lasts. Without it the service would name a folder with a version in it,
 * which the next upgrade takes away.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A link in the PATH to this very program (as Homebrew and most packages have one), else the program itself. */
export function lastingNode(execPath: string, path: string): string {
  const real = realOf(execPath);
  const candidates = path.split(':').map((folder) => join(folder, 'node'));
  return candidates.find((file) => file.startsWith('/') && existsSync(file) && realOf(file) === real) ?? execPath;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
