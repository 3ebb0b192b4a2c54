/**
 * Whether a home, and the folder of its sockets, is this user's own. Without it another user of the machine could make a folder
 * where a command is about to look for its daemon, and be told the environment of every app that is started.
 */
import { chmodSync, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HomePaths } from './paths.ts';

const ROOT = 0;
const WRITE_FOR_OTHERS = 0o022;
const WRITE_FOR_ALL = 0o002;
const ANYTHING_FOR_OTHERS = 0o077;

const found = (look: (path: string, options: { throwIfNoEntry: false }) => Stats | undefined, path: string) => {
  try {
    return look(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // what cannot be looked at cannot be used either, and that is told where it is tried
  }
};

/** Who steers what a path leads to: the owner of the folder, or of a link to it. */
function ownersOf(folder: string): readonly number[] {
  const [at, behind] = [found(lstatSync, folder), found(statSync, folder)];
  return [...(at === undefined ? [] : [at.uid]), ...(behind === undefined ? [] : [behind.uid])];
}

/**
 * Why this user is not to talk to a daemon here; null: there is no reason, or nothing there yet. Root may look after the daemon
 * of another user, but not be the daemon in his home: he could put into the list what root would start.
 */
export function whyForeign(
  { home, rpcSocket, state, dump, run }: Pick<HomePaths, 'home' | 'rpcSocket' | 'state' | 'dump' | 'run'>,
  purpose: 'talk' | 'serve',
  self = process.getuid?.(),
): string | null {
  if (self === undefined) return null;
  const foreign = ownersOf(home).find((uid) => uid !== self && uid !== ROOT);
  if (foreign !== undefined && self !== ROOT) return `${home} belongs to another user (${foreign})`;
  if (foreign !== undefined && purpose === 'serve')
    return `${home} belongs to the user ${foreign}, who could have root start anything: run the command as that user, or name a home of root's in UPKEEP_HOME`;
  const sockets = dirname(rpcSocket);
  return (sockets === home ? null : whyNotPrivate(sockets, self)) ?? whyPlanted([rpcSocket, state, dump, run], self);
}

/** In a folder of root's where everybody may write, as containers have them, somebody else can have been first. */
function whyPlanted(paths: readonly string[], self: number): string | null {
  for (const path of paths) {
    const at = found(lstatSync, path);
    if (self !== ROOT && at !== undefined && at.uid !== self && at.uid !== ROOT)
      return `${path} belongs to another user (${at.uid})`;
  }
  return null;
}

/** A folder at a name that everybody can know, in a place where everybody can make one. */
function whyNotPrivate(folder: string, self: number): string | null {
  const at = found(lstatSync, folder);
  if (at === undefined) return null;
  if (!at.isDirectory()) return `${folder}, which is to hold the sockets of a home with a long path, is no folder`;
  if (at.uid !== self) return `${folder}, which is to hold the sockets, belongs to another user (${at.uid})`;
  return (at.mode & ANYTHING_FOR_OTHERS) === 0 ? null : `${folder}, which is to hold the sockets, is open to others`;
}

/** Another user has put this file where everybody may put one, as in /tmp. Null: the file is taken. */
export function whyLeftBySomebody(file: string): string | null {
  const [self, folder, at] = [process.getuid?.(), found(statSync, dirname(file)), found(statSync, file)];
  if (self === undefined || folder === undefined || at === undefined) return null;
  if ((folder.mode & WRITE_FOR_ALL) === 0 || at.uid === self || at.uid === ROOT) return null;
  return `${file} belongs to another user (${at.uid}), and everybody may put files there`;
}

/**
 * Takes from others the right to write into folders of ours: who can put a file beside the list of apps decides what is run.
 * That they may read stays as it is: PM2 makes its homes so.
 * @returns what was changed, in words
 */
export function shutToWriters(folders: readonly string[]): readonly string[] {
  return [...new Set(folders)].flatMap((folder) => {
    const at = found(lstatSync, folder);
    if (at === undefined || !at.isDirectory() || at.uid !== process.getuid?.()) return [];
    if ((at.mode & WRITE_FOR_OTHERS) === 0) return [];
    chmodSync(folder, at.mode & 0o7777 & ~WRITE_FOR_OTHERS);
    return [`${folder} could be written by others (mode ${(at.mode & 0o777).toString(8)}): that right was taken away`];
  });
}
