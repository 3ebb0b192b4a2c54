// SIGKILL to the daemon: what becomes of the app, of the requests to it, and how long nobody is in charge. What each contender
// does is recorded as it was seen, in the five seconds after.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { start } from '../contenders.mjs';
import { load, once, SERVER } from '../load.mjs';
import { freePort, median, sleep, waitFor } from '../measure.mjs';

const WATCHED_MS = 5_000;
const INSTANCES = 2;

const takesCalls = (path) =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** @returns ms until another daemon takes calls, or null */
async function untilInCharge(manager, dead, limitMs) {
  // The pid file is written when the next one listens.
  const isThere = async () => {
    try {
      return manager.daemonPid() !== dead && (await takesCalls(manager.socket));
    } catch {
      return false;
    }
  };
  return waitFor(isThere, 'a daemon', limitMs).catch(() => null);
}

async function killOnce(manager, folder) {
  const port = await freePort();
  const script = join(folder, 'server.cjs');
  writeFileSync(script, SERVER);
  const app = { name: 'server', script, env: { PORT: String(port) } };
  manager.wake();
  // supervisord cannot give one port to two.
  const shares = manager.name !== 'supervisord';
  await start(manager, shares ? { ...app, instances: INSTANCES, mode: 'cluster' } : app);
  await waitFor(() => once(port), 'the first answer', 20_000, 10);
  await sleep(1_500);
  const pids = manager.pids();
  const end = load(port);
  await sleep(500);
  const daemon = manager.daemonPid();
  process.kill(daemon, 'SIGKILL');
  const [inCharge] = await Promise.all([untilInCharge(manager, daemon, WATCHED_MS), sleep(WATCHED_MS)]);
  const counts = await end();
  const alive = pids.filter(isAlive).length;
  return { alive: `${alive} of ${pids.length}`, ...counts, inCharge };
}

export async function death({ managers, folder, rounds, row }) {
  const found = {};
  for (const manager of managers) found[manager.name] = await killOnce(manager, folder);
  const each = (of) => Object.fromEntries(Object.entries(found).map(([name, one]) => [name, of(one)]));
  row({ what: 'processes alive 5 s after the SIGKILL', ...each(({ alive }) => alive) });
  const { failed } = found.upkeep;
  row({
    what: 'failed of all requests in these 5 s',
    ...each((one) => `${one.failed} of ${one.answered + one.failed}`),
    figure: failed,
    target: '0',
    met: failed === 0,
  });
  const [upkeep] = managers;
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(300);
    const pid = upkeep.daemonPid();
    process.kill(pid, 'SIGKILL');
    const ms = await untilInCharge(upkeep, pid, 20_000);
    if (ms === null) throw new Error('no daemon within 20 s');
    times.push(ms);
  }
  const ms = median(times);
  row({
    what: 'until a daemon is in charge again, by itself, ms',
    ...each(({ inCharge }) => (inCharge === null ? 'not within 5 s' : inCharge)),
    upkeep: ms,
    figure: ms,
    target: '≤ 500 ms',
    met: ms <= 500,
  });
}
