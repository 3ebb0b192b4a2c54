/**
 * Who a process is, whether it still is, and how to signal it: every signal goes to a pid whose start time was
 * just checked. Without that a recycled pid would get the SIGKILL that was meant for a dead app.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { ProcessIdentity } from '../core/terms.ts';
import { lacksDescriptor, withSpare } from './spare-descriptor.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** Session on Linux, process group elsewhere: what a keeper's process and its children share. */
  readonly session: number;
  readonly startTime: string;
  readonly isZombie: boolean;
  readonly residentBytes: number;
  /** CPU time used so far, in ms. */
  readonly cpuMs: number;
  /** The same of children that have ended and were waited for; 0 where the system does not tell. */
  readonly reapedCpuMs: number;
}

const ON_LINUX = process.platform === 'linux';
const PAGE_BYTES = 4096;
/** USER_HZ: fixed at 100 in Linux's interface to user space. */
const TICK_MS = 10;

let cachedBootId: string | undefined;

/** An id of the present boot of this machine. */
export function bootId(): string {
  // For the tests of a reboot, which cannot reboot the machine.
  if (process.env.UPKEEP_TEST_BOOT_ID) return process.env.UPKEEP_TEST_BOOT_ID;
  cachedBootId ??= ON_LINUX
    ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    : execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim();
  return cachedBootId;
}

/** Longer than any line of `/proc/<pid>/stat`. */
const room = Buffer.allocUnsafe(4096);

/** Hundreds of these are read at once: three system calls and no memory each, where `readFileSync` takes three times as long. */
const readSmall = (path: string): number =>
  withSpare(() => {
    const fd = openSync(path, 'r');
    try {
      return readSync(fd, room, 0, room.length, 0);
    } finally {
      closeSync(fd);
    }
  });

const namesInProc = (): string[] => withSpare(() => readdirSync('/proc'));

const SPACE = 32;
const ZERO = 48;
const CLOSING_BRACKET = 41;

/** Fields of `/proc/<pid>/stat` behind the name, by their place there. */
const PPID = 1;
const SESSION = 3;
const UTIME = 11;
const STIME = 12;
const CHILDREN_UTIME = 13;
const CHILDREN_STIME = 14;
const START_TIME = 19;
const RESIDENT_PAGES = 21;
const numbers = new Float64Array(RESIDENT_PAGES + 1);

/**
 * Reads `/proc/<pid>/stat` from `room`. The name may hold spaces and brackets: fields are counted from the last `)`. Byte by byte,
 * because fifty texts of each of a hundred processes every ten seconds would be most of what a daemon at rest leaves to collect.
 */
function parseStat(pid: number, length: number): ProcessEntry {
  let at = room.lastIndexOf(CLOSING_BRACKET, length - 1) + 2;
  const state = room[at];
  at += 2;
  let startTime = '';
  for (let field = PPID; field <= RESIDENT_PAGES; field++) {
    const from = at;
    let number = 0;
    for (let byte = room[at] ?? SPACE; byte !== SPACE && at < length; byte = room[++at] ?? SPACE)
      number = number * 10 + byte - ZERO;
    numbers[field] = number;
    if (field === START_TIME) startTime = room.toString('latin1', from, at);
    at++;
  }
  const field = (place: number): number => numbers[place] ?? 0;
  return {
    pid,
    isZombie: state === 90 /* Z */ || state === 88 /* X */,
    ppid: field(PPID),
    session: field(SESSION),
    cpuMs: (field(UTIME) + field(STIME)) * TICK_MS,
    reapedCpuMs: (field(CHILDREN_UTIME) + field(CHILDREN_STIME)) * TICK_MS,
    startTime,
    residentBytes: field(RESIDENT_PAGES) * PAGE_BYTES,
  };
}

const PS_COLUMNS = 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=';

function parsePs(line: string): ProcessEntry | null {
  const [pid, ppid, pgid, stat, rss, time, ...lstart] = line.trim().split(/\s+/);
  if (pid === undefined || lstart.length === 0) return null;
  const seconds = (time ?? '0').split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    session: Number(pgid),
    isZombie: (stat ?? '').startsWith('Z'),
    residentBytes: Number(rss) * 1024,
    cpuMs: seconds * 1000,
    reapedCpuMs: 0,
    startTime: lstart.join(' '),
  };
}

function runPs(args: readonly string[]): ProcessEntry[] {
  try {
    const text = execFileSync('ps', [...args, '-o', PS_COLUMNS], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.split('\n').flatMap((line) => parsePs(line) ?? []);
  } catch {
    return []; // ps exits 1 where it finds nothing
  }
}

/**
 * One process, or null if there is none (or only its zombie).
 *
 * @throws EMFILE or ENFILE: there may be one, and no descriptor to look with
 */
function lookAt(pid: number): ProcessEntry | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  let entry: ProcessEntry | null = null;
  if (ON_LINUX) {
    try {
      entry = parseStat(pid, readSmall(`/proc/${pid}/stat`));
    } catch (error) {
      if (lacksDescriptor(error)) throw error;
      return null;
    }
  } else {
    entry = runPs(['-p', String(pid)])[0] ?? null;
  }
  return entry?.isZombie ? null : entry;
}

