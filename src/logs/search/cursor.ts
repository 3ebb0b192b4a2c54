/**
 * The order of all lines of all logs, and a place in it as text. Without one total order a page that goes on where another
 * ended would show a line twice, or never.
 */
import { UpkeepError } from '../../core/errors.ts';
import type { Hit } from './block.ts';

/** The place of a line in the order of time, path, file and offset; what is older comes next when one goes back in time. */
export interface Place {
  readonly key: number;
  /** Of the log; null: newer than all lines of this time. */
  readonly path: string | null;
  /** Of the file that the line stands in; null: not known. */
  readonly inode: number | null;
  readonly offset: number;
}

export function writeCursor({ key, path, inode, offset }: Place): string {
  return Buffer.from(JSON.stringify([key, path, inode, offset])).toString('base64url');
}

/** @throws UpkeepError BAD_REQUEST */
export function readCursor(text: string): Place {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (Array.isArray(value)) {
      const [key, path, inode, offset] = value as unknown[];
      const isInode = inode === null || typeof inode === 'number';
      const isPath = path === null || typeof path === 'string';
      if (typeof key === 'number' && isPath && isInode && typeof offset === 'number')
        return { key, path, inode, offset };
    }
  } catch {
    // told below
  }
  throw new UpkeepError({
    code: 'BAD_REQUEST',
    message: '`before` cannot be read: it is the word that an earlier answer gave, as it stands',
  });
}

/** Whether the line stands at this place or is newer, for the lines of one log as they come when one goes back in time. */
export class NotYet {
  readonly #place: Place;
  readonly #path: string;
  #isReached = false;
  #wasInFile = false;

  constructor(place: Place, path: string) {
    this.#place = place;
    this.#path = path;
  }

  /** Once a line is older, all that come after it are, whatever time they claim: so none comes twice, and none is left out. */
  holdsBack(hit: Hit): boolean {
    if (!this.#isReached && !this.#isBefore(hit)) return true;
    this.#isReached = true;
    return false;
  }

  #isBefore(hit: Hit): boolean {
    const { key, path, inode, offset } = this.#place;
    if (hit.key !== key || path === null) return hit.key <= key && (path === null || hit.key < key);
    if (path !== this.#path) return this.#path < path;
    if (hit.inode !== inode) return this.#wasInFile;
    this.#wasInFile = true;
    return hit.offset < offset;
  }
}
