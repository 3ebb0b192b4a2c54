// Throughput of two processes on one port: Upkeep's shared socket, PM2's and Node's own cluster, kept alive and not.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { BARE_ENV } from '../contenders.mjs';
import { sleep } from '../measure.mjs';

const SERVER = `require('node:http').createServer((_, r) => r.end('hello')).listen(process.env.PORT, '127.0.0.1');`;
const NODE_CLUSTER = `const cluster = require('node:cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else { ${SERVER} }`;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function load(port, seconds, keepAlive) {
  for (let tries = 0; tries < 200; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (up) break;
    await sleep(50);
  }
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/`,
    connections: 40,
    duration: seconds,
    ...(keepAlive ? {} : { headers: { connection: 'close' } }),
  });
  return {
    rate: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    errors: result.errors + result.non2xx,
  };
}

export async function cluster({ managers, seconds, row }) {
  const rates = { true: {}, false: {} };
  const measure = async (name, port) => {
    for (const keepAlive of [true, false]) rates[keepAlive][name] = await load(port, seconds, keepAlive);
  };
  const port = await freePort();
  const script = join(managers[0].home, 'node-cluster.cjs');
  writeFileSync(script, NODE_CLUSTER);
  const child = spawn(process.execPath, [script], { env: { ...BARE_ENV, PORT: String(port) }, stdio: 'ignore' });
  await measure('bare', port);
  child.kill('SIGTERM');
  for (const manager of managers) {
    const own = await freePort();
    const app = join(manager.home, 'server.json');
    writeFileSync(join(manager.home, 'server.cjs'), SERVER);
    writeFileSync(
      app,
      JSON.stringify({
        apps: [
          {
            name: 'server',
            script: join(manager.home, 'server.cjs'),
            instances: 2,
            exec_mode: 'cluster',
            env: { PORT: own },
          },
        ],
      }),
    );
    manager.run('start', app);
    await measure(manager.name, own);
    manager.run('delete', 'all');
  }
  for (const [keepAlive, what, least] of [
    [true, 'requests/s, kept alive, 2 processes', 0.97],
    [false, 'requests/s, a connection each, 2 processes', 1.3],
  ]) {
    const { upkeep, pm2, bare } = rates[keepAlive];
    row({
      what,
      upkeep: upkeep.rate,
      pm2: pm2.rate,
      bare: bare.rate,
      figure: upkeep.rate / bare.rate,
      target: `≥ ${least} ×`,
      met: upkeep.rate / bare.rate >= least,
    });
    row({
      what: 'p50 / p99 of these, ms',
      upkeep: `${upkeep.p50} / ${upkeep.p99}`,
      pm2: `${pm2.p50} / ${pm2.p99}`,
      bare: `${bare.p50} / ${bare.p99}`,
    });
  }
}
