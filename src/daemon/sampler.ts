/**
 * CPU and memory of each instance's whole tree. Looks are shared by all who ask, and who looks in a rhythm reads only what it must:
 * otherwise a hundred idle apps would cost what nobody looks at.
 */
import { childrenOf, listProcesses, type ProcessEntry, readProcess } from '../platform/process.ts';
import { ProcessTable } from '../platform/process-table.ts';

export interface Usage {
  readonly memoryBytes: number;
  /** Percent of one core since the sample before (since the start of the process for the first). */
  readonly cpuPercent: number;
  /** CPU time of the tree so far, ended children that were waited for included. */
  readonly cpuMs: number;
  readonly at: number;
}

interface Root {
  readonly pid: number;
  readonly keeperPid: number;
  readonly startedAt: number;
}

interface Member {
  readonly pid: number;
  readonly startTime: string;
}

/** Questions closer than this share one look at all processes: who lists in a loop does not want it each time. */
const FRESH_MS = 2_000;
/** What a look along the children does not find (made by a thread, or left to another parent) is found within this. */
const WHOLE_LOOK_MS = 60_000;

/**
 * Who belongs to no app never will, so strangers are not read again; but a number can be another process's by now, and a machine
 * has thousands of them.
 */
const STRANGERS_FOR_MS = 300_000;

const ON_LINUX = process.platform === 'linux';

const NOTHING: Usage = { memoryBytes: 0, cpuPercent: 0, cpuMs: 0, at: 0 };

const cpuOf = ({ cpuMs, reapedCpuMs }: ProcessEntry): number => cpuMs + reapedCpuMs;

export class Sampler {
  #table = new ProcessTable([]);
  #takenAt = 0;
  #wholeAt = 0;
  readonly #strangers = new Set<number>();
  #strangersAt = 0;
  readonly #members = new Map<number, readonly Member[]>();
  readonly #before = new Map<number, { at: number; cpuMs: number }>();
  readonly #usage = new Map<number, Usage>();

  /** @param roots pid, keeper and launch instant of each running instance */
  sample(roots: readonly Root[], now: number): (pid: number) => Usage {
    if (now - this.#takenAt >= FRESH_MS || now < this.#takenAt) this.#lookAtAll(roots, now);
    for (const root of roots) if (!this.#usage.has(root.pid)) this.#measureAlone(root, now);
    return (pid) => this.#usage.get(pid) ?? NOTHING;
  }

  /** The same for who looks all the time: it reads the processes of the trees, and only now and then all that there are. */
  sampleKnown(roots: readonly Root[], now: number): (pid: number) => Usage {
    const isWhole = !ON_LINUX || now - this.#wholeAt >= WHOLE_LOOK_MS || now < this.#wholeAt;
    if (isWhole || now - this.#takenAt < FRESH_MS) return this.sample(roots, now);
    this.#takenAt = now;
    for (const root of roots) {
      const known = this.#members.get(root.pid);
      if (known !== undefined) this.#note(root, this.#follow(root, known), now);
    }
    return this.sample(roots, now);
  }

  /** What lives of a tree that was seen whole, and what it has made since. */
  #follow(root: Root, known: readonly Member[]): readonly ProcessEntry[] {
    const tree: ProcessEntry[] = [];
    const visit = (pid: number): void => {
      if (pid === root.keeperPid || tree.some((entry) => entry.pid === pid)) return;
      const entry = readProcess(pid);
      if (entry === null) return;
      const before = known.find((member) => member.pid === pid);
      // A number that another process has by now.
      if (before !== undefined && before.startTime !== entry.startTime) return;
      tree.push(entry);
      for (const child of childrenOf(pid)) visit(child);
    };
    for (const { pid } of known) visit(pid);
    this.#members.set(root.pid, tree);
    return tree;
  }

  #lookAtAll(roots: readonly Root[], now: number): void {
    const isOld = now - this.#strangersAt >= STRANGERS_FOR_MS || now < this.#strangersAt;
    // A process that was launched just now may have been taken for a stranger, with all that it has made.
    if (isOld || roots.some(({ pid }) => !this.#members.has(pid))) {
      this.#strangers.clear();
      this.#strangersAt = now;
    }
    let entries: readonly ProcessEntry[];
    try {
      entries = roots.length === 0 ? [] : listProcesses(this.#strangers);
    } catch {
      return; // no descriptor to look with: what was seen last holds
    }
    this.#table = new ProcessTable(entries);
    this.#takenAt = now;
    this.#wholeAt = now;
    for (const root of roots) this.#measure(root, now);
    for (const { pid } of entries) this.#strangers.add(pid);
    for (const members of this.#members.values()) for (const { pid } of members) this.#strangers.delete(pid);
    const living = new Set(roots.map((root) => root.pid));
    for (const pid of this.#usage.keys()) {
      if (living.has(pid)) continue;
      this.#usage.delete(pid);
      this.#before.delete(pid);
      this.#members.delete(pid);
    }
  }

  /** A process that has come since the last look: itself only, until the next one. */
  #measureAlone(root: Root, now: number): void {
    const self = readProcess(root.pid);
    if (self === null) return;
    const cpuMs = cpuOf(self);
    const cpuPercent = Math.round((cpuMs / Math.max(1, now - root.startedAt)) * 1000) / 10;
    this.#usage.set(root.pid, { memoryBytes: self.residentBytes, cpuPercent, cpuMs, at: now });
  }

  #measure(root: Root, now: number): void {
    const self = this.#table.get(root.pid);
    if (self === undefined) return;
    const session = root.keeperPid !== 0 && self.session === root.keeperPid ? self.session : null;
    const tree = [self, ...this.#table.tree(root.pid, session)].filter((entry) => entry.pid !== root.keeperPid);
    this.#members.set(root.pid, tree);
    this.#note(root, tree, now);
  }

  #note(root: Root, tree: readonly ProcessEntry[], now: number): void {
    const cpuMs = tree.reduce((sum, entry) => sum + cpuOf(entry), 0);
    const memoryBytes = tree.reduce((sum, entry) => sum + entry.residentBytes, 0);
    const before = this.#before.get(root.pid) ?? { at: root.startedAt, cpuMs: 0 };
    const spanMs = now - before.at;
    const cpuPercent = spanMs <= 0 ? 0 : Math.max(0, Math.round(((cpuMs - before.cpuMs) / spanMs) * 1000) / 10);
    this.#before.set(root.pid, { at: now, cpuMs });
    this.#usage.set(root.pid, { memoryBytes, cpuPercent, cpuMs, at: now });
  }
}
