// `npm run soak -- --minutes 60 [--seed n] [--snapshots folder]`: the soak for as long as one likes. The same test runs, short, with all
// others; without this the hour would need variables that nobody remembers.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, snapshots: { type: 'string' } },
});
const env = { ...process.env, UPKEEP_SOAK_MINUTES: values.minutes };
if (!(Number(values.minutes) > 0)) throw new Error(`--minutes ${values.minutes} is no time`);
if (values.seed !== undefined) env.UPKEEP_SOAK_SEED = values.seed;
if (values.snapshots !== undefined) {
  env.UPKEEP_SOAK_SNAPSHOTS = resolve(values.snapshots);
  mkdirSync(env.UPKEEP_SOAK_SNAPSHOTS, { recursive: true });
}
const { status } = spawnSync('npx', ['vitest', 'run', 'test/soak'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
