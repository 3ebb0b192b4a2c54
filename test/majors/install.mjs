// Installs one Node of each major that is supported, from npm's packages of the binaries, into a folder that git ignores.
// The suite would otherwise test the machine's own Node only, and call that all of them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Exact, so that a run can be repeated. The running Node is tested beside these. */
const VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

const folder = join(import.meta.dirname, '../../.majors');
const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
const name = `node-${platform}-${process.arch}`;
for (const [major, version] of Object.entries(VERSIONS)) {
  if (process.versions.node.startsWith(`${major}.`)) continue;
  const home = join(folder, major);
  const binary = join(home, 'node_modules', name, 'bin/node');
  const installed = existsSync(binary) ? execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim() : null;
  if (installed === `v${version}`) continue;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  console.log(`installing ${name}@${version}`);
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', `${name}@${version}`], {
    cwd: home,
    stdio: 'inherit',
    timeout: 300_000,
  });
}
