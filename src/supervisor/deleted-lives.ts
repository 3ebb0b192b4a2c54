/**
 * Finds what runs though its folder is gone: deleted while no daemon lived, which would have made it anew from memory. Without it
 * the processes would run on with nobody, and the next daemon would start them a second time.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { openedAs } from '../platform/process.ts';
import { LIFE_HELD_AS } from './launcher.ts';

export interface DeletedLife {
  readonly incarnation: number;
  readonly keeperPid: number;
}

/** What Linux says of a name that is there no more. */
const DELETED = '/life (deleted)';

/** By the descriptors that their keepers hold (Linux; elsewhere none are found). @returns by the id of the process, the oldest life first */
export function deletedLives(run: string): ReadonlyMap<number, readonly DeletedLife[]> {
  const folder = join(realpathSync(run), '/');
  const lives = new Map<number, DeletedLife[]>();
  for (const [keeperPid, path] of openedAs(LIFE_HELD_AS)) {
    if (!path.startsWith(folder) || !path.endsWith(DELETED)) continue;
    const [id = Number.NaN, incarnation = Number.NaN] = path
      .slice(folder.length, -DELETED.length)
      .split('/')
      .map(Number);
    if (!Number.isInteger(id) || !Number.isInteger(incarnation)) continue;
    const life = { incarnation, keeperPid };
    lives.set(
      id,
      [...(lives.get(id) ?? []), life].sort((a, b) => a.incarnation - b.incarnation),
    );
  }
  return lives;
}
