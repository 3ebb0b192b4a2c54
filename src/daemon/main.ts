/**
 * The daemon's process: takes the home's lock, restores what was, serves, and ends in one of three ways: wanted (a
 * command or a signal), replaced (an update), or not at all nicely, after which the guard starts it anew.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpkeepError } from '../core/errors.ts';
import { wantsUp } from '../core/instance.ts';
import { parseDuration, parseSize } from '../core/units.ts';
import { forgetAllocator } from '../platform/allocator.ts';
import { lockFile, lockHolder, takeLock } from '../platform/daemon-lock.ts';
import { failpoint } from '../platform/failpoint.ts';
import { shutToWriters, whyForeign } from '../platform/ownership.ts';
import { type HomePaths, homeFrom, makeHome, pathsOf } from '../platform/paths.ts';
import { unixListener } from '../platform/ports.ts';
import { identify, signalProcess } from '../platform/process.ts';
import { holdSpare } from '../platform/spare-descriptor.ts';
import { readForeground } from '../protocol/foreground.ts';
import type { Runner } from '../supervisor/runner.ts';
import { Daemon, type DaemonFiles } from './daemon.ts';
import { saveDump } from './dump.ts';
import { ForegroundDaemon, forgetEarlierRun } from './foreground.ts';
import { GUARD_VARIABLES, Guard } from './guard.ts';
import { stopShadows } from './handlers.ts';
import { HomeWatch } from './home-watch.ts';
import { canTakeOver, isAskedWhichBuild, whichBuild } from './next-build.ts';
import { must, stopRunners } from './outcomes.ts';
import { abortRollout } from './registry.ts';
import { ControlServer } from './server.ts';
import { FIRST_HANDED_FD } from './sockets.ts';

declare const __UPKEEP_VERSION__: string;

const DEFAULT_DISK_BUDGET_BYTES = 1024 ** 3;
const DEFAULT_CRASH_BUDGET_BYTES = 1024 ** 3;
/** After a second signal apps are killed, and all is over after this. */
const HURRY_MS = 3_000;
const DEFAULT_MEMORY_CHECK_MS = 30_000;

/** Everything that the daemon runs lies beside its own bundle. */
function filesBeside(entry: string): DaemonFiles {
  const folder = join(entry, '..');
  const at = (...parts: string[]): string => join(folder, ...parts);
  return {
    keeper: at('shell', 'keeper.sh'),
    guard: at('shell', 'guard.sh'),
    runtime: at('runtime.cjs'),
    pumpThread: at('pump-thread.cjs'),
    listenOn: at('listen-on.cjs'),
  };
}

/** A value that does not parse is told, and the default holds. */
function setting(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
  parse: (text: string) => number | null,
  otherwise: number,
  complain: (text: string) => void,
): number {
  for (const name of names) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const value = parse(text);
    if (value !== null) return value;
    complain(`${name}=${text} cannot be understood; ${otherwise} is used`);
  }
  return otherwise;
}

function refuseForeign(paths: HomePaths): void {
  const why = whyForeign(paths, 'serve');
  if (why !== null) throw new Error(why);
}

