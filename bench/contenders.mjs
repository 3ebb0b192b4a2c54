// The process managers side by side, behind one small interface: a home of its own each, and an end that leaves nothing.
// PM2 is a published package, installed where git ignores it and run as a black box.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, memoryOf, waitFor } from './measure.mjs';
import { supervisord } from './supervisord.mjs';

const ROOT = join(import.meta.dirname, '..');
const { PATH, HOME, LANG, BENCH_RUN } = process.env;
/** BENCH_RUN marks whatever comes of a case, so that it can be ended (`leftovers.mjs`). */
export const BARE_ENV = { PATH, HOME, LANG, BENCH_RUN };
const PUBLISHED = { pm2: '7.0.4', 'pm2-logrotate': '3.0.0' };

/**
 * An app in the words of this bench. `script`: a file for Node; else `command`, a program with its arguments. `log`: rotation
 * where the contender has it by itself.
 */
const asEcosystem = ({ name, script, command, instances = 1, mode = 'fork', env = {}, log = {} }) => ({
  name,
  ...(script === undefined
    ? { script: command[0], args: command.slice(1).join(' '), interpreter: 'none' }
    : { script }),
  instances,
  exec_mode: mode,
  env,
  ...log,
});

function nodeManager(name, folder, cli, variable, daemonPidFile, socketFile) {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const env = { ...BARE_ENV, [variable]: home, PM2_DISCRETE_MODE: 'true' };
  const command = (...args) => ({ command: [process.execPath, cli, ...args], env });
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
  const pidFiles = () => (existsSync(join(home, 'pids')) ? readdirSync(join(home, 'pids')) : []);
  return {
    name,
    home,
    env,
    run,
    command,
    socket: join(home, socketFile),
    version: () => run('--version').trim().split('\n').at(-1),
    list: () => command('list'),
    wake: () => run('ping'),
    daemonPid: () => Number(readFileSync(join(home, daemonPidFile), 'utf8')),
    /** How to start an app, for those who measure it. */
    starting(app) {
      const file = join(home, `${app.name}.json`);
      // Upkeep rotates unless told otherwise, PM2 does not by itself.
      const { log, ...rest } = app;
      const rotation =
        name === 'upkeep' && log !== undefined ? { log_max_size: log.size.replace('B', ''), log_keep: 1000 } : {};
      writeFileSync(file, JSON.stringify({ apps: [asEcosystem({ ...rest, log: rotation })] }));
      return command('start', file);
    },
    count: () => pidFiles().length,
    pids: () => pidFiles().flatMap((file) => pidIn(join(home, 'pids', file))),
    logFolder: join(home, 'logs'),
    clear: () => run('delete', 'all'),
    end() {
      // What this does not end in time bears the mark of the case.
      spawnSync(process.execPath, [cli, 'kill'], { env, timeout: 20_000, stdio: 'ignore' });
    },
  };
}

/** Empty: between two lives there is no file, or nothing in it yet. */
function pidIn(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid === 0 ? [] : [pid];
  } catch {
    return [];
  }
}

const upkeep = (folder) =>
  nodeManager('upkeep', folder, join(ROOT, 'dist/cli.cjs'), 'UPKEEP_HOME', 'daemon.pid', 'upkeep.sock');

const published = join(ROOT, '.reference/bench');

function pm2(folder) {
  return nodeManager('pm2', folder, join(published, 'node_modules/pm2/bin/pm2'), 'PM2_HOME', 'pm2.pid', 'rpc.sock');
}

/** Needs a registry the first time only. */
export function install() {
  const isThere = Object.entries(PUBLISHED).every(([name, version]) => {
    const file = join(published, 'node_modules', name, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
  if (isThere) return;
  mkdirSync(published, { recursive: true });
  writeFileSync(join(published, 'package.json'), JSON.stringify({ private: true, dependencies: PUBLISHED }));
  execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], {
    cwd: published,
    stdio: 'ignore',
    timeout: 300_000,
  });
}

export const logrotate = join(published, 'node_modules/pm2-logrotate');

const MAKERS = { upkeep, pm2, supervisord };

/** @returns those of the names that can run here, and why the others cannot */
export function contenders(folder, names) {
  const managers = [];
  const absent = [];
  for (const name of names) {
    const manager = MAKERS[name](folder, BARE_ENV);
    if (typeof manager === 'string') absent.push({ name, why: manager });
    else managers.push(manager);
  }
  return { managers, absent };
}

/** Starts an app and waits until as many processes as it has are there beside those before. */
export async function start(manager, app, limitMs = 120_000) {
  const wanted = manager.count() + (app.instances ?? 1);
  const { command, env } = manager.starting(app);
  const { stdout, stderr } = spawnSync(command[0], command.slice(1), { env, encoding: 'utf8', timeout: limitMs });
  // On a busy machine a command may give up on processes that come all the same.
  const what = `${wanted} processes under ${manager.name}; its command said: ${stdout}${stderr}`;
  await waitFor(() => manager.count() >= wanted, what, 30_000, 5);
}

/** What a manager costs besides its apps: its daemon, and the shells that Upkeep puts above each app. */
export function costOf(manager) {
  const pid = manager.daemonPid();
  const apps = new Set(manager.pids());
  const keepers = childrenOf(pid).filter((child) => manager.name === 'upkeep' && !apps.has(child));
  const sum = (key) => keepers.reduce((total, keeper) => total + memoryOf(keeper)[key], 0);
  return { ...memoryOf(pid), keepers: { private: sum('private'), pss: sum('pss') } };
}
