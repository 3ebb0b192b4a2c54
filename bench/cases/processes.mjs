// How long it takes until so many processes are there, from one command, against a bare loop of spawns.
import { spawn } from 'node:child_process';
import { BARE_ENV } from '../contenders.mjs';
import { median, waitFor } from '../measure.mjs';
import { sleepers } from './cli.mjs';

async function bareStart(count) {
  const startedAt = performance.now();
  const children = await Promise.all(
    Array.from({ length: count }, () => {
      const child = spawn('sleep', ['100000'], { env: BARE_ENV, stdio: ['pipe', 'pipe', 'pipe'] });
      return new Promise((resolve) => child.once('spawn', () => resolve(child)));
    }),
  );
  const ms = performance.now() - startedAt;
  for (const child of children) child.kill('SIGKILL');
  return ms;
}

/** @returns ms until all pids exist, and until the command returned */
export async function timeStart(manager, app) {
  manager.wake();
  const wanted = manager.count() + app.instances;
  const { command, env } = manager.starting(app);
  const startedAt = performance.now();
  const child = spawn(command[0], command.slice(1), { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', () => resolve(performance.now() - startedAt)));
  await waitFor(() => manager.count() >= wanted, `${wanted} pids under ${manager.name}`, 120_000, 2);
  const pidsMs = performance.now() - startedAt;
  return { pidsMs, returnedMs: await ended };
}

export async function processes({ managers, counts, rounds, row }) {
  for (const count of counts) {
    const found = { bare: [] };
    for (let round = 0; round < rounds; round++) {
      found.bare.push({ pidsMs: await bareStart(count) });
      for (const manager of managers) {
        found[manager.name] ??= [];
        found[manager.name].push(await timeStart(manager, sleepers(count, `sleeper-${count}-${round}`)));
        manager.clear();
        await waitFor(() => manager.count() === 0, `${manager.name} to have ended all`);
      }
    }
    const of = (key) =>
      Object.fromEntries(
        Object.entries(found)
          .filter(([, times]) => times[0][key] !== undefined)
          .map(([name, times]) => [name, median(times.map((time) => time[key]))]),
      );
    const times = of('pidsMs');
    const figure = times.upkeep / times.bare;
    const aim = count === 300 ? { target: '≤ 2 ×', met: figure <= 2 } : {};
    row({ what: `start of ${count}, until all pids exist, ms`, ...times, figure, ...aim });
    row({ what: `start of ${count}, until the command returns, ms`, ...of('returnedMs') });
  }
}
