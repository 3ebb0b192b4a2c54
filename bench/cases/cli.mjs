// How long a user waits for `list` and `--version`. Without the bare Node beside it the figure would only tell of the machine.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BARE_ENV } from '../contenders.mjs';
import { interleaved } from '../measure.mjs';

export const sleepers = (home, count) => {
  const file = join(home, `sleepers-${count}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      apps: [
        {
          name: 'sleeper',
          script: 'sleep',
          args: '100000',
          interpreter: 'none',
          exec_mode: 'fork',
          instances: count,
          merge_logs: true,
        },
      ],
    }),
  );
  return file;
};

export async function cli({ managers, rounds, row }) {
  const bare = { command: [process.execPath, '-e', '0'], env: BARE_ENV };
  for (const count of [0, 10, 100]) {
    for (const manager of managers) {
      manager.run('ping');
      if (count > 0) manager.run('start', sleepers(manager.home, count));
    }
    const times = interleaved([...managers.map((manager) => manager.command('list')), bare], rounds);
    row({
      what: `list, ${count} processes`,
      upkeep: times[0],
      pm2: times[1],
      bare: times[2],
      figure: times[0] / times[2],
      target: '≤ 1.6 ×',
      met: times[0] / times[2] <= 1.6,
    });
    for (const manager of managers) if (count > 0) manager.run('delete', 'all');
  }
  const times = interleaved([...managers.map((manager) => manager.command('--version')), bare], rounds);
  row({ what: '--version', upkeep: times[0], pm2: times[1], bare: times[2], figure: times[0] / times[2] });
}
