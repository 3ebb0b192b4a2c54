// Installs what Upkeep is compared with into a folder that git ignores: a published PM2, run as a black box, and the
// libraries that run inside apps. A global installation would be another version on every machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Exact, so that a run can be repeated. */
const PACKAGES = { pm2: '7.0.4', '@pm2/io': '6.1.0', tx2: '1.0.5' };

const folder = join(import.meta.dirname, '../../.reference');
const versionOf = (name) => {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
};
const missing = Object.entries(PACKAGES).filter(([name, version]) => versionOf(name) !== version);
if (missing.length > 0) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  console.log(`installing ${wanted.join(', ')}`);
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', ...wanted], {
    cwd: folder,
    stdio: 'inherit',
    timeout: 300_000,
  });
}
await import('./install-programs.mjs');
