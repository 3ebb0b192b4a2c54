/**
 * What the config room has to know of the world around it, as arguments. Without this seam the reading
 * of options could only be tested against the very machine the tests run on.
 */

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string | null;
}

/** What a file looks like from its first bytes. */
export interface Head {
  readonly isBinary: boolean;
  /** Without the line end; empty if binary. */
  readonly firstLine: string;
}

/** Questions to the operating system. Paths are absolute. */
export interface Lookup {
  /** Symlinks are followed. */
  kindOf(path: string): 'file' | 'folder' | 'none';
  isExecutable(path: string): boolean;
  /** null if it cannot be read. */
  headOf(path: string): Head | null;
  /** Text of a small file; null if it cannot be read. */
  textOf(path: string): string | null;
  /** null: there is no such user. */
  userOf(user: string | number): Account | null;
  /** Number of a group; null: there is none. */
  groupOf(group: string | number): number | null;
}

/** Who gives the command, where, and on what machine. */
export interface Context {
  /** Folder of the caller, absolute. */
  readonly cwd: string;
  /** Environment of the caller. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home of Upkeep, absolute. */
  readonly home: string;
  readonly username: string;
  /** The Node that runs scripts unless another is asked for, and its version (`20.11.0` or `v20.11.0`). */
  readonly nodePath: string;
  readonly nodeVersion: string;
  /** CPUs that the caller may use: those of the machine, or as many whole ones as its control groups allow. */
  readonly cpus: number;
  readonly isRoot: boolean;
  /** The program behind the script word `serve`; absent: there is none. */
  readonly staticServer?: string;
  readonly lookup: Lookup;
}

/** Home folder of the caller, for `~`. */
export function userHome(context: Context): string | null {
  const { HOME } = context.env;
  return HOME?.startsWith('/') ? HOME : (context.lookup.userOf(context.username)?.home ?? null);
}

/** The first executable file of this name in the folders of a PATH. */
export function findInPath(name: string, path: string, lookup: Lookup): string | null {
  for (const folder of path.split(':')) {
    // An empty or relative folder would mean whatever the daemon's own folder is.
    if (!folder.startsWith('/')) continue;
    const candidate = `${folder.endsWith('/') ? folder.slice(0, -1) : folder}/${name}`;
    if (lookup.kindOf(candidate) === 'file' && lookup.isExecutable(candidate)) return candidate;
  }
  return null;
}
