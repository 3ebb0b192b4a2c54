// npm run test:faults: hands the options on to the tests, which vitest would not take itself.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const HELP = `npm run test:faults -- [options]

  --seed <n>        the order of the cells and the moments; default: of the time
  --budget <s>      no new cell after so many seconds; default 300
  --all             every cell, however long it takes
  --only <pattern>  victim/fault/moment, * for any; several with commas
  --results <file>  results are appended to it, a JSON object a line
  --write           writes the table into docs/guarantees.md: of all runs in --results, or of this run`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    budget: { type: 'string', default: '300' },
    only: { type: 'string' },
    results: { type: 'string' },
    all: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const env = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [
    `UPKEEP_MATRIX_${name.toUpperCase()}`,
    typeof value === 'boolean' ? String(Number(value)) : value,
  ]),
);
const { status } = spawnSync('npx', ['vitest', 'run', 'test/faults/matrix'], {
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
process.exit(status ?? 1);
