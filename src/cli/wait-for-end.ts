/**
 * Waits until a process is gone. Without it `kill` would report the end of a daemon that is still writing its state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareIdentity, identify } from '../platform/process.ts';

const DEADLINE_MS = 15_000;
const PACE_MS = 10;

export async function waitForEnd(pid: number): Promise<boolean> {
  const identity = identify(pid);
  if (identity === null) return true;
  const deadline = Date.now() + DEADLINE_MS;
  while (compareIdentity(identity) === 'same') {
    if (Date.now() > deadline) return false;
    await sleep(PACE_MS);
  }
  return true;
}
