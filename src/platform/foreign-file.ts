/**
 * Takes a file that an app says it has written. What an app says is not to be believed: run as another user it could name a file
 * that only root may read, or move, and root would do so.
 */
import { constants, createWriteStream, lstatSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { atPlaceFor } from './owned-place.ts';

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const PRIVATE = 0o600;

/**
 * Moves it to `to`, also to another file system, and makes it ours alone.
 * @param uid who must own it; null: the app runs as we do, and could write what it likes
 * @throws if it is not an ordinary file of that user's with one name
 * @returns its length
 */
export async function takeForeignFile(from: string, to: string, uid: number | null): Promise<number> {
  const self = process.getuid?.() ?? null;
  const owner = uid ?? self;
  return atPlaceFor(from, async ({ path }) => {
    const handle = await open(path, FLAGS);
    try {
      const stat = await handle.stat();
      const { ino, dev, size } = stat;
      if (!stat.isFile() || (owner !== self && (stat.uid !== owner || stat.nlink !== 1)))
        throw Object.assign(new Error(`${from} is not a file of the app's own`), { code: 'EPERM' });
      if (!isMoved(path, to)) {
        await pipeline(
          handle.createReadStream({ autoClose: false }),
          createWriteStream(to, { flags: 'wx', mode: PRIVATE }),
        );
        rmSync(path, { force: true });
        return size;
      }
      const moved = lstatSync(to);
      if (moved.ino !== ino || moved.dev !== dev) {
        rmSync(to, { force: true });
        throw Object.assign(new Error(`${from} became another file meanwhile`), { code: 'EPERM' });
      }
      await handle.chmod(PRIVATE);
      if (owner !== self && self !== null) await handle.chown(self, process.getgid?.() ?? 0);
      return size;
    } finally {
      await handle.close();
    }
  });
}

/** Within one file system. */
function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    return false;
  }
}
