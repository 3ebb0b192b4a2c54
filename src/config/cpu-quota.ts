/**
 * How many CPUs the caller may use: those of the machine, unless its control groups allow less time. Without it `-i max` in a
 * container that may use two CPUs of a machine with 64 would start 64 processes.
 */

/** Text of a file; null if it cannot be read. */
type Read = (path: string) => string | null;

/** A mounted hierarchy of control groups. */
interface Mount {
  readonly isV2: boolean;
  /** Which folder of the hierarchy is seen at `at`: a container sees a part of it. */
  readonly root: string;
  readonly at: string;
}

/**
 * At least 1, whole CPUs only: one process a CPU that can be used fully.
 * @param available CPUs that the scheduler lets the caller run on
 */
export function usableCpus(available: number, read: Read): number {
  const quotas = mounts(read('/proc/self/mountinfo') ?? '').flatMap((mount) => quotasOf(mount, read));
  return Math.max(1, Math.floor(Math.min(available, ...quotas)));
}

/** Each limit on the way from the caller's own group up, in CPUs: all of them hold. */
function quotasOf(mount: Mount, read: Read): number[] {
  const path = groupOf(mount, read('/proc/self/cgroup') ?? '');
  if (path === null) return [];
  const folders = path.split('/').filter((part) => part !== '');
  return Array.from({ length: folders.length + 1 }, (_, depth) => [mount.at, ...folders.slice(0, depth)].join('/'))
    .map((folder) => (mount.isV2 ? quotaOfV2(folder, read) : quotaOfV1(folder, read)))
    .filter((quota) => quota !== null);
}

/** `<quota> <period>` in microseconds, or `max <period>`. */
function quotaOfV2(folder: string, read: Read): number | null {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? '').trim().split(/\s+/);
  return share(Number(quota), Number(period));
}

/** A quota of -1 is none. */
function quotaOfV1(folder: string, read: Read): number | null {
  return share(
    Number(read(`${folder}/cpu.cfs_quota_us`) ?? Number.NaN),
    Number(read(`${folder}/cpu.cfs_period_us`) ?? Number.NaN),
  );
}

const share = (quota: number, period: number): number | null => (quota > 0 && period > 0 ? quota / period : null);

/** The hierarchies that can limit CPU time: the unified one, and the old one of the controller `cpu`. */
function mounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line): Mount[] => {
    // id parent device root mount-point options [tags…] - type source super-options (proc_pid_mountinfo(5))
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, at] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (root === undefined || at === undefined) return [];
    if (type === 'cgroup2') return [{ isV2: true, root: unescaped(root), at: unescaped(at) }];
    const isCpu = type === 'cgroup' && options.trim().split(',').includes('cpu');
    return isCpu ? [{ isV2: false, root: unescaped(root), at: unescaped(at) }] : [];
  });
}

/** Blanks in paths are written as `\040`. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The caller's group as a path below the mount; null: it is in none of this hierarchy. */
function groupOf({ isV2, root }: Mount, cgroup: string): string | null {
  for (const line of cgroup.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined || controllers === undefined) continue;
    const isIt = isV2 ? id === '0' && controllers === '' : controllers.split(',').includes('cpu');
    if (!isIt) continue;
    const isBelow = root !== '/' && (path === root || path.startsWith(`${root}/`));
    const below = isBelow ? path.slice(root.length) : path;
    // Outside of what is seen here: only the limits of the mount's own folder can be read.
    return below.split('/').includes('..') ? '' : below;
  }
  return null;
}
