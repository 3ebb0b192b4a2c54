/**
 * Ends a program of ours with all that it started, by the session that it was given. Without it a check or a command that
 * hangs would leave its children behind, one more each time.
 */
import { bootId, readProcess, signalProcess } from '../platform/process.ts';
import { recentTable } from '../platform/process-table.ts';

/** The child is ours and not yet collected, so its pid, which is also its session, can be nobody else's. */
export function endSession(pid: number): void {
  const self = readProcess(pid);
  const below = recentTable(0).tree(pid, pid);
  for (const entry of self === null ? below : [...below, self])
    signalProcess({ pid: entry.pid, startTime: entry.startTime, bootId: bootId() }, 'SIGKILL');
}
