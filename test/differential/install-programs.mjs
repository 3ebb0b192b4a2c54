// Installs published programs that drive PM2, with Upkeep in the place of the package `pm2`: the swap of
// docs/how-to/replace-pm2.md, as a user would make it. Needs the build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Exact, so that a run can be repeated. */
const PROGRAMS = {
  'pm2-health': '1.12.10',
  'pm2-logrotate': '3.0.0',
  'pm2-metrics': '1.0.47',
  'pm2-prometheus-exporter': '0.1.1',
  'pm2-promise': '2.0.1',
};

const folder = join(import.meta.dirname, '../../.reference/programs');
const description = {
  private: true,
  dependencies: { pm2: 'file:../../dist/pm2', ...PROGRAMS },
  // What they ask for themselves is this one, too.
  overrides: { pm2: '$pm2' },
};
const text = `${JSON.stringify(description, null, 2)}\n`;
const file = join(folder, 'package.json');
const isThere =
  existsSync(file) &&
  readFileSync(file, 'utf8') === text &&
  ['pm2', ...Object.keys(PROGRAMS)].every((name) => existsSync(join(folder, 'node_modules', name, 'package.json')));
if (!isThere) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  console.log(`installing ${Object.keys(PROGRAMS).join(', ')}`);
  execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    timeout: 300_000,
  });
}
