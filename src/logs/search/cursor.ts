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
  /** Of the file when it has been rotated; null: it was in use, and may be rotated by now. */
  readonly stamp: string | null;
  readonly offset: number;
}

export function writeCursor({ key, path, inode, stamp, offset }: Place): string {
  return Buffer.from(JSON.stringify([key, path, inode, stamp, offset])).toString('base64url');
}

/** @throws UpkeepError BAD_REQUEST */
export function readCursor(text: string): Place {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (Array.isArray(value)) {
      const [key, path, inode, stamp, offset] = value as unknown[];
      if (
        typeof key === 'number' &&
        isTextOrNull(path) &&
        (inode === null || typeof inode === 'number') &&
        isTextOrNull(stamp) &&
        typeof offset === 'number'
      )
        return { key, path, inode, stamp, offset };
    }
  } catch {
    // told below
  }
  throw new UpkeepError({
    code: 'BAD_REQUEST',
    message: '`before` cannot be read: it is the word that an earlier answer gave, as it stands',
  });
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

/** Whether the line stands at this place or is newer, for the lines of one log as they come when one goes back in time. */
export class NotYet {
  readonly #place: Place;
  readonly #path: string;
  #isReached = false;
  /** Stamp of the file of the place; undefined: it was not met yet. */
  #file: string | null | undefined = undefined;

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
    const { key, path, offset } = this.#place;
    if (path === null) return hit.key <= key;
    if (path !== this.#path) return hit.key === key ? this.#path < path : hit.key < key;
    // In one log the files come first: of lines that tell no time the key is a guess.
    const file = this.#fileOf(hit);
    if (file !== 'same') return file === 'older';
    return hit.key === key ? hit.offset < offset : hit.key < key;
  }

  /** Where the hit's file stands to that of the place. */
  #fileOf({ inode, stamp }: Hit): 'newer' | 'same' | 'older' {
    const place = this.#place;
    if (place.stamp !== null) {
      if (stamp === place.stamp) return 'same';
      return stamp === null || stamp > place.stamp ? 'newer' : 'older';
    }
    // The number of a file that has gone may be given again: the newest that has it is the one.
    if (this.#file === undefined) {
      if (inode !== place.inode) return 'newer';
      this.#file = stamp;
    }
    return stamp === this.#file ? 'same' : 'older';
  }
}
