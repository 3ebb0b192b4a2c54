// supervisord of Debian's package `supervisor` as a contender: a configuration, a socket and a folder of its own. It is not
// a Node program and has no cluster or reload; what it can do is the yardstick of a supervisor outside Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from './measure.mjs';

const SERVER = '/usr/bin/supervisord';
const CONTROL = '/usr/bin/supervisorctl';

const configuration = (home) => `[supervisord]
logfile=${home}/daemon.log
pidfile=${home}/daemon.pid
childlogdir=${home}/logs
minfds=16384
minprocs=4096
[unix_http_server]
file=${home}/control.sock
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${home}/control.sock
[include]
files=${home}/apps/*.ini
`;

const quoted = (value) => `"${String(value).replaceAll('%', '%%')}"`;

function section(home, { name, script, command, instances = 1, env = {}, log = { size: '50MB' } }) {
  const words = script === undefined ? command : [process.execPath, script];
  const variables = Object.entries(env).map(([key, value]) => `${key}=${quoted(value)}`);
  return `[program:${name}]
command=${words.map(quoted).join(' ')}
numprocs=${instances}
process_name=%(program_name)s-%(process_num)d
environment=${variables.join(',')}
autorestart=true
startsecs=1
stdout_logfile=${home}/logs/%(program_name)s-%(process_num)d-out.log
stderr_logfile=${home}/logs/%(program_name)s-%(process_num)d-error.log
stdout_logfile_maxbytes=${log.size}
stdout_logfile_backups=1000
`;
}

/** @returns the contender, or in a sentence why there is none */
export function supervisord(folder, bareEnv) {
  if (!existsSync(SERVER)) return 'not installed (Debian package `supervisor`)';
  const home = join(folder, 'supervisord');
  for (const part of ['apps', 'logs']) mkdirSync(join(home, part), { recursive: true });
  const config = join(home, 'supervisord.conf');
  writeFileSync(config, configuration(home));
  const env = { ...bareEnv, PYTHONDONTWRITEBYTECODE: '1' };
  const command = (...args) => ({ command: [CONTROL, '-c', config, ...args], env });
  const waking = { command: [SERVER, '-c', config], env };
  const run = (...args) => {
    const { command: words } = command(...args);
    const { status, stdout, stderr } = spawnSync(words[0], words.slice(1), { env, encoding: 'utf8', timeout: 120_000 });
    if (status !== 0) throw new Error(`supervisorctl ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  };
  const daemonPid = () => Number(readFileSync(join(home, 'daemon.pid'), 'utf8'));
  const isAwake = () => {
    try {
      process.kill(daemonPid(), 0);
      return true;
    } catch {
      return false;
    }
  };
  const pids = () => {
    try {
      return childrenOf(daemonPid());
    } catch {
      return [];
    }
  };
  return {
    name: 'supervisord',
    home,
    env,
    run,
    command,
    waking,
    socket: join(home, 'control.sock'),
    version: () => spawnSync(SERVER, ['--version'], { encoding: 'utf8' }).stdout.trim(),
    // It ends with 3 when something is not running.
    list: () => command('status'),
    wake() {
      if (isAwake()) return;
      spawnSync(SERVER, ['-c', config], { env, stdio: 'ignore', timeout: 30_000 });
      // It says that it is there before it is.
      for (let tries = 0; tries < 3_000 && !(isAwake() && existsSync(join(home, 'control.sock'))); tries++)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    },
    daemonPid,
    starting(app) {
      writeFileSync(join(home, 'apps', `${app.name}.ini`), section(home, app));
      return command('update');
    },
    count: () => pids().length,
    pids,
    logFolder: join(home, 'logs'),
    clear() {
      rmSync(join(home, 'apps'), { recursive: true });
      mkdirSync(join(home, 'apps'));
      run('update');
    },
    end() {
      if (isAwake()) spawnSync(CONTROL, ['-c', config, 'shutdown'], { env, stdio: 'ignore', timeout: 30_000 });
    },
  };
}
