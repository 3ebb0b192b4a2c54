// A reload of two clustered processes under load: how long it takes and how many requests fail. supervisord has no reload: what
// it has instead is a restart of the one process that can have the port.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../contenders.mjs';
import { load, once, SERVER } from '../load.mjs';
import { freePort, median, ran, sleep, waitFor } from '../measure.mjs';

async function measure(manager, folder, rounds) {
  const script = join(folder, 'server.cjs');
  writeFileSync(script, SERVER);
  const port = await freePort();
  const isCluster = manager.name !== 'supervisord';
  const app = { name: 'server', script, env: { PORT: String(port) } };
  manager.wake();
  await start(manager, isCluster ? { ...app, instances: 2, mode: 'cluster' } : app);
  await waitFor(() => once(port), 'the first answer', 20_000, 10);
  const reloading = isCluster ? manager.command('reload', 'server') : manager.command('restart', 'server:*');
  const counts = { answered: 0, failed: 0 };
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const end = load(port);
    await sleep(500);
    times.push((await ran(reloading)).ms);
    await sleep(500);
    const { answered, failed } = await end();
    counts.answered += answered;
    counts.failed += failed;
  }
  manager.clear();
  return { ms: median(times), ...counts };
}

export async function reload({ managers, folder, rounds, row }) {
  const found = {};
  for (const manager of managers) found[manager.name] = await measure(manager, folder, rounds);
  const each = (of) => Object.fromEntries(Object.entries(found).map(([name, one]) => [name, of(one)]));
  row({ what: 'reload of 2 clustered processes under load, ms', ...each(({ ms }) => ms) });
  row({
    what: `failed of all requests during ${rounds} reloads`,
    ...each(({ answered, failed }) => `${failed} of ${answered + failed}`),
    figure: found.upkeep.failed,
    target: '0',
    met: found.upkeep.failed === 0,
  });
}
