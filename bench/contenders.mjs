// The process managers side by side, behind one small interface: a home of its own each, and an end that leaves nothing.
// PM2 is a published package, installed in a temporary folder and run as a black box.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const { PATH, HOME, LANG } = process.env;
export const BARE_ENV = { PATH, HOME, LANG };

function contender(name, cli, variable, daemonPidFile) {
  const home = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const env = { ...BARE_ENV, [variable]: home, PM2_DISCRETE_MODE: 'true' };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      env,
      encoding: 'utf8',
      timeout: 120_000,
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  };
  return {
    name,
    home,
    env,
    run,
    command: (...args) => ({ command: [process.execPath, cli, ...args], env }),
    daemonPid: () => Number(readFileSync(join(home, daemonPidFile), 'utf8')),
    pidOf: (app) => {
      const file = join(home, 'pids', app);
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    },
    pids: () => (existsSync(join(home, 'pids')) ? readdirSync(join(home, 'pids')).length : 0),
    end() {
      spawnSync(process.execPath, [cli, 'kill'], { env, timeout: 60_000, stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function upkeep() {
  return contender('upkeep', join(ROOT, 'dist/cli.cjs'), 'UPKEEP_HOME', 'daemon.pid');
}

const PM2_VERSION = '7.0.4';

export function pm2() {
  const folder = join(tmpdir(), `upkeep-bench-pm2-${PM2_VERSION}`);
  const cli = join(folder, 'node_modules/pm2/bin/pm2');
  if (!existsSync(cli)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `pm2@${PM2_VERSION}`], {
      stdio: 'ignore',
      timeout: 300_000,
    });
  }
  return contender('pm2', cli, 'PM2_HOME', 'pm2.pid');
}
