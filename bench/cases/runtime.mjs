// What the preloaded runtime costs an app: start-up time, requests per second, memory. The daemon's own cost is left out:
// a stand-in answers the agent line, and both sides run the same program from the same loop.
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { BARE_ENV } from '../contenders.mjs';
import { interleaved, median, memoryOf, sleep } from '../measure.mjs';

const RUNTIME = join(import.meta.dirname, '../../dist/runtime.cjs');
const SERVER = `require('node:http').createServer((_, r) => r.end('hello')).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
/** A line of its own, as the daemon has it: it listens and says nothing. */
const LINE = `require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.resume(); }).listen(process.argv[1], () => console.log('up'));`;

const firstLine = (child) =>
  new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk).trim())));

/** As the keeper passes the channel on: under a name of ours. */
const KEEPER =
  'export UPKEEP_CHANNEL="$NODE_CHANNEL_FD"; unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE; exec "$@"';

/** @returns the server's port and process, and how long it took until it listened */
async function startServer(script, preload, env) {
  const startedAt = performance.now();
  const command = ['-c', KEEPER, 'keeper', process.execPath, ...preload, script];
  const child = spawn('/bin/sh', command, { env, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const port = Number(await firstLine(child));
  const ms = performance.now() - startedAt;
  child.stdout.resume();
  return { child, port, ms };
}

async function rateOf(port, seconds) {
  const { requests, errors, non2xx } = await autocannon({
    url: `http://127.0.0.1:${port}/`,
    connections: 20,
    duration: seconds,
  });
  if (errors + non2xx > 0) throw new Error(`${errors + non2xx} requests failed`);
  return requests.average;
}

export async function runtime({ managers, rounds, seconds, row }) {
  const { home } = managers[0];
  const socket = join(home, 'bench-agent.sock');
  rmSync(socket, { force: true });
  const line = spawn(process.execPath, ['-e', LINE, socket], { env: BARE_ENV, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await firstLine(line);
    const guest = { ...BARE_ENV, UPKEEP_AGENT: socket, UPKEEP_TOKEN: 'bench', UPKEEP_HELD: '[]' };
    const variants = [
      ['bare', [], BARE_ENV],
      ['guest', ['--require', RUNTIME], guest],
    ];
    const startUp = (what, bareMs, guestMs) =>
      row({
        what: `runtime: start-up, ${what}`,
        upkeep: guestMs,
        bare: bareMs,
        figure: guestMs - bareMs,
        target: '≤ 5 ms',
        met: guestMs - bareMs <= 5,
      });
    // It ends with its first statement, so that nothing but the way to it is measured.
    const first = join(home, 'first.cjs');
    writeFileSync(first, 'process.reallyExit(0);');
    const [bareMs, guestMs] = interleaved(
      variants.map(([, preload, env]) => ({ command: [process.execPath, ...preload, first], env })),
      rounds,
    );
    startUp('until the first line of an empty program', bareMs, guestMs);

    const script = join(home, 'runtime-server.cjs');
    writeFileSync(script, SERVER);
    const times = { guest: [], bare: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [name, preload, env] of variants) {
        const { child, ms } = await startServer(script, preload, env);
        child.kill('SIGKILL');
        times[name].push(ms);
      }
    }
    startUp('until an HTTP server listens', median(times.bare), median(times.guest));

    const rates = { guest: [], bare: [] };
    const memory = { guest: [], bare: [] };
    for (let round = 0; round < Math.max(3, Math.floor(rounds / 7)); round++) {
      for (const [name, preload, env] of variants) {
        const { child, port } = await startServer(script, preload, env);
        try {
          await sleep(300);
          memory[name].push(memoryOf(child.pid).rss);
          await rateOf(port, 1);
          rates[name].push(await rateOf(port, seconds));
        } finally {
          child.kill('SIGKILL');
        }
      }
    }
    const rate = { guest: median(rates.guest), bare: median(rates.bare) };
    row({
      what: 'runtime: requests/s, kept alive, one process',
      upkeep: rate.guest,
      bare: rate.bare,
      figure: rate.guest / rate.bare,
      target: '≥ 0.97 ×',
      met: rate.guest / rate.bare >= 0.97,
    });
    const rss = { guest: median(memory.guest), bare: median(memory.bare) };
    row({
      what: 'runtime: memory of an HTTP server, RSS',
      upkeep: rss.guest,
      bare: rss.bare,
      figure: rss.guest - rss.bare,
      target: '≤ 2 MB',
      met: rss.guest - rss.bare <= 2,
    });
  } finally {
    line.kill('SIGKILL');
  }
}
