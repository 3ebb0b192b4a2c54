// How fast processes come: after a crash, and many at once, against a bare loop of spawns.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, waitFor } from '../measure.mjs';
import { sleepers } from './cli.mjs';

export async function processes({ managers, rounds, counts, row }) {
  const respawn = {};
  for (const manager of managers) {
    const script = join(manager.home, 'app.js');
    writeFileSync(script, 'setInterval(() => {}, 1000)');
    manager.run('start', script, '--name', 'app');
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const pid = manager.pidOf('app-0.pid');
      // Past min_uptime, so that the rules for unstable lives do not come in.
      await waitFor(() => performance.now() > 0, 'the clock');
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      process.kill(pid, 'SIGKILL');
      times.push(await waitFor(() => ![0, pid].includes(manager.pidOf('app-0.pid')), 'the replacement', 20_000, 0.2));
    }
    respawn[manager.name] = median(times);
    manager.run('delete', 'all');
  }
  row({
    what: 'crash → replacement spawned',
    upkeep: respawn.upkeep,
    pm2: respawn.pm2,
    bare: null,
    figure: respawn.upkeep,
    target: '≤ 15 ms',
    met: respawn.upkeep <= 15,
  });

  for (const count of counts) {
    const bareStart = performance.now();
    const children = await Promise.all(
      Array.from({ length: count }, () => {
        const child = spawn('sleep', ['100000'], { stdio: ['pipe', 'pipe', 'pipe'] });
        return new Promise((resolve) => child.once('spawn', () => resolve(child)));
      }),
    );
    const bare = performance.now() - bareStart;
    for (const child of children) child.kill('SIGKILL');
    const found = {};
    for (const manager of managers) {
      manager.run('ping');
      const file = sleepers(manager.home, count);
      const { command, env } = manager.command('start', file);
      const startedAt = performance.now();
      const child = spawn(command[0], command.slice(1), { env, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await waitFor(() => manager.pids() >= count, `${count} pids under ${manager.name}`, 120_000, 2);
      found[manager.name] = performance.now() - startedAt;
      await ended;
      manager.run('delete', 'all');
    }
    row({
      what: `start of ${count}, until all pids exist`,
      upkeep: found.upkeep,
      pm2: found.pm2,
      bare,
      figure: found.upkeep / bare,
      ...(count === 300 ? { target: '≤ 2 ×', met: found.upkeep / bare <= 2 } : {}),
    });
  }
}
