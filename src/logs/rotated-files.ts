/**
 * Rotated files on disk: found by name, deleted, measured. Without one careful place for it the
 * deleting of files would rest on patterns written twice, and one of them would match too much.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { byAge, parseRotatedName, type RotatedFile } from '../core/rotation.ts';
import { atPlace } from '../platform/owned-place.ts';

/** Size of a regular file, or null. */
export function fileBytes(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null;
  }
}

/** All rotated files of a folder (or those of one log in it), oldest first; a folder that cannot be read has none. */
export function rotatedIn(folder: string, log: string | null = null): RotatedFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const found: RotatedFile[] = [];
  for (const name of names) {
    const parsed = parseRotatedName(name);
    if (parsed === null || (log !== null && parsed.base !== log)) continue;
    const path = join(folder, name);
    const bytes = fileBytes(path);
    if (bytes !== null) found.push({ ...parsed, base: join(folder, parsed.base), path, bytes });
  }
  return found.sort(byAge);
}

/** The rotated files of one log file, oldest first. */
export function rotatedOf(path: string): RotatedFile[] {
  return rotatedIn(dirname(path), basename(path));
}

/** Files of a folder that are in use, as far as they look like logs. */
export function currentIn(folder: string): { readonly path: string; readonly bytes: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    if (parseRotatedName(name) !== null) return [];
    const path = join(folder, name);
    const bytes = fileBytes(path);
    return bytes === null ? [] : [{ path, bytes }];
  });
}

export function removeFile(path: string): void {
  try {
    atPlace(path, (place) => rmSync(place.path, { force: true }));
  } catch {
    // Somebody else's rights: it stays, and the next round tries again.
  }
}
