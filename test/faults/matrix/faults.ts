/**
 * The faults: each is done to its victim and, where it lasts, undone. Without the undoing nothing could be said about
 * recovery.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findByEnvironment } from '../../../src/platform/process.ts';
import { until } from '../../helpers/until.ts';
import { type Fault, FOLDER } from './cells.ts';
import { type Cast, entriesBut, type Stage, signal } from './stage.ts';

/** Faults last by their nature; nothing waits for them but these. */
const STOPPED_MS = 10_000;
const FAULT_MS = 3_000;
const SLOW_MS = 5_000;
const DAY_MS = 86_400_000;

type Inject = (stage: Stage, cast: Cast) => Promise<void>;

const isGone = (pid: number): boolean => !existsSync(`/proc/${pid}`);

const kill: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  if (victim === 'pump') stage.hurtDaemon(cast.daemon, 'thread', 'terminate');
  else if (victim === 'group') signal(-cast.keeper, 'SIGKILL');
  else for (const pid of stage.pidsOf(victim, cast)) signal(pid, 'SIGKILL');
};

const stop: Inject = async (stage, cast) => {
  if (stage.cell.victim === 'pump') {
    stage.hurtDaemon(cast.daemon, 'thread', 'stall');
    return void (await sleep(STOPPED_MS));
  }
  const pids = stage.pidsOf(stage.cell.victim, cast);
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await sleep(STOPPED_MS);
  for (const pid of pids) signal(pid, 'SIGCONT');
};

const exception: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  if (victim === 'worker') stage.hurtApp(cast.worker, 'throw');
  else stage.hurtDaemon(cast.daemon, victim === 'pump' ? 'thread' : 'main', 'throw');
  if (victim === 'pump') return;
  const pid = victim === 'worker' ? cast.worker : cast.daemon;
  await until(
    () => (isGone(pid) || isCorpse(pid) ? true : undefined),
    () => `${pid} to end of its exception`,
  );
};

/** The lowest number that is free: below it nothing can be opened. */
function freeDescriptor(pid: number): number {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  for (let fd = 0; ; fd++) if (!taken.has(fd)) return fd;
}

const fds: Inject = async (stage, cast) => {
  const pids = stage.pidsOf(stage.cell.victim, cast);
  const limit = (pid: number, soft: number): void => {
    if (!isGone(pid)) execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  };
  for (const pid of pids) limit(pid, freeDescriptor(pid));
  await sleep(FAULT_MS);
  // Those too that were started meanwhile and have the limit from their parents.
  for (const pid of [...pids, ...findByEnvironment('UPKEEP_HOME', stage.rig.home)]) limit(pid, 10_000);
};

const CGROUPS = '/sys/fs/cgroup/memory';

const memory: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  if (victim === 'pump') return stage.hurtDaemon(cast.daemon, 'thread', 'fill');
  const eater = victim === 'daemon' || victim === 'all' ? cast.daemon : cast.worker;
  const pids = stage.pidsOf(victim, cast);
  const group = join(CGROUPS, `upkeep-matrix-${eater}`);
  const isGroup = existsSync(join(CGROUPS, 'cgroup.procs'));
  const enter = (pid: number, path: string): void => {
    if (!isGone(pid)) writeFileSync(join(path, 'cgroup.procs'), String(pid));
  };
  if (isGroup) {
    mkdirSync(group);
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(64 << 20));
    for (const pid of pids) enter(pid, group);
  } else execFileSync('prlimit', ['--pid', String(eater), `--data=${512 << 20}`]);
  if (eater === cast.daemon) stage.hurtDaemon(eater, 'main', 'fill');
  else stage.hurtApp(eater, 'fill');
  await until(
    () => (isGone(eater) ? true : undefined),
    () => 'the one who takes all memory to be ended',
  );
  if (!isGroup) return;
  await until(
    () => {
      for (const pid of execFileSync('cat', [join(group, 'cgroup.procs')], { encoding: 'utf8' }).split('\n'))
        if (pid !== '') enter(Number(pid), CGROUPS);
      try {
        rmdirSync(group);
        return true;
      } catch {
        return undefined; // somebody was just being started in it
      }
    },
    () => 'the control group to be empty',
  );
};

/** The folder of the home that the fault of a disk hits. */
const folderOf = (stage: Stage): string => {
  const folder = FOLDER[stage.cell.victim] ?? '';
  return join(stage.rig.home, folder === 'files' ? '' : folder);
};

const fullDisk: Inject = async (stage) => {
  const filler = join(folderOf(stage), 'filler');
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
  } catch {
    // that is the point
  }
  await sleep(FAULT_MS);
  rmSync(filler);
};

