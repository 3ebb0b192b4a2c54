/**
 * What the kernel says of processes that it killed for lack of memory. Without it such an end looks like a SIGKILL that
 * nobody sent.
 */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';

const ON_LINUX = process.platform === 'linux';
/** Records of the kernel's log that are read at most, and their size. */
const MOST_RECORDS = 20_000;
const RECORD_BYTES = 8_192;

/** Kills so far; null: not to be seen here. */
export interface MemoryKills {
  /** In the control group of this process. */
  readonly group: number | null;
  readonly machine: number | null;
}

/** Below which the kernel's files lie: another place in tests, which cannot fill the machine's memory. */
const root = (): string => process.env.UPKEEP_TEST_KERNEL ?? '';

function counter(path: string): number | null {
  try {
    const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync(`${root()}${path}`, 'utf8')) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}

function groupKills(): number | null {
  let groups: string;
  try {
    groups = readFileSync(`${root()}/proc/self/cgroup`, 'utf8');
  } catch {
    return null;
  }
  const [, unified] = /^0::(.*)$/m.exec(groups) ?? [];
  const [, memory] = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups) ?? [];
  const candidates = [
    // In a container the group's own path is not to be seen: its files lie at the top.
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}/memory.events`, '/sys/fs/cgroup/memory.events']),
    ...(memory === undefined
      ? []
      : [`/sys/fs/cgroup/memory${memory}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control']),
  ];
  for (const path of candidates) {
    const kills = counter(path);
    if (kills !== null) return kills;
  }
  return null;
}

export function memoryKills(): MemoryKills {
  return ON_LINUX ? { group: groupKills(), machine: counter('/proc/vmstat') } : { group: null, machine: null };
}

/** What the kernel's log says of this pid; null: nothing, or it may not be read (it takes root, and no container between). */
export function memoryKillOf(pid: number): string | null {
  if (!ON_LINUX) return null;
  let fd: number;
  try {
    fd = openSync(`${root()}/dev/kmsg`, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  const wanted = new RegExp(`[^;\\n]*\\bKilled process ${pid} \\([^\\n]*`);
  let found: string | null = null;
  try {
    const buffer = Buffer.alloc(RECORD_BYTES);
    for (let i = 0; i < MOST_RECORDS; i++) {
      const length = readSync(fd, buffer);
      if (length === 0) break;
      found = wanted.exec(buffer.toString('utf8', 0, length))?.[0].trim() ?? found;
    }
  } catch {
    // EAGAIN: that was all.
  } finally {
    closeSync(fd);
  }
  return found;
}
