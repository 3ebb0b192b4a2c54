// Throughput of two processes on one port: Upkeep's shared socket, PM2's and Node's own cluster, kept alive and not, and once
// more while another app floods its log.
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { BARE_ENV } from '../contenders.mjs';
import { once } from '../load.mjs';
import { freePort, sleep } from '../measure.mjs';

const SERVER = `require('node:http').createServer((_, r) => r.end('hello')).listen(process.env.PORT, '127.0.0.1');`;
const NODE_CLUSTER = `const cluster = require('node:cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else { ${SERVER} }`;
/** As fast as it is let, but never more than one chunk ahead. */
const FLOOD = `const chunk = ('x'.repeat(99) + '\\n').repeat(100);
const more = () => process.stdout.write(chunk, () => setImmediate(more));
more();`;

const CONNECTIONS = 40;

async function isUp(port) {
  for (let tries = 0; tries < 200; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error(`nothing answers on ${port}`);
}

async function keptAlive(port, seconds) {
  const { requests, latency, errors, non2xx } = await autocannon({
    url: `http://127.0.0.1:${port}/`,
    connections: CONNECTIONS,
    duration: seconds,
  });
  return { rate: requests.average, p50: latency.p50, p99: latency.p99, errors: errors + non2xx };
}

/** autocannon's latencies are wrong for connections that the server closes. */
async function aConnectionEach(port, seconds) {
  const times = [];
  let errors = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < until) {
        const at = performance.now();
        if (await once(port)) times.push(performance.now() - at);
        else errors++;
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (part) => Math.round((times[Math.floor(times.length * part)] ?? Number.NaN) * 10) / 10;
  return { rate: (times.length / (performance.now() - startedAt)) * 1_000, p50: at(0.5), p99: at(0.99), errors };
}

const latency = ({ p50, p99, errors }) => `${p50} / ${p99}; ${errors}`;

/** The three shapes of load, one after another. `flood` starts the other app and gives back how to end it. */
async function measure(port, seconds, flood) {
  await isUp(port);
  const alone = { keptAlive: await keptAlive(port, seconds), aConnectionEach: await aConnectionEach(port, seconds) };
  const end = flood();
  try {
    return { ...alone, flooded: await keptAlive(port, seconds) };
  } finally {
    end();
  }
}

async function bare(home, seconds) {
  const port = await freePort();
  const script = join(home, 'node-cluster.cjs');
  writeFileSync(script, NODE_CLUSTER);
  const server = spawn(process.execPath, [script], { env: { ...BARE_ENV, PORT: String(port) }, stdio: 'ignore' });
  try {
    return await measure(port, seconds, () => {
      const file = openSync(join(home, 'flood.log'), 'w');
      const child = spawn(process.execPath, ['-e', FLOOD], { env: BARE_ENV, stdio: ['ignore', file, 'ignore'] });
      closeSync(file);
      return () => child.kill('SIGKILL');
    });
  } finally {
    server.kill('SIGTERM');
  }
}

async function managed(manager, seconds) {
  const port = await freePort();
  const path = (name) => join(manager.home, name);
  writeFileSync(path('server.cjs'), SERVER);
  writeFileSync(path('flood.cjs'), FLOOD);
  const app = { name: 'server', script: path('server.cjs'), instances: 2, exec_mode: 'cluster', env: { PORT: port } };
  writeFileSync(path('server.json'), JSON.stringify({ apps: [app] }));
  manager.run('start', path('server.json'));
  try {
    return await measure(port, seconds, () => {
      manager.run('start', path('flood.cjs'), '--name', 'flood');
      return () => manager.run('delete', 'flood');
    });
  } finally {
    manager.run('delete', 'all');
  }
}

export async function cluster({ managers, seconds, row }) {
  const results = { bare: await bare(managers[0].home, seconds) };
  for (const manager of managers) results[manager.name] = await managed(manager, seconds);
  for (const [shape, what, least] of [
    ['keptAlive', 'requests/s, kept alive, 2 processes', 0.97],
    ['aConnectionEach', 'requests/s, a connection each, 2 processes', 1.3],
    ['flooded', 'requests/s, kept alive, while another app floods its log', null],
  ]) {
    const [upkeep, pm2, bare] = ['upkeep', 'pm2', 'bare'].map((name) => results[name][shape]);
    row({
      what,
      upkeep: upkeep.rate,
      pm2: pm2.rate,
      bare: bare.rate,
      figure: upkeep.rate / bare.rate,
      target: least === null ? null : `≥ ${least} ×`,
      met: least === null ? null : upkeep.rate / bare.rate >= least,
    });
    row({
      what: 'p50 / p99 of these, ms; failed',
      upkeep: latency(upkeep),
      pm2: latency(pm2),
      bare: latency(bare),
    });
  }
}
