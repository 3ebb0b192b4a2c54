// How cost grows from 10 to 1000 small processes: the list, memory, CPU at rest and the start of those that are added. What is
// cheap with ten and dear with a thousand is not seen in any other case.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf } from '../contenders.mjs';
import { memoryOf, sleep, waitFor } from '../measure.mjs';
import { listTimes, sleepers } from './cli.mjs';
import { idleCpu } from './daemon.mjs';
import { timeStart } from './processes.mjs';

const total = (cost) => cost.private + cost.keepers.private;

async function measure(managers, count, startMs, { idleMs, rounds }) {
  await sleep(3_000);
  const cpu = await idleCpu(managers, idleMs);
  const times = listTimes(managers, rounds);
  const points = managers.map((manager) => ({
    name: manager.name,
    count,
    listMs: times[manager.name],
    daemonMb: total(costOf(manager)),
    idleCpu: cpu[manager.name],
    startMs: startMs[manager.name],
  }));
  return [...points, { name: 'bare', count, listMs: times.bare }];
}

export async function growth({ managers, folder, counts, nodeCounts, row, point, ...settings }) {
  await nodeApps(managers, folder, nodeCounts, row);
  // New daemons, whose memory knows nothing of what was before.
  for (const manager of managers) {
    manager.clear();
    manager.end();
    await waitFor(() => manager.count() === 0, `${manager.name} to have ended`);
    manager.wake();
  }
  let sofar = 0;
  for (const count of counts) {
    const startMs = {};
    for (const manager of managers) {
      const { pidsMs } = await timeStart(manager, sleepers(count - sofar, `sleeper-${count}`));
      startMs[manager.name] = pidsMs / (count - sofar);
    }
    sofar = count;
    const points = await measure(managers, count, startMs, settings);
    for (const one of points) point(one);
    const each = (key) => Object.fromEntries(points.map((one) => [one.name, one[key]]));
    row({ what: `${count} processes: list, ms`, ...each('listMs') });
    row({ what: `${count} processes: daemon and keepers, private MB`, ...each('daemonMb') });
    row({ what: `${count} processes: CPU at rest, % of a core`, ...each('idleCpu') });
    row({ what: `${count} processes: start, ms for each that was added`, ...each('startMs') });
  }
}

/** What a Node program itself costs, beside which the manager's share is small. */
async function nodeApps(managers, folder, counts, row) {
  const script = join(folder, 'idle.cjs');
  writeFileSync(script, 'setInterval(() => {}, 1e6);');
  for (const manager of managers) manager.wake();
  let sofar = 0;
  for (const count of counts) {
    const [startMs, memory] = [{}, {}];
    for (const manager of managers) {
      const { pidsMs } = await timeStart(manager, { name: `idle-${count}`, script, instances: count - sofar });
      startMs[manager.name] = pidsMs / (count - sofar);
    }
    await sleep(5_000);
    for (const manager of managers) {
      const each = manager.pids().map((pid) => memoryOf(pid).private);
      memory[manager.name] = each.reduce((a, b) => a + b, 0) / each.length;
    }
    sofar = count;
    row({ what: `${count} idle Node programs: start, ms for each that was added`, ...startMs });
    row({ what: `${count} idle Node programs: private MB of each`, ...memory });
  }
}
