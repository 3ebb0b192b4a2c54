// Installs the dependencies of the example apps, and builds those that need it. The tests of the frameworks run the
// examples themselves, so that what the documents show is what was tried.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = ['fastify-api', 'koa-api', 'nestjs-api', 'nextjs-site', 'socketio-chat', 'typescript-api'];

for (const example of EXAMPLES) {
  const folder = join(import.meta.dirname, '../../examples', example);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const run = (...args) =>
    execFileSync('npm', args, {
      cwd: folder,
      stdio: 'inherit',
      timeout: 300_000,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    });
  const installed = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).every(
    ([name, version]) => {
      const file = join(folder, 'node_modules', name, 'package.json');
      return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
    },
  );
  if (!installed) {
    console.log(`installing examples/${example}`);
    run('install', '--no-package-lock', '--no-audit', '--no-fund');
  }
  if (manifest.scripts.build !== undefined) {
    console.log(`building examples/${example}`);
    run('run', 'build');
  }
}
