/**
 * Looks whether the home is still there, and makes it anew from memory when somebody has deleted it, or part of it. Without it
 * the daemon could not be reached any more, and the next command would start a second one beside it.
 */
import { existsSync, fstatSync, openSync, statSync, writeFileSync } from 'node:fs';
import { runningOf } from '../core/instance.ts';
import { lockFile, lockHolder, takeLock } from '../platform/daemon-lock.ts';
import { closeAll } from '../platform/fifo.ts';
import { makeHome } from '../platform/paths.ts';
import type { Daemon } from './daemon.ts';
import type { ControlServer } from './server.ts';

const LOOK_MS = 1_000;
const LOOKS_AFTERWARDS = 5;

export interface HomeWatchOptions {
  readonly daemon: Daemon;
  readonly server: ControlServer;
  /** Another daemon serves the home: this one has nothing left to do. */
  onTaken(): void;
}

export class HomeWatch {
  readonly #options: HomeWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /**
   * The folders as they were made, held open so that nobody else can get their numbers: one that was deleted and made by
   * somebody else has not our files.
   */
  #held: readonly number[];
  #lock: string;
  /** Looks that still count as if something were missing: who deletes a home may not have done yet. */
  #doubts = 0;
  #making = false;
  #failure = '';

  constructor(options: HomeWatchOptions) {
    this.#options = options;
    this.#held = this.#open();
    this.#lock = this.#lockFile();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    closeAll(this.#held);
  }

  async #look(): Promise<void> {
    if (this.#making) return;
    const missing = this.#missing();
    if (missing.length > 0) this.#doubts = LOOKS_AFTERWARDS;
    else if (this.#doubts <= 0) return;
    else this.#doubts--;
    this.#making = true;
    try {
      await this.#makeAnew(missing);
      this.#failure = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#failure) this.#options.daemon.note(`the home cannot be made anew: ${message}`);
      this.#failure = message;
    } finally {
      this.#making = false;
    }
  }

  #missing(): string[] {
    const { home, run, logs, rpcSocket, agentSocket, state } = this.#options.daemon.paths;
    const isListed = this.#options.daemon.registry.apps.length > 0;
    const missing = [home, run, logs].filter((path, i) => !isSame(this.#held[i] ?? -1, path));
    missing.push(...[rpcSocket, agentSocket, ...(isListed ? [state] : [])].filter((path) => !isThere(path)));
    if (!isThere(this.#lock)) missing.push(this.#lock);
    return missing;
  }

  #lockFile(): string {
    const { home } = this.#options.daemon.paths;
    return lockFile(home, lockHolder(home)?.number ?? 0);
  }

  #open(): number[] {
    const { home, run, logs } = this.#options.daemon.paths;
    return [home, run, logs].map((path) => openSync(path, 'r'));
  }

  async #makeAnew(missing: readonly string[]): Promise<void> {
    const { daemon, server, onTaken } = this.#options;
    const { paths, registry, launcher } = daemon;
    makeHome(paths);
    const lock = takeLock(paths.home);
    if (!lock.taken) {
      onTaken();
      return;
    }
    for (const { runners, shadows } of registry.apps)
      for (const runner of [...runners, ...shadows]) {
        const { state } = runner.instance;
        const incarnation = runningOf(state)?.incarnation ?? (state.kind === 'launching' ? state.incarnation : null);
        if (incarnation !== null && runner.keeperPid > 0)
          launcher.borrowFolder(runner.slot.id, incarnation, runner.keeperPid);
        runner.persist();
      }
    const saved = registry.saveAnew();
    if (!saved.ok) throw new Error(saved.failure.message);
    daemon.events.reopen();
    daemon.journal.reopen();
    await daemon.pump.reopen();
    if (!isThere(paths.agentSocket)) await daemon.agents.listenAgain(paths.agentSocket);
    if (!isThere(paths.rpcSocket)) await server.listenAgain(paths.rpcSocket);
    if (!existsSync(paths.pidFile)) writeFileSync(paths.pidFile, String(process.pid), { mode: 0o600 });
    closeAll(this.#held);
    this.#held = this.#open();
    this.#lock = this.#lockFile();
    if (missing.length > 0) daemon.tell(null, null, null, 'home-made-anew', `was missing: ${missing.join(', ')}`);
  }
}

function isSame(fd: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const held = fstatSync(fd);
  return there !== undefined && there.ino === held.ino && there.dev === held.dev;
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
