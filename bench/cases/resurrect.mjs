// After a reboot: how long until the saved list is up again, from one command and without a daemon. For supervisord, whose list
// is its configuration, that is its own start.
import { start } from '../contenders.mjs';
import { median, ran, waitFor } from '../measure.mjs';
import { sleepers } from './cli.mjs';

export async function resurrect({ managers, count, rounds, row }) {
  const found = {};
  for (const manager of managers) {
    const times = [];
    manager.wake();
    await start(manager, sleepers(count));
    const isNode = manager.name !== 'supervisord';
    if (isNode) manager.run('save');
    for (let round = 0; round < rounds; round++) {
      if (isNode) manager.run('kill');
      else manager.end();
      await waitFor(() => manager.count() === 0, `${manager.name} to have ended`, 60_000, 20);
      const startedAt = performance.now();
      const returned = ran(isNode ? manager.command('resurrect') : manager.waking);
      await waitFor(() => manager.count() >= count, `${count} processes under ${manager.name}`, 60_000, 2);
      times.push(performance.now() - startedAt);
      await returned;
    }
    found[manager.name] = median(times);
    manager.clear();
  }
  row({ what: `resurrect of ${count}, until all pids exist, ms`, ...found });
}