/** One process, or null if there is none (or only its zombie), or nothing can be seen of it now. */
export function readProcess(pid: number): ProcessEntry | null {
  try {
    return lookAt(pid);
  } catch {
    return null;
  }
}

/**
 * All processes that can be seen, zombies left out.
 * @param skipped these are not read where the system lets one choose; those that are gone are taken out of it
 * @throws EMFILE or ENFILE: not all can be seen
 */
export function listProcesses(skipped: Set<number> = new Set()): ProcessEntry[] {
  if (!ON_LINUX) return runPs(['-ax']).filter((entry) => !entry.isZombie);
  const found: ProcessEntry[] = [];
  const present = new Set<number>();
  for (const name of namesInProc()) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const pid = Number(name);
    present.add(pid);
    const entry = skipped.has(pid) ? null : lookAt(pid);
    if (entry !== null) found.push(entry);
  }
  for (const pid of skipped) if (!present.has(pid)) skipped.delete(pid);
  return found;
}

/** Those that the main thread of a process has made and that live; empty also where the system does not tell. */
export function childrenOf(pid: number): number[] {
  return ON_LINUX ? (readChildren(pid, pid) ?? []) : [];
}

/** All that descend from a process and live, whichever of their threads made them; null where the system does not tell. */
export function descendantsOf(pid: number): number[] | null {
  if (!ON_LINUX) return null;
  const found: number[] = [];
  for (const parents = [pid]; parents.length > 0; ) {
    const parent = parents.pop() as number;
    let threads: readonly string[];
    try {
      threads = readdirSync(`/proc/${parent}/task`);
    } catch {
      continue; // gone
    }
    for (const thread of threads) {
      const children = readChildren(parent, thread);
      // A kernel without these lists has none of any thread; of a thread that has ended there is none either.
      if (children === null && thread === String(parent) && readProcess(parent) !== null) return null;
      found.push(...(children ?? []));
      parents.push(...(children ?? []));
    }
  }
  return found;
}

/** null: it cannot be read. */
function readChildren(pid: number, thread: number | string): number[] | null {
  try {
    const length = readSmall(`/proc/${pid}/task/${thread}/children`);
    return length === 0 ? [] : room.toString('latin1', 0, length).split(' ').filter(Boolean).map(Number);
  } catch {
    return null;
  }
}

/** How many files a process has open; null if that cannot be seen. */
export function openFilesOf(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

export function identify(pid: number): ProcessIdentity | null {
  const entry = readProcess(pid);
  return entry === null ? null : { pid, startTime: entry.startTime, bootId: bootId() };
}

/** `same`: it lives. `gone`: it does not, whoever has its pid now. `unreadable`: there was no descriptor to look with. */
export function compareIdentity(identity: ProcessIdentity): 'same' | 'gone' | 'unreadable' {
  if (identity.bootId !== bootId()) return 'gone';
  try {
    return lookAt(identity.pid)?.startTime === identity.startTime ? 'same' : 'gone';
  } catch {
    return 'unreadable';
  }
}

export type SignalOutcome = 'sent' | 'gone' | 'not-permitted' | 'unreadable';

/** Sends a signal to exactly this process, or to nobody. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | number): SignalOutcome {
  const whose = compareIdentity(identity);
  if (whose !== 'same') return whose;
  try {
    process.kill(identity.pid, signal);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'not-permitted' : 'gone';
  }
}

/** A variable of the environment that a process was started with; null: not set, or the system does not tell. */
export function variableOf(pid: number, name: string): string | null {
  if (!ON_LINUX) return null;
  try {
    const found = withSpare(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .find((text) => text.startsWith(`${name}=`));
    return found?.slice(name.length + 1) ?? null;
  } catch {
    return null; // gone, or not ours
  }
}

/** What that descriptor of every process is open on, where the system tells; ` (deleted)` follows a name that is there no more. */
export function openedAs(fd: number): (readonly [pid: number, path: string])[] {
  if (!ON_LINUX) return [];
  return namesInProc().flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      return [[pid, readlinkSync(`/proc/${pid}/fd/${fd}`)] as const];
    } catch {
      return []; // gone, not ours, or it has no such descriptor
    }
  });
}

/**
 * Processes that carry this value in the environment they were started with. Empty where the system does not
 * show it (macOS, other users).
 */
export function findByEnvironment(name: string, value: string): number[] {
  if (!ON_LINUX) return [];
  const wanted = `${name}=${value}`;
  return namesInProc().flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const text = withSpare(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
      return text.split('\0').includes(wanted) ? [pid] : [];
    } catch {
      return []; // gone, or not ours
    }
  });
}
