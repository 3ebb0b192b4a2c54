// Counts instructions with valgrind, which no other work on the machine disturbs: the start of the CLI and the pump's inner loop.
// `npm run bench:instructions` compares this tree with the last release that is kept, and fails if something costs over 3 % more;
// with --write the counts are kept as those of the version in package.json, and docs/benchmarks.md is written anew.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { sleepers } from './cases/cli.mjs';
import { contenders, start } from './contenders.mjs';
import { differences, grown, INSTRUCTIONS_FILE, readInstructions } from './instruction-table.mjs';
import { writePage } from './results.mjs';

const RUNS = 3;
/** Two sizes, so that the start of the program falls out of the difference. */
const MEGABYTES = [4, 12];
/**
 * One thread, the same seeds and the same addresses each time: what is left of chance is a few thousand instructions of a
 * hundred million. The compilers stay on: what users run is what counts.
 */
const STEADY = ['--predictable', '--single-threaded', '--hash-seed=1', '--random-seed=1'];
const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

async function count(args, env) {
  const valgrind = [
    '--tool=cachegrind',
    '--cache-sim=no',
    '--cachegrind-out-file=/dev/null',
    '--smc-check=all-non-file',
  ];
  const command = ['-R', 'valgrind', ...valgrind, process.execPath, ...STEADY, ...args];
  const { stderr } = await run('setarch', command, { env, timeout: 900_000, maxBuffer: 1 << 26 });
  const [, text] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  if (text === undefined) throw new Error(`valgrind counted nothing:\n${stderr}`);
  return Number(text.replaceAll(',', ''));
}

/** As often as the spread needs. */
async function counted(args, env, prepare = () => {}) {
  const counts = [];
  for (let round = 0; round < RUNS; round++) {
    prepare();
    counts.push(await count(args, env));
  }
  return counts;
}

/** The median, and by how many per cent the runs differ. */
function summary(what, counts) {
  const sorted = [...counts].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const spread = ((sorted.at(-1) - sorted[0]) / median) * 100;
  // It takes minutes: each figure is told as it comes.
  process.stderr.write(`${what}: ${Math.round(median)}\n`);
  return { count: Math.round(median), spread: Math.round(spread * 1e4) / 1e4 };
}

async function ofTheCli(folder, env) {
  const { managers } = contenders(folder, ['upkeep']);
  const [upkeep] = managers;
  const found = {};
  const note = async (what, words, its = upkeep.env) => {
    found[what] = summary(what, await counted(words, its));
  };
  const cli = (...args) => upkeep.command(...args).command.slice(1);
  try {
    upkeep.wake();
    await note('node -e 0', ['-e', '0'], env);
    await note('upkeep --version', cli('--version'));
    await note('upkeep list, 0 processes', cli('list'));
    await start(upkeep, sleepers(100));
    await note('upkeep list, 100 processes', cli('list'));
    return found;
  } finally {
    upkeep.end();
  }
}

/** One shape of lines, the start of the program taken off. */
async function ofThePump(shape, bundle, folder, env) {
  const [less, more] = [[], []];
  for (const [counts, megabytes] of [
    [less, MEGABYTES[0]],
    [more, MEGABYTES[1]],
  ]) {
    const work = join(folder, `pump-${shape}-${megabytes}`);
    const prepare = () => {
      rmSync(work, { recursive: true, force: true });
      mkdirSync(work);
      execFileSync('mkfifo', [join(work, 'fifo')]);
    };
    const args = [join(ROOT, 'bench/pump-loop.cjs'), bundle, work, String(megabytes), shape];
    counts.push(...(await counted(args, env, prepare)));
  }
  const each = more.map((all, round) => (all - less[round]) / (MEGABYTES[1] - MEGABYTES[0]));
  const what = `pump, a MB, ${shape}`;
  return { [what]: summary(what, each) };
}

async function bundlePump(folder) {
  const build = await rolldown({ input: join(ROOT, 'src/logs/plumbing.ts'), platform: 'node' });
  const bundle = join(folder, 'plumbing.cjs');
  await build.write({ file: bundle, format: 'cjs', minify: true });
  await build.close();
  return bundle;
}

if (spawnSync('valgrind', ['--version']).status !== 0)
  throw new Error('valgrind is not installed: Debian package `valgrind`');
const folder = mkdtempSync(join(tmpdir(), 'bench-instructions-'));
const { PATH, HOME, LANG } = process.env;
let counts;
try {
  const env = { PATH, HOME, LANG };
  const bundle = await bundlePump(folder);
  const pumps = ['raw', 'dates', 'json'].map((shape) => ofThePump(shape, bundle, folder, env));
  counts = Object.assign({}, ...(await Promise.all([ofTheCli(folder, env), ...pumps])));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const kept = readInstructions();
const entry = {
  version,
  at: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  valgrind: spawnSync('valgrind', ['--version'], { encoding: 'utf8' }).stdout.trim(),
  counts,
};
console.log(differences(entry, kept.at(-1)));
if (process.argv.includes('--write')) {
  writeFileSync(
    INSTRUCTIONS_FILE,
    `${JSON.stringify([...kept.filter((one) => one.version !== version), entry], null, 2)}\n`,
  );
  writePage();
} else if (grown(entry, kept.at(-1)).length > 0) process.exitCode = 1;
