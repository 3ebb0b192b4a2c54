// What the daemon costs at rest: memory and CPU with 0, 10 and 100 idle processes. Keepers count as part of a process's cost.
import { childrenOf, cpuOf, idleNode, memoryOf, sleep } from '../measure.mjs';
import { sleepers } from './cli.mjs';

const keepersOf = (pid) => childrenOf(pid).map(Number);

export async function daemon({ managers, idleMs, row }) {
  const node = idleNode();
  await sleep(1_000);
  const bare = memoryOf(node.pid);
  node.kill('SIGKILL');
  const atRest = {};
  for (const count of [0, 10, 100]) {
    const found = {};
    for (const manager of managers) {
      manager.run('ping');
      if (count > 0) manager.run('start', sleepers(manager.home, count));
      await sleep(2_000);
      const pid = manager.daemonPid();
      const memory = memoryOf(pid);
      // Keepers are the daemon's children here; the apps themselves are not counted for anybody.
      const keepers =
        manager.name === 'upkeep' && count > 0
          ? keepersOf(pid)
              .map((keeper) => memoryOf(keeper).privateDirty)
              .reduce((a, b) => a + b, 0)
          : 0;
      const cpuBefore = cpuOf(pid);
      if (count === 100) await sleep(idleMs);
      found[manager.name] = { ...memory, keepers, cpu: ((cpuOf(pid) - cpuBefore) / idleMs) * 100 };
      if (count === 0) atRest[manager.name] = memory;
      if (count > 0) manager.run('delete', 'all');
    }
    const { upkeep, pm2 } = found;
    row({
      what: `daemon RSS, ${count} processes`,
      upkeep: upkeep.rss,
      pm2: pm2.rss,
      bare: bare.rss,
      figure: upkeep.rss / bare.rss,
      ...(count === 0 ? { target: '≤ 1.3 ×', met: upkeep.rss / bare.rss <= 1.3 } : {}),
    });
    row({
      what: `daemon private, ${count} processes`,
      upkeep: upkeep.privateDirty,
      pm2: pm2.privateDirty,
      bare: bare.privateDirty,
    });
    if (count < 100) continue;
    const each = (upkeep.privateDirty + upkeep.keepers - atRest.upkeep.privateDirty) / count;
    row({
      what: 'private MB per process, keeper included',
      upkeep: each,
      pm2: (pm2.privateDirty - atRest.pm2.privateDirty) / count,
      bare: null,
      figure: each,
      target: '≤ 0.3',
      met: each <= 0.3,
    });
    row({
      what: 'daemon CPU, 100 idle processes, % of a core',
      upkeep: upkeep.cpu,
      pm2: pm2.cpu,
      bare: null,
      figure: upkeep.cpu,
      target: '≤ 0.2',
      met: upkeep.cpu <= 0.2,
    });
  }
}
