// Runs the cases side by side: `npm run bench -- [--quick] [--only case,case] [--write]`. With --write the rows of the cases
// that ran replace theirs in results.json, from which docs/benchmarks.md is written; the others keep theirs with their dates.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES } from './cases.mjs';
import { install } from './contenders.mjs';
import { endLeftovers } from './leftovers.mjs';
import { machine, readResults, writePage, writeResults } from './results.mjs';
import { table } from './tables.mjs';

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const names = words.includes('--only') ? words[words.indexOf('--only') + 1].split(',') : Object.keys(CASES);
const unknown = names.filter((name) => CASES[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no such case: ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}`);

/** A machine that is busy must not make a morning of it. */
const ALL_LIMIT_S = 24 * 60;

install();
// On Node 20 it adds 45 to 80 ms to every start of every contender; only an installation may need it.
const { NODE_EXTRA_CA_CERTS: _, ...ENV } = process.env;

/** @returns what the case told, whatever became of it */
async function runCase(name) {
  const { who, limitS, settings, quick: less } = CASES[name];
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const found = { at: new Date().toISOString(), rows: [], points: [], absent: [], versions: {}, failure: null };
  const startedAt = performance.now();
  const args = [name, folder, JSON.stringify(who), JSON.stringify({ ...settings, ...(quick ? less : {}) })];
  const child = fork(join(import.meta.dirname, 'one-case.mjs'), args, { env: { ...ENV, BENCH_RUN: folder } });
  child.on('message', ({ row, point, failure, ...rest }) => {
    if (row !== undefined) found.rows.push(row);
    if (point !== undefined) found.points.push(point);
    if (failure !== undefined) found.failure = failure;
    Object.assign(found, rest);
  });
  const timer = setTimeout(() => {
    found.failure ??= `not done after ${limitS} s`;
    child.kill('SIGKILL');
  }, limitS * 1_000);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  if (code !== 0) found.failure ??= `its process ended with ${code}`;
  const left = await endLeftovers(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const tookS = Math.round((performance.now() - startedAt) / 100) / 10;
  process.stderr.write(`${tookS} s${left > 0 ? `, ${left} processes left and ended` : ''}\n`);
  return { ...found, tookS };
}

const results = readResults();
const command = ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
for (const name of names) {
  if (performance.now() > ALL_LIMIT_S * 1_000) {
    console.error(`${name} was left out: ${ALL_LIMIT_S / 60} minutes are over`);
    process.exitCode = 1;
    continue;
  }
  process.stderr.write(`${name} … `);
  const found = await runCase(name);
  console.log(`${table(found)}\n`);
  if (found.failure !== null) process.exitCode = 1;
  const kept = results.cases[name];
  results.cases[name] =
    found.rows.length > 0 || kept === undefined
      ? { command, quick, machine: machine(), ...found }
      : { ...kept, failure: `measured again on ${found.at.slice(0, 10)}: ${found.failure}` };
  // After each, so that what ends the run does not lose what was measured.
  if (words.includes('--write')) writeResults(results);
}
if (words.includes('--write')) writePage();
