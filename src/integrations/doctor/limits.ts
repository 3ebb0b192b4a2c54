/**
 * What the kernel allows: files, processes, watches, waiting connections. Without it a limit would be met at three in the
 * morning, as an error in an app that has nothing to do with it.
 */
import { type Finding, findingsOf, type Read } from './finding.ts';

export interface LimitFacts {
  readonly read: Read;
  /** The daemon, or this process if none runs. */
  readonly pid: number | 'self';
  /** Files that it has open; null: not known. */
  readonly openFiles: number | null;
  /** Processes that are managed. */
  readonly processes: number;
  /** Apps that are watched for changes. */
  readonly watched: number;
  /** Highest backlog that an app may ask for. */
  readonly backlog: number;
}

/** Of the daemon for each process: FIFOs, files of logs, sockets. */
const FILES_A_PROCESS = 8;
const FILES_OF_ITS_OWN = 64;
/** What a busy server should be allowed: connections are files. */
const FILES_FOR_SERVERS = 4_096;
const TIGHT_SHARE = 0.8;
const WATCHES_A_PROJECT = 5_000;
/** A process, its keeper, and Node's threads, which count as well. */
const TASKS_A_PROCESS = 14;

const { good, warning, problem } = findingsOf('Limits');

export function checkLimits(facts: LimitFacts): readonly Finding[] {
  return [...openFiles(facts), ...tasks(facts), ...watches(facts), ...connections(facts)];
}

/** Soft limit in /proc/PID/limits; null: not known. */
function limitOf(text: string | null, name: string): number | null {
  const [, soft] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(text ?? '') ?? [];
  if (soft === undefined) return null;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

const countOf = (text: string | null): number | null => {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? null : number;
};

const RAISE_FILES =
  'raise it: `LimitNOFILE=` in the unit, `ulimit -n` in a shell, or /etc/security/limits.conf; then `upkeep update`, and restart the apps';

function openFiles({ read, pid, openFiles: open, processes }: LimitFacts): readonly Finding[] {
  const limit = limitOf(read(`/proc/${pid}/limits`), 'Max open files');
  if (limit === null) return [];
  const needed = FILES_OF_ITS_OWN + processes * FILES_A_PROCESS;
  if ((open ?? 0) > limit * TIGHT_SHARE)
    return [problem(`${open} of ${limit} files that the daemon may have open are in use`, RAISE_FILES)];
  if (needed > limit * TIGHT_SHARE)
    return [problem(`the daemon may have ${limit} files open; ${processes} processes can need ${needed}`, RAISE_FILES)];
  if (limit < FILES_FOR_SERVERS)
    return [warning(`a process may have ${limit} files open, and a connection is one`, RAISE_FILES)];
  return [good(`${limit === Number.POSITIVE_INFINITY ? 'any number of' : limit} open files a process`)];
}

function tasks({ read, pid, processes }: LimitFacts): readonly Finding[] {
  const needed = processes * TASKS_A_PROCESS;
  const advice = 'raise `TasksMax=` of the unit (systemd), `--pids-limit` (containers), or `ulimit -u`';
  const group = groupFolder(read(`/proc/${pid}/cgroup`));
  const most = group === null ? null : read(`${group}/pids.max`)?.trim();
  const now = group === null ? null : countOf(read(`${group}/pids.current`));
  if (most !== undefined && most !== null && most !== 'max' && now !== null) {
    const limit = Number(most);
    return now > limit * TIGHT_SHARE
      ? [problem(`${now} of ${limit} tasks of the control group are in use`, advice)]
      : [good(`${now} of ${limit} tasks of the control group are in use`)];
  }
  const limit = limitOf(read(`/proc/${pid}/limits`), 'Max processes');
  if (limit === null || needed <= limit * TIGHT_SHARE) return [];
  return [problem(`this user may have ${limit} tasks; ${processes} processes can need ${needed}`, advice)];
}

/** Where a control group of the unified hierarchy is seen; null: there is none. */
export function groupFolder(cgroup: string | null): string | null {
  const [, path] = /^0::(\/.*)$/m.exec(cgroup ?? '') ?? [];
  return path === undefined ? null : `/sys/fs/cgroup${path === '/' ? '' : path}`;
}

function watches({ read, watched }: LimitFacts): readonly Finding[] {
  if (watched === 0) return [];
  const most = countOf(read('/proc/sys/fs/inotify/max_user_watches'));
  const instances = countOf(read('/proc/sys/fs/inotify/max_user_instances'));
  const findings: Finding[] = [];
  if (most !== null && most < watched * WATCHES_A_PROJECT)
    findings.push(
      warning(
        `${most} inotify watches for ${watched} watched app${watched === 1 ? '' : 's'}: large folders will not be seen`,
        '`sysctl fs.inotify.max_user_watches=524288`, and the same in /etc/sysctl.d; or watch fewer folders',
      ),
    );
  if (instances !== null && instances < watched * 2)
    findings.push(
      warning(
        `${instances} inotify instances for ${watched} watched apps`,
        '`sysctl fs.inotify.max_user_instances=1024`, and the same in /etc/sysctl.d',
      ),
    );
  return findings.length > 0 ? findings : [good(`${most ?? 'enough'} inotify watches`)];
}

function connections({ read, backlog }: LimitFacts): readonly Finding[] {
  const most = countOf(read('/proc/sys/net/core/somaxconn'));
  if (most === null || most >= backlog) return [];
  return [
    warning(
      `the kernel keeps ${most} connections waiting at most, apps ask for ${backlog}: in a restart under load more would be refused`,
      '`sysctl net.core.somaxconn=4096`, and the same in /etc/sysctl.d',
    ),
  ];
}
