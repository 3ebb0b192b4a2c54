// The results that are kept: each case with its rows, the machine and the date, in results.json; docs/benchmarks.md is written
// from it and never by hand. Without it one case measured anew would need all others to be.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, 'results.json');

export const readResults = () => JSON.parse(readFileSync(FILE, 'utf8'));

/** Three places tell more than any of these figures is worth. */
const shorter = (_, value) => (typeof value === 'number' ? Math.round(value * 1e3) / 1e3 : value);

export const writeResults = (results) => writeFileSync(FILE, `${JSON.stringify(results, shorter, 2)}\n`);

export const machine = () =>
  `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;

/** In a process of its own, as `npm run docs` does it, so that there is one way. */
export function writePage() {
  const text = execFileSync(process.execPath, [join(import.meta.dirname, 'page.mjs')], { encoding: 'utf8' });
  writeFileSync(join(import.meta.dirname, '../docs/benchmarks.md'), text);
}
