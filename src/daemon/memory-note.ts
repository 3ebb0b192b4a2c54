/**
 * Says in words that an end came of a lack of memory: the machine's, the container's, or the heap that V8 may have. Without it
 * `killed by SIGKILL` and `killed by SIGABRT` would be searched for in the wrong place.
 */
import type { Exit } from '../core/terms.ts';
import { type MemoryKills, memoryKillOf } from '../platform/memory-kills.ts';

const SIGKILL = 9;
const HEAP_LIMIT = /^FATAL ERROR: .*heap out of memory/;

export interface EndOfMemory {
  readonly exit: Exit;
  readonly pid: number | null;
  /** Nobody of ours killed it. */
  readonly isFromOutside: boolean;
  readonly lines: readonly string[];
  readonly before: MemoryKills;
  readonly after: MemoryKills;
}

/** null: nothing speaks for it. */
export function memoryNote({ exit, pid, isFromOutside, lines, before, after }: EndOfMemory): string | null {
  const fatal = lines.findLast((line) => HEAP_LIMIT.test(line));
  if (fatal !== undefined)
    return `V8 reached the limit of its heap (${fatal.replace(/^FATAL ERROR: /, '')}); --max-old-space-size among node_args raises it, heap_snapshot_near_limit shows what fills it`;
  if (exit.kind !== 'signal' || exit.number !== SIGKILL || !isFromOutside) return null;
  const logged = pid === null ? null : memoryKillOf(pid);
  if (logged !== null) return `the kernel killed it for lack of memory: ${logged}`;
  const inGroup = grown(before.group, after.group);
  if (inGroup > 0)
    return `the kernel killed ${times(inGroup)} for lack of memory in this control group at about that time`;
  const onMachine = grown(before.machine, after.machine);
  if (onMachine > 0)
    return `the kernel killed ${times(onMachine)} for lack of memory on this machine at about that time`;
  return null;
}

const grown = (before: number | null, after: number | null): number =>
  before === null || after === null ? 0 : after - before;

const times = (count: number): string => (count === 1 ? 'a process' : `${count} processes`);
