/**
 * PM2's own daemon, where it is alive in the home that Upkeep uses. Without the word about it, whoever switches by an
 * alias would see an empty list and believe that all apps are gone.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pid of the PM2 daemon of that home; null: none is alive. */
export function pm2DaemonOf(home: string): number | null {
  try {
    const pid = Number(readFileSync(join(home, 'pm2.pid'), 'utf8').trim());
    if (!Number.isInteger(pid) || pid <= 0) return null;
    process.kill(pid, 0);
    return isPm2(pid) ? pid : null;
  } catch {
    return null;
  }
}

/** The file may be old, and its pid somebody else's. Where there is no /proc it is believed. */
function isPm2(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('PM2 v');
}
