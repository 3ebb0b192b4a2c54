// Runs the cases side by side and prints one table: `npm run bench -- [--quick] [--write] [--only case]`. Whatever happens,
// what was started is ended.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli } from './cases/cli.mjs';
import { cluster } from './cases/cluster.mjs';
import { daemon } from './cases/daemon.mjs';
import { death } from './cases/death.mjs';
import { logs } from './cases/logs.mjs';
import { processes } from './cases/processes.mjs';
import { runtime } from './cases/runtime.mjs';
import { scrape } from './cases/scrape.mjs';
import { spread } from './cases/spread.mjs';
import { watching } from './cases/watching.mjs';
import { pm2, upkeep } from './contenders.mjs';
import { document, table } from './report.mjs';

// On Node 20 it adds 45 to 80 ms to every start of every contender.
delete process.env.NODE_EXTRA_CA_CERTS;

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const only = words.includes('--only') ? words[words.indexOf('--only') + 1] : null;

const CASES = { cli, daemon, processes, logs, death, cluster, spread, runtime, watching, scrape };
const SETTINGS = {
  cli: { rounds: quick ? 7 : 21 },
  daemon: { idleMs: quick ? 5_000 : 20_000 },
  processes: { rounds: quick ? 3 : 9, counts: quick ? [50] : [50, 300] },
  logs: { megabytes: quick ? 50 : 200, rounds: quick ? 1 : 3 },
  death: { rounds: quick ? 3 : 11 },
  cluster: { seconds: quick ? 1 : 4 },
  runtime: { rounds: quick ? 15 : 51, seconds: quick ? 1 : 3 },
  spread: { rounds: quick ? 3 : 7 },
  scrape: { rounds: quick ? 5 : 15, count: quick ? 100 : 500 },
  watching: { spanMs: quick ? 5_000 : 20_000 },
};

const rows = [];
for (const [name, run] of Object.entries(CASES)) {
  if (only !== null && only !== name) continue;
  const managers = [upkeep(), pm2()];
  try {
    process.stderr.write(`${name} …\n`);
    await run({ managers, ...SETTINGS[name], row: (row) => rows.push(row) });
  } catch (error) {
    rows.push({ what: `${name} failed: ${String(error.message).split('\n')[0]}`, met: false });
    process.exitCode = 1;
  } finally {
    for (const manager of managers) manager.end();
  }
}
console.log(table(rows));
if (words.includes('--write'))
  writeFileSync(
    join(import.meta.dirname, '../docs/benchmarks.md'),
    document(rows, `npm run bench -- ${words.join(' ')}`),
  );
