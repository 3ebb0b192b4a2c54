/**
 * `npm run fuzz -- --minutes 30`: the tests of hostile input again and again, with more tries and another seed each time, until
 * the time is over or one fails. It prints how to repeat a failure.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' }, runs: { type: 'string', default: '5' } },
});
const until = Date.now() + Number(values.minutes) * 60_000;
const files = positionals.length > 0 ? positionals : ['test/hostile'];
for (let round = 1; round === 1 || Date.now() < until; round++) {
  const seed = process.env.FUZZ_SEED ?? String(randomInt(2 ** 31));
  const again = `FUZZ_SEED=${seed} FUZZ_RUNS=${values.runs} npx vitest run ${files.join(' ')}`;
  process.stdout.write(`round ${round}: ${again}\n`);
  const { status } = spawnSync('npx', ['vitest', 'run', '--reporter=dot', '--testTimeout=1800000', ...files], {
    stdio: 'inherit',
    env: { ...process.env, FUZZ_SEED: seed, FUZZ_RUNS: values.runs },
  });
  if (status !== 0) {
    process.stdout.write(`it failed; once more: ${again}\n`);
    process.exit(1);
  }
}
