// How evenly long-lived connections that are opened slowly end up on four processes, and how long each waits for its first
// byte: Upkeep's shared socket, PM2's cluster, and Node's own, by turns and with a shared handle.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BARE_ENV } from '../contenders.mjs';
import { freePort, median, sleep } from '../measure.mjs';

const WORKERS = 4;
const CONNECTIONS = 40;
const EVERY_MS = 20;

const SERVER = `require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.write(process.pid + '\\n');
}).listen(+process.env.PORT, '127.0.0.1');`;
const NODE_CLUSTER = `const cluster = require('node:cluster');
if (cluster.isPrimary) for (let i = 0; i < ${WORKERS}; i++) cluster.fork(); else { ${SERVER} }`;

function open(port) {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data) => resolve({ socket, pid: Number(data), tookMs: performance.now() - startedAt }));
  });
}

async function allUp(port) {
  const seen = new Set();
  for (let tries = 0; tries < 2_000 && seen.size < WORKERS; tries++) {
    const answered = await Promise.all(Array.from({ length: WORKERS }, () => open(port).catch(() => null)));
    for (const one of answered) {
      if (one === null) continue;
      seen.add(one.pid);
      one.socket.destroy();
    }
    await sleep(10);
  }
  if (seen.size < WORKERS) throw new Error(`only ${seen.size} processes answered`);
}

/** The fullest against the mean in the worst round, what that round looked like, and the slowest first byte. */
async function measure(port, rounds) {
  await allUp(port);
  const mean = CONNECTIONS / WORKERS;
  let worst = { factor: 0, counts: '' };
  const slowest = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(1_000);
    const opened = [];
    for (let i = 0; i < CONNECTIONS; i++) {
      opened.push(await open(port));
      await sleep(EVERY_MS);
    }
    const counts = new Map();
    for (const { pid, socket } of opened) {
      counts.set(pid, (counts.get(pid) ?? 0) + 1);
      socket.destroy();
    }
    const sorted = [...counts.values(), ...Array(WORKERS - counts.size).fill(0)].sort((a, b) => b - a);
    if (sorted[0] / mean > worst.factor) worst = { factor: sorted[0] / mean, counts: sorted.join('/') };
    slowest.push(Math.max(...opened.map(({ tookMs }) => tookMs)));
  }
  return { ...worst, slowestMs: median(slowest) };
}

async function bare(home, rounds, policy) {
  const port = await freePort();
  const script = join(home, 'node-cluster-spread.cjs');
  writeFileSync(script, NODE_CLUSTER);
  const env = { ...BARE_ENV, PORT: String(port), NODE_CLUSTER_SCHED_POLICY: policy };
  const child = spawn(process.execPath, [script], { env, stdio: 'ignore' });
  try {
    return await measure(port, rounds);
  } finally {
    child.kill('SIGTERM');
  }
}

async function managed(manager, rounds) {
  const port = await freePort();
  const script = join(manager.home, 'chat.cjs');
  writeFileSync(script, SERVER);
  const app = { name: 'chat', script, instances: WORKERS, exec_mode: 'cluster', env: { PORT: port } };
  const file = join(manager.home, 'chat.json');
  writeFileSync(file, JSON.stringify({ apps: [app] }));
  manager.run('start', file);
  const result = await measure(port, rounds);
  manager.run('delete', 'all');
  return result;
}

export async function spread({ managers, rounds, row }) {
  const results = { bare: await bare(managers[0].home, rounds, 'rr') };
  const shared = await bare(managers[0].home, rounds, 'none');
  for (const manager of managers) results[manager.name] = await managed(manager, rounds);
  const { upkeep, pm2 } = results;
  row({
    what: `${CONNECTIONS} connections that stay, one every ${EVERY_MS} ms, on ${WORKERS} processes: worst of ${rounds} rounds`,
    upkeep: upkeep.counts,
    pm2: pm2.counts,
    bare: results.bare.counts,
    figure: upkeep.factor,
    target: '≤ 1.3 × the mean',
    met: upkeep.factor <= 1.3,
  });
  row({ what: "the same, Node's own cluster with a shared handle", bare: shared.counts });
  row({
    what: 'slowest first byte of these, ms',
    upkeep: upkeep.slowestMs,
    pm2: pm2.slowestMs,
    bare: results.bare.slowestMs,
  });
}
