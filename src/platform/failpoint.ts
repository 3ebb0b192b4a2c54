/**
 * Points at which a test may have this process killed. Without them the moments between two steps could only be
 * hit by luck; without the variables they do nothing.
 */
import { closeSync, openSync } from 'node:fs';

/** `point`, or `point:SIGNAL` for another signal than SIGKILL. */
const [wanted, signal = 'SIGKILL'] = (process.env.UPKEEP_FAILPOINT ?? '').split(':');
const once = process.env.UPKEEP_FAILPOINT_ONCE;

/** Kills this process, or signals to it, at the named point, the first time only (the file of `UPKEEP_FAILPOINT_ONCE` remembers). */
export function failpoint(name: string): void {
  if (wanted !== name || once === undefined) return;
  try {
    closeSync(openSync(once, 'wx'));
  } catch {
    return; // it has happened
  }
  process.kill(process.pid, signal);
  if (signal !== 'SIGKILL') return;
  // The signal is on its way: nothing more may happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}