const readOnly: Inject = async (stage) => {
  const folder = folderOf(stage);
  const mount = (...words: string[]): void => void execFileSync('mount', words);
  // What is not to be hit is laid over it again, from beside the home.
  const kept = FOLDER[stage.cell.victim] === 'files' ? ['logs', 'run'] : [];
  const beside = (name: string): string => join(stage.rig.root, `beside-${name}`);
  for (const name of kept) {
    mkdirSync(beside(name));
    mount('--bind', join(folder, name), beside(name));
  }
  // Made read-only beside, where nobody writes just then.
  const closed = beside('closed');
  mkdirSync(closed);
  mount('--bind', folder, closed);
  mount('-o', 'remount,bind,ro', closed);
  mount('--bind', closed, folder);
  for (const name of kept) mount('--bind', beside(name), join(folder, name));
  await sleep(FAULT_MS);
  for (const name of kept) for (const path of [join(folder, name), beside(name)]) execFileSync('umount', ['-l', path]);
  for (const path of [folder, closed]) execFileSync('umount', ['-l', path]);
};

const FILE_CALLS = 'openat,rename,link,unlink,mkdir,fsync,fdatasync';

const slowDisk: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  const targets =
    victim === 'pump'
      ? [{ pid: stage.threadId(), calls: `${FILE_CALLS},write,writev,pwrite64`, follow: false, ms: 30 }]
      : stage
          .pidsOf(victim, cast)
          .map((pid) =>
            pid === cast.daemon
              ? { pid, calls: FILE_CALLS, follow: true, ms: 50 }
              : { pid, calls: 'write,openat', follow: false, ms: 500 },
          );
  const tracers = targets.map(({ pid, calls, follow, ms }) =>
    spawn(
      'strace',
      [
        '-qq',
        ...(follow ? ['-f'] : []),
        '-o',
        '/dev/null',
        '-e',
        `inject=${calls}:delay_enter=${ms * 1000}`,
        '-p',
        String(pid),
      ],
      { stdio: 'ignore' },
    ),
  );
  await sleep(SLOW_MS);
  for (const tracer of tracers) tracer.kill('SIGINT');
};

const clock: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  for (const offset of [DAY_MS, -DAY_MS, 0]) {
    stage.rig.write('clock', String(offset));
    if (victim === 'worker' || victim === 'all') stage.hurtApp(cast.worker, `clock ${offset}`);
    const daemon = await stage.rig.daemonPid().catch(() => 0);
    if (victim !== 'worker' && daemon > 0) stage.hurtDaemon(daemon, victim === 'pump' ? 'thread' : 'main', 'clock');
    await sleep(FAULT_MS / 3);
  }
};

/** A shell forks at once after it has set the number: others of the machine fork too. If one of those gets it, that is a stranger as well. */
const TAKE_PID = `while [ ! -d "/proc/$0" ]; do
  echo "$(($0 - 1))" > /proc/sys/kernel/ns_last_pid
  sleep 600 & [ $! = "$0" ] && { echo ours; wait; exit; }
  kill $!
done
echo taken`;

/** Has a process of our own take the pid of one that is gone. */
async function takePid(stage: Stage, pid: number): Promise<void> {
  const shell = spawn('/bin/sh', ['-c', TAKE_PID, String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const word = await new Promise((resolve) => shell.stdout.once('data', (chunk) => resolve(String(chunk).trim())));
  if (word === 'ours') stage.strangers.push({ pid, shell });
}

const pidWrapped: Inject = async (stage, cast) => {
  const { victim } = stage.cell;
  const pids = stage.pidsOf(victim, cast);
  // Nobody looks before the strangers are there.
  const lookers = [cast.guard, cast.daemon].filter((pid) => pid > 0 && !pids.includes(pid));
  for (const pid of lookers) signal(pid, 'SIGSTOP');
  for (const pid of pids) signal(pid, 'SIGKILL');
  // A keeper's number stays with the session of its app.
  for (const pid of pids.filter((one) => victim !== 'all' || !cast.keepers.includes(one))) {
    // Its parent may be one of those who are stopped; then it stays a corpse, and its pid is not free.
    const isFree = await until(
      () => (isGone(pid) ? 'free' : isCorpse(pid) ? 'corpse' : undefined),
      () => `${pid} to be gone`,
    );
    if (isFree === 'corpse') for (const looker of lookers) signal(looker, 'SIGCONT');
    await until(
      () => (isGone(pid) ? true : undefined),
      () => `the pid ${pid} to be free`,
    );
    await takePid(stage, pid);
  }
  for (const pid of lookers) signal(pid, 'SIGCONT');
};

function isCorpse(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch {
    return true;
  }
}

const deleted: Inject = async (stage) => {
  const folder = folderOf(stage);
  const names = FOLDER[stage.cell.victim] === 'files' ? entriesBut(folder, ['logs', 'run']) : [''];
  for (const name of names)
    await until(
      () => {
        try {
          execFileSync('rm', ['-rf', join(folder, name)], { stdio: 'ignore' });
          return true;
        } catch {
          return undefined; // somebody makes files in it
        }
      },
      () => `${folder} to be deleted`,
    );
};

export const FAULT: Readonly<Record<Fault, Inject>> = {
  kill,
  stop,
  exception,
  fds,
  memory,
  'full-disk': fullDisk,
  'read-only': readOnly,
  'slow-disk': slowDisk,
  clock,
  'pid-wrapped': pidWrapped,
  deleted,
};
