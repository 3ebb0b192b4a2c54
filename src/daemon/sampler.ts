/**
 * CPU and memory of each instance's whole tree, read when somebody asks or a limit is to be checked. Sampling all the
 * time would make a hundred idle apps cost what nobody looks at.
 */
import { readProcess } from '../platform/process.ts';
import { ProcessTable } from '../platform/process-table.ts';

export interface Usage {
  readonly memoryBytes: number;
  /** Percent of one core since the sample before (since the start of the process for the first). */
  readonly cpuPercent: number;
}

/** Questions closer than this share one look at all processes: who lists in a loop does not want it each time. */
const FRESH_MS = 2_000;

const NOTHING: Usage = { memoryBytes: 0, cpuPercent: 0 };

export class Sampler {
  #table = new ProcessTable([]);
  #takenAt = 0;
  readonly #before = new Map<number, { at: number; cpuMs: number }>();
  readonly #usage = new Map<number, Usage>();

  /** @param roots pid, keeper and launch instant of each running instance */
  sample(
    roots: readonly { readonly pid: number; readonly keeperPid: number; readonly startedAt: number }[],
    now: number,
  ): (pid: number) => Usage {
    if (now - this.#takenAt >= FRESH_MS || now < this.#takenAt) {
      this.#table = roots.length === 0 ? new ProcessTable([]) : new ProcessTable();
      this.#takenAt = now;
      for (const root of roots) this.#measure(root, now);
      const living = new Set(roots.map((root) => root.pid));
      for (const pid of this.#usage.keys()) {
        if (living.has(pid)) continue;
        this.#usage.delete(pid);
        this.#before.delete(pid);
      }
    }
    for (const root of roots) if (!this.#usage.has(root.pid)) this.#measureAlone(root, now);
    return (pid) => this.#usage.get(pid) ?? NOTHING;
  }

  /** A process that has come since the last look: itself only, until the next one. */
  #measureAlone(root: { readonly pid: number; readonly startedAt: number }, now: number): void {
    const self = readProcess(root.pid);
    if (self === null) return;
    const cpuPercent = Math.round((self.cpuMs / Math.max(1, now - root.startedAt)) * 1000) / 10;
    this.#usage.set(root.pid, { memoryBytes: self.residentBytes, cpuPercent });
  }

  #measure(root: { readonly pid: number; readonly keeperPid: number; readonly startedAt: number }, now: number): void {
    const self = this.#table.get(root.pid);
    if (self === undefined) return;
    const session = root.keeperPid !== 0 && self.session === root.keeperPid ? self.session : null;
    const tree = [self, ...this.#table.tree(root.pid, session)].filter((entry) => entry.pid !== root.keeperPid);
    const cpuMs = tree.reduce((sum, entry) => sum + entry.cpuMs, 0);
    const memoryBytes = tree.reduce((sum, entry) => sum + entry.residentBytes, 0);
    const before = this.#before.get(root.pid) ?? { at: root.startedAt, cpuMs: 0 };
    const spanMs = now - before.at;
    const cpuPercent = spanMs <= 0 ? 0 : Math.max(0, Math.round(((cpuMs - before.cpuMs) / spanMs) * 1000) / 10);
    this.#before.set(root.pid, { at: now, cpuMs });
    this.#usage.set(root.pid, { memoryBytes, cpuPercent });
  }
}
