// What a daemon costs at rest: memory with 0, 10 and 100 idle processes, and CPU. Upkeep's keepers, a shell above each process,
// count as its cost.
import { costOf, start } from '../contenders.mjs';
import { fineCpuOf, idleNode, memoryOf, sleep } from '../measure.mjs';
import { sleepers } from './cli.mjs';

/** All at once, so that the same moment of the machine is compared. @returns % of a core by name */
export async function idleCpu(managers, idleMs) {
  const before = managers.map((manager) => fineCpuOf(manager.daemonPid()));
  const startedAt = performance.now();
  await sleep(idleMs);
  const tookMs = performance.now() - startedAt;
  return Object.fromEntries(
    managers.map((manager, i) => [manager.name, ((fineCpuOf(manager.daemonPid()) - before[i]) / tookMs) * 100]),
  );
}

async function bareMemory() {
  const node = idleNode();
  await sleep(1_000);
  const memory = memoryOf(node.pid);
  node.kill('SIGKILL');
  return memory;
}

export async function daemon({ managers, counts, idleMs, row }) {
  const bare = await bareMemory();
  const first = {};
  let sofar = 0;
  for (const count of counts) {
    for (const manager of managers) {
      manager.wake();
      if (count > sofar) await start(manager, sleepers(count - sofar, `sleeper-${count}`));
    }
    sofar = count;
    await sleep(3_000);
    const costs = Object.fromEntries(managers.map((manager) => [manager.name, costOf(manager)]));
    if (count === 0) Object.assign(first, costs);
    const each = (of) => Object.fromEntries(managers.map(({ name }) => [name, of(costs[name], name)]));
    const factor = costs.upkeep.rss / bare.rss;
    row({
      what: `daemon RSS, ${count} processes, MB`,
      ...each(({ rss }) => rss),
      bare: bare.rss,
      figure: factor,
      ...(count === 0 ? { target: '≤ 1.3 ×', met: factor <= 1.3 } : {}),
    });
    row({ what: `daemon PSS, ${count} processes, MB`, ...each(({ pss }) => pss), bare: bare.pss });
    row({ what: `daemon private, ${count} processes, MB`, ...each((cost) => cost.private), bare: bare.private });
    if (count === 0 || count !== counts.at(-1)) continue;
    const grown = (key) =>
      each((cost, name) => (cost[key] + cost.keepers[key] - first[name][key] - first[name].keepers[key]) / count);
    const mine = grown('private').upkeep;
    row({
      what: 'private MB for each process, keeper included',
      ...grown('private'),
      figure: mine,
      target: '≤ 0.3',
      met: mine <= 0.3,
    });
    row({ what: 'PSS MB for each process, keeper included', ...grown('pss') });
    const cpu = await idleCpu(managers, idleMs);
    row({
      what: `daemon CPU, ${count} idle processes, % of a core`,
      ...cpu,
      figure: cpu.upkeep,
      target: '≤ 0.2',
      met: cpu.upkeep <= 0.2,
    });
  }
}
