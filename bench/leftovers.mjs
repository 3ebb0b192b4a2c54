// Ends what a case has left, however the case ended. Without it a case that was cut short would leave hundreds of processes
// that make the figures of all others worse.
import { readdirSync, readFileSync } from 'node:fs';
import { sleep } from './measure.mjs';

const environmentOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
};

/** Processes that bear the mark of a run. */
const marked = (folder) =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`BENCH_RUN=${folder}`));

/** @returns how many there were */
export async function endLeftovers(folder) {
  const found = new Set();
  // What loses its parent may be about to start another.
  for (let round = 0; round < 20; round++) {
    const left = marked(folder);
    if (left.length === 0 && round > 0) break;
    for (const pid of left) {
      found.add(pid);
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {}
    }
    await sleep(100);
  }
  return found.size;
}
