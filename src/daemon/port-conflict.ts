/**
 * Who has the port that an app wanted in vain. Without it `EADDRINUSE` would be all that somebody learns whose app does
 * not come up.
 */
import { runningOf } from '../core/instance.ts';
import { portInUse } from '../core/port-in-use.ts';
import { commandOf, portOwners } from '../platform/ports.ts';
import { recentTable } from '../platform/process-table.ts';
import type { PortConflict } from '../protocol/control.ts';
import type { Runner } from '../supervisor/runner.ts';

/** Lines that are searched: what Node prints of an error is up to thirty lines long, and its message stands first. */
export const LINES_SEARCHED = 50;

/** @returns null if the lines do not tell of a port in use */
export function portConflict(lines: readonly string[], runners: readonly Runner[]): PortConflict | null {
  const port = portInUse(lines);
  return port === null ? null : { port, owner: ownerOf(port, runners) };
}

function ownerOf(port: number, runners: readonly Runner[]): string {
  const { isTaken, pids } = portOwners(port);
  if (!isTaken) return 'nobody now';
  const table = recentTable(0);
  const byPid = new Map(runners.map((runner) => [runningOf(runner.instance.state)?.process.pid, runner]));
  for (const pid of pids) {
    for (let at = table.get(pid); at !== undefined; at = table.get(at.ppid)) {
      const runner = byPid.get(at.pid);
      if (runner !== undefined) return `${runner.spec.name} (${runner.slot.id}), process ${pid}`;
    }
  }
  // The daemon and its guard have copies of the sockets of apps, on which they do not accept.
  const stranger = pids.find((pid) => pid !== process.pid && table.get(pid)?.ppid !== process.pid);
  if (stranger !== undefined) return `process ${stranger} (${commandOf(stranger) ?? 'unknown'})`;
  return pids.length > 0
    ? 'upkeep, for an app that is being restarted'
    : "a process that cannot be seen: another user's";
}
