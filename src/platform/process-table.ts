/**
 * One look at all processes, indexed: who is whose child, who shares a session. Looks are shared, because three hundred
 * instances that start or stop together would otherwise each read the whole of /proc.
 */
import { listProcesses, type ProcessEntry } from './process.ts';
import { lacksDescriptor } from './spare-descriptor.ts';

export class ProcessTable {
  readonly takenAt = performance.now();
  readonly #byPid = new Map<number, ProcessEntry>();
  readonly #byParent = new Map<number, ProcessEntry[]>();
  readonly #bySession = new Map<number, ProcessEntry[]>();

  constructor(entries: readonly ProcessEntry[] = listProcesses()) {
    for (const entry of entries) {
      this.#byPid.set(entry.pid, entry);
      pushTo(this.#byParent, entry.ppid, entry);
      pushTo(this.#bySession, entry.session, entry);
    }
  }

  get(pid: number): ProcessEntry | undefined {
    return this.#byPid.get(pid);
  }

  /**
   * The descendants of a process and whatever else shares the session, deepest first, without the root. A child that
   * was re-parented by a double fork is found by its session.
   */
  tree(rootPid: number, session: number | null): ProcessEntry[] {
    const found = new Map<number, ProcessEntry>();
    const visit = (pid: number): void => {
      for (const child of this.#byParent.get(pid) ?? []) {
        if (found.has(child.pid) || child.pid === rootPid) continue;
        found.set(child.pid, child);
        visit(child.pid);
      }
    };
    visit(rootPid);
    for (const entry of session === null ? [] : (this.#bySession.get(session) ?? [])) {
      if (entry.pid === rootPid || found.has(entry.pid)) continue;
      found.set(entry.pid, entry);
      visit(entry.pid);
    }
    return [...found.values()].reverse();
  }
}

function pushTo(map: Map<number, ProcessEntry[]>, key: number, entry: ProcessEntry): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}

let last: ProcessTable | null = null;
let coming: Promise<ProcessTable> | null = null;

/** A look that is at most this old. */
export function recentTable(maxAgeMs: number): ProcessTable {
  if (last === null || performance.now() - last.takenAt > maxAgeMs) last = new ProcessTable();
  return last;
}

/** For want of descriptors nothing can be seen: the next attempt comes after this. */
const LACK_MS = 100;

/** A look that begins after this call; all who ask in the same turn of the event loop share it. It waits for what it needs. */
export function nextTable(): Promise<ProcessTable> {
  coming ??= new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        last = new ProcessTable();
        resolve(last);
      } catch (error) {
        if (lacksDescriptor(error)) {
          setTimeout(look, LACK_MS);
          return;
        }
        reject(error);
      }
      coming = null;
    };
    setImmediate(look);
  });
  return coming;
}
