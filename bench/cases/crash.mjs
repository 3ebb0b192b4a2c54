// A crash: how long until there is another process, and until somebody gets an answer again. What counts for a user is the
// answer, most of which is the program's own boot: so a bare start of the same program stands beside it.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BARE_ENV, start } from '../contenders.mjs';
import { once, SERVER } from '../load.mjs';
import { freePort, median, sleep, waitFor } from '../measure.mjs';

/** Asks again and again. @returns ms until the first answer, and how many attempts failed before it */
async function untilAnswered(port) {
  let failed = 0;
  const ms = await waitFor(
    async () => {
      const isAnswered = await once(port);
      if (!isAnswered) failed++;
      return isAnswered;
    },
    `an answer on ${port}`,
    20_000,
  );
  return { ms, failed };
}

async function bareBoot(script, rounds) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const port = await freePort();
    const child = spawn(process.execPath, [script], { env: { ...BARE_ENV, PORT: String(port) }, stdio: 'ignore' });
    times.push((await untilAnswered(port)).ms);
    child.kill('SIGKILL');
  }
  return median(times);
}

export async function crash({ managers, folder, rounds, row }) {
  const script = join(folder, 'server.cjs');
  writeFileSync(script, SERVER);
  const found = {};
  for (const manager of managers) {
    const port = await freePort();
    manager.wake();
    await start(manager, { name: 'server', script, env: { PORT: String(port) } });
    await untilAnswered(port);
    const lives = [];
    for (let round = 0; round < rounds; round++) {
      // Past what each of them takes for an unstable life.
      await sleep(1_300);
      const [pid] = manager.pids();
      process.kill(pid, 'SIGKILL');
      const answer = untilAnswered(port);
      const isBack = () => manager.pids().some((one) => one !== pid && one !== 0);
      const spawned = await waitFor(isBack, 'the replacement', 20_000, 0.2);
      lives.push({ spawned, ...(await answer) });
    }
    const of = (key) => median(lives.map((life) => life[key]));
    found[manager.name] = { spawned: of('spawned'), ms: of('ms'), failed: of('failed') };
    manager.clear();
  }
  const each = (key) => Object.fromEntries(Object.entries(found).map(([name, life]) => [name, life[key]]));
  const { spawned } = found.upkeep;
  row({
    what: 'crash → replacement spawned, ms',
    ...each('spawned'),
    figure: spawned,
    target: '≤ 15 ms',
    met: spawned <= 15,
  });
  row({ what: 'crash → first answer, ms', ...each('ms'), bare: await bareBoot(script, rounds) });
  row({ what: 'failed attempts of one client meanwhile', ...each('failed') });
}
