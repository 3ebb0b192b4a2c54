// How long nobody is in charge after a SIGKILL to the daemon. PM2's apps end with its daemon, so there is nothing to compare.
import { connect } from 'node:net';
import { join } from 'node:path';
import { median, sleep } from '../measure.mjs';

const answers = (path) =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export async function death({ managers, rounds, row }) {
  const [upkeep] = managers;
  upkeep.run('ping');
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(300);
    const pid = upkeep.daemonPid();
    const startedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    // The pid file is written when the next one listens.
    while (upkeep.daemonPid() === pid || !(await answers(join(upkeep.home, 'upkeep.sock')))) await sleep(1);
    times.push(performance.now() - startedAt);
  }
  row({
    what: 'daemon SIGKILL → in charge again',
    upkeep: median(times),
    pm2: null,
    bare: null,
    figure: median(times),
    target: '≤ 500 ms',
    met: median(times) <= 500,
  });
}