async function main(): Promise<void> {
  if (isAskedWhichBuild(process.env)) {
    process.stdout.write(whichBuild(__UPKEEP_VERSION__));
    return;
  }
  const paths = pathsOf(homeFrom(process.env, process.cwd()), process.env);
  refuseForeign(paths);
  makeHome(paths);
  // Again: somebody can have made one of the folders just before us.
  refuseForeign(paths);
  const shut = shutToWriters([paths.home, paths.run, paths.logs, paths.pids, paths.crashes]);
  // A home without a lock is new, or was deleted under its daemon, which makes it anew: two would supervise the same apps.
  const before = lockHolder(paths.home) === null ? unixListener(paths.rpcSocket) : null;
  if (before !== null) {
    process.stderr.write(`daemon ${before} serves ${paths.home}, which was deleted, and makes it anew\n`);
    return;
  }
  const lock = takeLock(paths.home);
  if (!lock.taken) {
    process.stderr.write(`daemon ${lock.owner.pid} serves ${paths.home} already\n`);
    return;
  }
  holdSpare();
  process.title = process.env.PM2_DAEMON_TITLE || `Upkeep v${__UPKEEP_VERSION__}: daemon (${paths.home})`;
  const entry = process.argv[1] as string;
  const files = filesBeside(entry);
  const complaints: string[] = [...shut];
  const shown = readForeground(process.env);
  const isSuccessor = process.env[GUARD_VARIABLES.failed] !== undefined;
  if (shown !== null && !isSuccessor) forgetEarlierRun(paths);
  const daemon = new Daemon(paths, files, {
    logDateFormat: process.env.PM2_LOG_DATE_FORMAT,
    console: shown ?? undefined,
    memoryCheckMs: setting(
      process.env,
      ['UPKEEP_WORKER_INTERVAL', 'PM2_WORKER_INTERVAL'],
      parseDuration,
      DEFAULT_MEMORY_CHECK_MS,
      (text) => complaints.push(text),
    ),
    logDiskBudgetBytes: setting(process.env, ['UPKEEP_LOG_DISK_BUDGET'], parseSize, DEFAULT_DISK_BUDGET_BYTES, (text) =>
      complaints.push(text),
    ),
    crashDiskBudgetBytes: setting(
      process.env,
      ['UPKEEP_CRASH_DISK_BUDGET'],
      parseSize,
      DEFAULT_CRASH_BUDGET_BYTES,
      (text) => complaints.push(text),
    ),
  });
  daemon.notes.push(...complaints);
  const fatal = (error: unknown): void => {
    daemon.note(`fatal: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1); // the guard starts the next one
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  await daemon.agents.listen(paths.agentSocket);
  daemon.restore();
  const life = new DaemonLife(daemon, files);
  if (shown !== null) life.foreground = new ForegroundDaemon(shown, daemon, (code) => void life.endForeground(code));
  const server = new ControlServer(daemon, life, __UPKEEP_VERSION__);
  life.server = server;
  // Before anybody can find this daemon: who finds it may tell it to end.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
    process.on(signal, () => void (life.foreground === null ? life.endBySignal(signal) : life.endForeground(0)));
  await server.listen(paths.rpcSocket);
  failpoint('daemon.listening');
  writeFileSync(paths.pidFile, String(process.pid), { mode: 0o600 });
  life.begin([process.execPath, ...process.execArgv, entry], { ...process.env });
  forgetAllocator(process.env);
  daemon.onSocketsChanged = () => life.renewGuard();
  life.homeWatch = new HomeWatch({ daemon, server, onTaken: () => life.yield() });
  process.on('SIGHUP', () => {});
  // Node's own answer would be to open a debugger.
  process.on('SIGUSR1', () => {});
  process.on('SIGUSR2', () => void daemon.pump.reopen());
}

/** The ways in which a daemon ends. */
class DaemonLife {
  readonly #daemon: Daemon;
  readonly #files: DaemonFiles;
  #guard: Guard | null = null;
  #command: readonly string[] = [];
  #env: NodeJS.ProcessEnv = {};
  #renewing = false;
  #ending = false;
  server: ControlServer | null = null;
  homeWatch: HomeWatch | null = null;
  /** It ends with its apps, and they with it. */
  foreground: ForegroundDaemon | null = null;
  #code = 0;

  constructor(daemon: Daemon, files: DaemonFiles) {
    this.#daemon = daemon;
    this.#files = files;
  }

  /** With a guard from now on; not if it was told to end meanwhile: nobody is to come after it. */
  begin(command: readonly string[], env: NodeJS.ProcessEnv): void {
    if (this.#ending) return;
    this.startGuard(command, env);
    // The one that started this daemon has waited to see whether it comes so far.
    const parent = process.ppid;
    const guard = env[GUARD_VARIABLES.pid] === String(parent) ? identify(parent) : null;
    if (guard !== null) signalProcess(guard, 'SIGTERM');
  }

  /** Starts a guard and dismisses the one before: the new one holds what the daemon holds now. */
  startGuard(command: readonly string[], env: NodeJS.ProcessEnv): void {
    this.#command = command;
    this.#env = env;
    const { fds, env: handed } = this.#daemon.sockets.handDown();
    const before = this.#guard;
    const shown = this.foreground?.handDown(FIRST_HANDED_FD + fds.length);
    this.#guard = new Guard({
      script: this.#files.guard,
      failed: before === null ? Number(process.env[GUARD_VARIABLES.failed] ?? 0) || 0 : 0,
      command,
      env: { ...env, ...handed, ...shown?.env },
      logFile: this.#daemon.paths.daemonLog,
      fds: [...fds, ...(shown?.fds ?? [])],
      onReplaced: () => this.#daemon.tell(null, null, null, 'guard-replaced', `pid ${this.#guard?.pid ?? 0}`),
    });
    before?.dismiss();
  }

  /** The held sockets have changed: soon, and once for many, the guard gets its copies. */
  renewGuard(): void {
    if (this.#renewing || this.#guard === null) return;
    this.#renewing = true;
    setImmediate(() => {
      this.#renewing = false;
      if (!this.#ending) this.startGuard(this.#command, this.#env);
    });
  }

  async kill(): Promise<unknown> {
    this.#begin();
    this.#daemon.disarm();
    const { registry } = this.#daemon;
    await this.#endRollouts();
    // Modules belong to the supervisor, not to its list: the next daemon starts them.
    const isModule = (runner: Runner): boolean => runner.spec.isModule === true;
    const modules = registry.runners.filter((runner) => isModule(runner) && wantsUp(runner.instance));
    const outcomes = await stopRunners(registry.runners, 'the daemon is being ended');
    const isGone = new Set(outcomes.filter((outcome) => outcome.failure === null).map((outcome) => outcome.id));
    registry.remove(registry.runners.filter((runner) => isGone.has(runner.slot.id) && !isModule(runner)));
    if (modules.length > 0) registry.save(modules.map((runner) => runner.slot.id));
    this.#daemon.tell(null, null, null, 'daemon-ended', this.foreground === null ? 'kill' : 'its foreground ended');
    this.#daemon.bus.emit({ kind: 'killed', at: this.#daemon.clock.now() });
    setImmediate(() => void this.#leave());
    return { outcomes, notes: [] };
  }

  /** Everything stops and nothing is kept. A second signal does not wait for drains. */
  async endForeground(code: number): Promise<void> {
    if (this.#ending) {
      this.foreground?.hurry();
      setTimeout(() => this.#abandon(code), HURRY_MS).unref();
      return;
    }
    this.#code = code;
    await this.kill();
  }

  /** Nobody reads the console, and the thread that waits for it cannot be ended in any other way. */
  #abandon(code: number): void {
    this.#guard?.dismiss();
    // They hold the last words for a daemon that will not come.
    for (const { keeperPid } of this.#daemon.registry.runners) {
      const keeper = keeperPid > 0 ? identify(keeperPid) : null;
      if (keeper !== null) signalProcess(keeper, 'SIGKILL');
    }
    this.#daemon.tell(null, null, null, 'daemon-ended', 'a second signal');
    this.foreground?.ended(code);
    process.kill(process.pid, 'SIGKILL');
  }

  /** SIGTERM and its kin: stops the apps as PM2 does, keeps the list, and the next daemon starts them again. */
  async endBySignal(signal: string): Promise<void> {
    if (this.#ending) return;
    this.#begin();
    this.#daemon.disarm();
    const { registry } = this.#daemon;
    if (registry.apps.length > 0) saveDump(this.#daemon, false);
    registry.save(registry.runners.filter((runner) => wantsUp(runner.instance)).map((runner) => runner.slot.id));
    await this.#endRollouts();
    await stopRunners(registry.runners, `the daemon got ${signal}`);
    this.#daemon.tell(null, null, null, 'daemon-ended', signal);
    this.#daemon.bus.emit({ kind: 'killed', at: this.#daemon.clock.now() });
    await this.#leave();
  }

  async update(command: readonly string[], env: Record<string, string>): Promise<unknown> {
    const program = command[0];
    const entry = command.at(-1);
    if (program === undefined || entry === undefined || !existsSync(program) || !existsSync(entry)) {
      throw new UpkeepError({ code: 'BAD_REQUEST', message: `cannot update: ${command.join(' ')} is not there` });
    }
    const ownEnv = { ...env, UPKEEP_HOME: this.#daemon.paths.home };
    const next = must(await canTakeOver(command, ownEnv));
    this.#refuseUnwritableHome();
    this.#begin();
    this.startGuard(command, next.endsItsGuard ? ownEnv : { ...ownEnv, [GUARD_VARIABLES.leaves]: '1' });
    this.#daemon.tell(null, null, null, 'daemon-updated', command.join(' '));
    // After the answer is on its way: end without dismissing the guard, which starts the next daemon.
    setTimeout(() => void this.#daemon.close().finally(() => process.exit(0)), 20);
    return { pid: process.pid };
  }

  /** The next daemon could not take its lock, and nobody would serve the home until there is room. */
  #refuseUnwritableHome(): void {
    const { home } = this.#daemon.paths;
    const probe = join(home, `update-${process.pid}`);
    try {
      writeFileSync(probe, '-');
    } catch (error) {
      throw new UpkeepError({
        code: 'IO_FAILED',
        message: `cannot update: ${home} cannot be written (${(error as Error).message}); this daemon goes on`,
        hint: 'free space or check the permissions, then try again',
      });
    } finally {
      rmSync(probe, { force: true });
    }
  }

  /** Another daemon serves the home, and has the apps: this one goes without a successor. */
  yield(): void {
    this.#daemon.note('another daemon serves this home: this one ends');
    this.#guard?.dismiss();
    process.exit(0);
  }

  async #endRollouts(): Promise<void> {
    const { apps } = this.#daemon.registry;
    await Promise.all(apps.map((app) => abortRollout(app, 'the daemon is being ended')));
    await stopShadows(apps);
  }

  #begin(): void {
    if (this.#ending) throw new UpkeepError({ code: 'BUSY', message: 'this daemon is ending' });
    this.#ending = true;
    this.homeWatch?.close();
  }

  async #leave(): Promise<void> {
    const { paths } = this.#daemon;
    this.#guard?.dismiss();
    await this.#daemon.close();
    // Let the answer to `kill` out first.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.server?.close();
    const lock = lockHolder(paths.home);
    for (const file of [paths.rpcSocket, paths.agentSocket, paths.pidFile]) rmSync(file, { force: true });
    this.#daemon.agents.removeSockets();
    if (lock !== null) rmSync(lockFile(paths.home, lock.number), { force: true });
    this.foreground?.ended(this.#code);
    process.exit(0);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`the daemon cannot start: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
