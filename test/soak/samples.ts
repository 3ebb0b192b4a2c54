/**
 * What a daemon holds, as the kernel and its own heap tell it. One way of looking for the rest before, the load and the rest after:
 * otherwise they could not be compared.
 */
import { type Dirent, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findByEnvironment } from '../../src/platform/process.ts';
import type { Rig } from '../helpers/rig.ts';

export interface Sample {
  /** ms since the start of the soak. */
  readonly at: number;
  readonly rssMb: number;
  readonly privateMb: number;
  /** After the last full collection that came by itself, or was asked for; null: a daemon without a probe, or none came yet. */
  readonly heapMb: number | null;
  readonly externalMb: number | null;
  readonly fds: number;
  readonly threads: number;
  readonly fifos: number;
  /** Counted only where garbage is collected too: it means to look at every process of the machine. */
  readonly processes: number | null;
  readonly files: number;
  readonly homeMb: number;
  /** CPU time of all threads so far. */
  readonly cpuMs: number;
  readonly resources: Readonly<Record<string, number>>;
}

interface Inside {
  readonly heapUsed: number;
  readonly heapAfterGc: number;
  readonly external: number;
  readonly resources: Readonly<Record<string, number>>;
}

const MB = 1024 * 1024;
const NS_PER_MS = 1_000_000;

/**
 * @param word `look`, `collect`, or a path: a heap snapshot goes there
 * @returns null if nobody answers: the daemon was replaced by one without a probe
 */
export function askInside(socket: string, word: string): Promise<Inside | null> {
  return new Promise((resolve) => {
    let text = '';
    const line = connect(socket, () => line.write(word));
    line.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    line.on('error', () => resolve(null));
    line.on('end', () => resolve(JSON.parse(text) as Inside));
  });
}

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);

/** CPU time of all threads, in ms, finer than the ticks of `stat`. */
export function cpuMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_MS;
    } catch {
      return sum; // it has just ended
    }
  }, 0);
}

/** What goes away meanwhile is left out, as Node's own recursive reading does not. */
function* entriesBelow(folder: string): Generator<Dirent> {
  let entries: readonly Dirent[] = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // gone
  }
  for (const entry of entries) {
    yield entry;
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name));
  }
}

/** Files of the home that are not sockets or FIFOs, and those FIFOs that belong to a life. */
function lookAtHome(home: string): { readonly files: number; readonly bytes: number; readonly fifos: number } {
  const found = { files: 0, bytes: 0, fifos: 0 };
  for (const entry of entriesBelow(home)) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFIFO()) found.fifos += path.includes('/spare') ? 0 : 1;
    if (!entry.isFile()) continue;
    found.files++;
    found.bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return found;
}

export async function takeSample(
  rig: Rig,
  pid: number,
  at: number,
  probeSocket: string,
  word: 'look' | 'collect' = 'look',
): Promise<Sample> {
  const inside = await askInside(probeSocket, word);
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const { files, bytes, fifos } = lookAtHome(rig.home);
  const heap = word === 'collect' ? inside?.heapUsed : inside?.heapAfterGc;
  return {
    at,
    rssMb: kilobytes(memory, 'Rss') / 1024,
    privateMb: (kilobytes(memory, 'Private_Dirty') + kilobytes(memory, 'Private_Clean')) / 1024,
    heapMb: heap === undefined || heap === 0 ? null : heap / MB,
    externalMb: inside === null ? null : inside.external / MB,
    fds: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    fifos,
    processes: word === 'collect' ? findByEnvironment('UPKEEP_HOME', rig.home).length : null,
    files,
    homeMb: bytes / MB,
    cpuMs: cpuMsOf(pid),
    resources: inside?.resources ?? {},
  };
}

/** What each fd of a process is, sorted: for the message when their number has changed. */
export function fdKinds(pid: number): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let target = '';
    try {
      target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      continue;
    }
    const kind = target.replace(/\d+/g, 'N');
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}
