/**
 * Time indexes whose logs have gone, removed with them or found later. Without it the folder would grow with every log that was
 * ever rotated, or deleted by hand.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseRotatedName, type RotatedFile } from '../core/rotation.ts';
import { removeFile } from './rotated-files.ts';
import { indexPath, logOfIndex } from './time-index.ts';

/** A rotated log and its index. `folder` of indexes; null: there are none. */
export function removeRotated({ path, base, stamp }: RotatedFile, folder: string | null): void {
  removeFile(path);
  if (folder !== null) removeFile(indexPath(folder, base, stamp));
}

/** Removes the indexes of logs that are not there any more. */
export function sweepIndexes(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // nothing was indexed yet
  }
  for (const name of names) {
    const rotated = parseRotatedName(name);
    const log = logOfIndex(rotated?.base ?? name);
    if (log === null) continue;
    const path = rotated === null ? log : `${log}.${rotated.stamp}`;
    if (!existsSync(path) && !existsSync(`${path}.gz`)) removeFile(join(folder, name));
  }
}
