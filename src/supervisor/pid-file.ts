/**
 * The pid file of an instance, for programs that look for it where PM2 has it. It can be in a folder of the app's own user: without
 * care a daemon of root's would write through whatever link that user has put there.
 */
import { closeSync, constants, readFileSync, rmSync, writeSync } from 'node:fs';
import { atPlace, openPlaced } from '../platform/owned-place.ts';

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
const READABLE = 0o644;

/** @throws what the system says: a folder that is not there is not made */
export function writePidFile(path: string, text: string): void {
  const fd = atPlace(path, (place) => openPlaced(place, path, FLAGS, READABLE));
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** @param own what was written last; null: not known. A successor may have written its own. */
export function removePidFile(path: string, own: string | null): void {
  try {
    if (own !== null && readFileSync(path, 'utf8') !== own) return;
    atPlace(path, (place) => rmSync(place.path, { force: true }));
  } catch {
    // there is none, or it is not ours to touch
  }
}
