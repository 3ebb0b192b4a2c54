/**
 * Files that a daemon of root's writes, renames and deletes in folders of other users, as an app's logs and pid files may be.
 * Without it such a user could put a link in the way and have root write what his app prints into any file of the machine.
 *
 * The path is walked folder by folder, each held open, so that nothing can be exchanged meanwhile. Whose folders and links were
 * passed decides: if they are somebody's other than root, the last folder must be that user's too, and nobody else's on the way.
 * Then root does no more there than he could have done himself. Where there is no /proc, and for any other user than root, the
 * path is taken as it is: the kernel lets such a daemon do what its user may.
 */
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder } from './paths.ts';

const ROOT = 0;
const MOST_LINKS = 40;
/** Less what the umask takes. */
const FOLDER_MODE = 0o777;
/** Of the kernel, with links of its own: nobody can exchange anything there. */
const KERNELS = /^\/(?:dev|proc|sys)\//;
/** Of Linux, to pass through a folder that cannot be listed; Node has no name for it. */
const O_PATH = 0o10_000_000;
const ONLY_FOLDERS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface Place {
  /** Leads to the file through the folder that is held open. */
  readonly path: string;
  /** Who the file is to belong to; null: whoever makes it. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

function refused(path: string, why: string): Error {
  return Object.assign(new Error(`${path} is not touched: ${why}`), { code: 'EPERM' });
}

const needsWalk = (path: string): boolean =>
  process.getuid?.() === ROOT && process.platform === 'linux' && !KERNELS.test(path);

const lookAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** What root makes in a user's folder is that user's. In a container root may not have the right to say so: then it stays root's. */
function give(fd: number, owner: Place['owner']): void {
  if (owner === null) return;
  try {
    chownSync(`/proc/self/fd/${fd}`, owner.uid, owner.gid);
  } catch {
    // It can be written all the same.
  }
}

/** One walk; the open folder is its only state. */
class Walk {
  readonly #path: string;
  readonly #makesFolders: boolean;
  readonly #passed = new Set<number>();
  #fd = openSync('/', ONLY_FOLDERS);
  #links = 0;

  constructor(path: string, makesFolders: boolean) {
    this.#path = path;
    this.#makesFolders = makesFolders;
  }

  /** @returns the name of the file in the folder that is open at the end */
  go(): string {
    const names = resolve(this.#path).split('/').slice(1);
    for (;;) {
      const name = names.shift() ?? '';
      if (name === '' || name === '.') {
        if (names.length === 0) throw refused(this.#path, 'it is a folder');
        continue;
      }
      const at = lookAt(this.inside(name));
      if (at?.isSymbolicLink()) {
        names.unshift(...this.#follow(name, at));
        continue;
      }
      if (names.length === 0) return name;
      this.#enter(name, at);
    }
  }

  inside(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  #follow(name: string, link: Stats): readonly string[] {
    if (++this.#links > MOST_LINKS)
      throw Object.assign(new Error(`${this.#path} has too many links`), { code: 'ELOOP' });
    if (link.uid !== ROOT) this.#passed.add(link.uid);
    const target = readlinkSync(this.inside(name));
    if (target.startsWith('/')) this.#take(openSync('/', ONLY_FOLDERS));
    return target.split('/').filter((part) => part !== '');
  }

  #enter(name: string, at: Stats | undefined): void {
    const isMade = at === undefined && this.#makesFolders;
    if (isMade) mkdirSync(this.inside(name));
    const fd = openSync(this.inside(name), ONLY_FOLDERS);
    if (isMade) give(fd, this.owner());
    this.#take(fd);
    const { uid } = fstatSync(fd);
    if (uid !== ROOT) this.#passed.add(uid);
  }

  #take(fd: number): void {
    closeSync(this.#fd);
    this.#fd = fd;
  }

  /** Whose the folder that is open is. @throws if somebody could have led us here who has no right to it */
  owner(): Place['owner'] {
    if (this.#passed.size === 0) return null;
    const { uid, gid } = fstatSync(this.#fd);
    if (this.#passed.size > 1 || !this.#passed.has(uid))
      throw refused(
        this.#path,
        `the way to it belongs to the user ${[...this.#passed].join(', ')}, the folder at its end to ${uid}; give both to one user, or the way to root`,
      );
    return { uid, gid };
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * Does something to a file by a path that leads nowhere else meanwhile.
 * @param makesFolders missing ones are made, and given to whom the one above belongs
 */
export function atPlace<T>(path: string, act: (place: Place) => T, makesFolders = false): T {
  if (!needsWalk(path)) {
    if (makesFolders) makeFolder(dirname(path), FOLDER_MODE);
    return act({ path, owner: null });
  }
  const walk = new Walk(path, makesFolders);
  try {
    const name = walk.go();
    return act({ path: walk.inside(name), owner: walk.owner() });
  } finally {
    walk.close();
  }
}

/** The same for what takes its time. */
export async function atPlaceFor<T>(path: string, act: (place: Place) => Promise<T>): Promise<T> {
  if (!needsWalk(path)) return act({ path, owner: null });
  const walk = new Walk(path, false);
  try {
    const name = walk.go();
    return await act({ path: walk.inside(name), owner: walk.owner() });
  } finally {
    walk.close();
  }
}

/**
 * Opens a file for writing, and makes it if it is not there. In another user's folder it must be an ordinary file with one name:
 * a second name could be that of a file of root's.
 */
export function openAtPlace(path: string, flags: number, mode: number): number {
  return atPlace(path, (place) => openPlaced(place, path, flags, mode), (flags & constants.O_CREAT) !== 0);
}

export function openPlaced({ path, owner }: Place, told: string, flags: number, mode: number): number {
  if (owner === null) return openSync(path, flags, mode);
  const safely = flags | constants.O_NOFOLLOW;
  const truncates = (flags & constants.O_TRUNC) !== 0;
  let fd: number;
  try {
    fd = openSync(path, safely & ~constants.O_CREAT & ~constants.O_TRUNC);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (flags & constants.O_CREAT) === 0) throw error;
    fd = openSync(path, safely | constants.O_EXCL, mode);
    give(fd, owner);
    return fd;
  }
  const at = fstatSync(fd);
  const isHis = at.isFile() ? at.nlink === 1 && (at.uid === owner.uid || at.uid === ROOT) : at.isFIFO();
  if (isHis) {
    if (truncates) ftruncateSync(fd);
    return fd;
  }
  closeSync(fd);
  throw refused(told, `in a folder of the user ${owner.uid} stands a file that is another's, or has several names`);
}
