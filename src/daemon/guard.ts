/**
 * The daemon's end of the guard: a shell that starts a new daemon when this one dies. Without it a daemon that was
 * killed would stay dead until the next command.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** After this long in charge the start counts as good. */
const STEADY_AFTER_MS = 50;
/** A guard that dies is replaced after this. */
const REPLACE_AFTER_MS = 100;
/** One that cannot be started is tried again after this. */
const LACK_MS = 1_000;

/** What the shell reads, and what it tells the daemon that it starts. */
export const GUARD_VARIABLES = {
  pid: 'UPKEEP_GUARD_PID',
  /** Starts in a row that failed, this one included. */
  failed: 'UPKEEP_GUARD_FAILED',
  /** The next daemon would not end its guard: the shell makes way for it. */
  leaves: 'UPKEEP_GUARD_LEAVES',
} as const;

export interface GuardOptions {
  readonly script: string;
  /** Starts in a row that failed before this one. */
  readonly failed: number;
  /** Program and arguments of a daemon. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What the guard and a daemon that cannot start have to say is appended here. */
  readonly logFile: string;
  /** Sockets that the next daemon is to have, from descriptor 3 on. */
  readonly fds: readonly number[];
  onReplaced(): void;
}

export class Guard {
  readonly #options: GuardOptions;
  #child: ChildProcess | null = null;
  #dismissed = false;
  #steady = false;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#start();
    setTimeout(() => {
      this.#steady = true;
      this.#say('steady');
    }, STEADY_AFTER_MS).unref();
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The end of this daemon is wanted: no successor. */
  dismiss(): void {
    this.#dismissed = true;
    this.#say('dismissed');
  }

  #say(word: string): void {
    this.#child?.stdin?.write(`${word}\n`);
  }

  #start(): void {
    const { script, failed, command, env, logFile, fds } = this.#options;
    const log = openLog(logFile);
    let child: ChildProcess;
    try {
      child = spawn('/bin/sh', [script, String(this.#steady ? 0 : failed), ...command], {
        detached: true,
        cwd: '/',
        env,
        stdio: ['pipe', log, log, ...fds],
      });
    } catch {
      this.#startLater(LACK_MS);
      return;
    } finally {
      if (log !== 'ignore') closeSync(log);
    }
    this.#child = child;
    child.unref();
    // Want of descriptors or memory: it may pass.
    child.on('error', () => this.#startLater(LACK_MS));
    child.stdin?.on('error', () => {}); // a guard that is gone is replaced below
    (child.stdin as unknown as { unref?(): void } | null)?.unref?.();
    child.once('exit', () => {
      if (this.#child === child) this.#startLater(REPLACE_AFTER_MS);
    });
  }

  #startLater(afterMs: number): void {
    if (this.#dismissed) return;
    setTimeout(() => {
      if (this.#dismissed) return;
      this.#start();
      this.#options.onReplaced();
    }, afterMs).unref();
  }
}

/** A log that cannot be opened (a read-only disk, no descriptor left) must not cost the guard. */
function openLog(path: string): number | 'ignore' {
  try {
    return openSync(path, 'a', 0o600);
  } catch {
    return 'ignore';
  }
}
