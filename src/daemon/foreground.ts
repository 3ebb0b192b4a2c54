/**
 * A daemon in the foreground: it belongs to one command (`upkeep-runtime`, `upkeep-dev`, `--no-daemon`), shows its apps'
 * lines there, and ends with them. Without it a container would run on with nothing in it.
 */
import { existsSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeExit, exitCodeOf } from '../core/exit.ts';
import { runningOf } from '../core/instance.ts';
import type { HomePaths } from '../platform/paths.ts';
import { signalProcess } from '../platform/process.ts';
import type { EventRecord } from '../protocol/control.ts';
import { FOREGROUND_VARIABLE, type Foreground } from '../protocol/foreground.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';

/** The exit code when apps were stopped by a command, or ended in a way that has no code of its own; PM2's. */
const NOTHING_RUNS = 2;
/** An app that a command has stopped may be started again by the next one. */
const STOPPED_GRACE_MS = 8_000;
/** Pace of looking whether anything still runs; ends of processes are looked at at once. */
const LOOK_MS = 1_000;
/** How soon the death of the starter is noticed. */
const ALIVE_MS = 2_000;
/** Lies in a home that a daemon in the foreground has used: what it left is not to be started again. */
const MARK = 'foreground';
/** What is told on the console, and a start if it is not the first. All else is in `upkeep events`. */
const TOLD = new Set([
  'backing-off',
  'errored',
  'stopped',
  'killed',
  'launch-failed',
  'late',
  'not-live',
  'blocked',
  'reload-failed',
]);
/** PM2's words in its JSON lines. */
const JSON_WORDS: Readonly<Record<string, string>> = { started: 'start', ready: 'online', 'backing-off': 'exit' };

export class ForegroundDaemon {
  readonly setup: Foreground;
  readonly #daemon: Daemon;
  readonly #end: (code: number) => void;
  #allDownSince: number | null = null;
  #isEnding = false;

  /** @param end stops everything and leaves with the code */
  constructor(setup: Foreground, daemon: Daemon, end: (code: number) => void) {
    this.setup = setup;
    this.#daemon = daemon;
    this.#end = end;
    this.#say(`pid ${process.pid}`);
    setInterval(() => this.#say('alive'), ALIVE_MS).unref();
    if (setup.tellsEvents) daemon.events.follow((event) => this.#tell(event));
    if (!setup.autoExit) return;
    daemon.events.follow(() => setImmediate(() => this.#look()));
    setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** The descriptors for the next daemon, and the variable that says where it finds them. */
  handDown(firstFd: number): { readonly fds: readonly number[]; readonly env: Readonly<Record<string, string>> } {
    const { out, err, status } = this.setup;
    const moved: Foreground = { ...this.setup, out: firstFd, err: firstFd + 1, status: firstFd + 2 };
    return { fds: [out, err, status], env: { [FOREGROUND_VARIABLE]: JSON.stringify(moved) } };
  }

  /** The last words to the starter. */
  ended(code: number): void {
    this.#isEnding = true;
    this.#say(`exit ${code}`);
  }

  /** A second signal: nobody wants to wait for drains any more. */
  hurry(): void {
    for (const { instance } of this.#daemon.registry.runners) {
      const running = runningOf(instance.state);
      if (running !== null) signalProcess(running.process, 'SIGKILL');
    }
  }

  /** A starter that was killed cannot stop anything any more: its apps would stay for ever. */
  #say(line: string): void {
    try {
      writeSync(this.setup.status, `${line}\n`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE' && !this.#isEnding) this.#end(0);
    }
  }

  #look(): void {
    const { helpers } = this.setup;
    const { apps } = this.#daemon.registry;
    const runners = apps
      .filter(({ spec, shadows }) => shadows.size > 0 || !helpers.includes(spec.script))
      .flatMap((app) => app.runners);
    if (runners.length === 0 || !runners.every(isOver)) {
      this.#allDownSince = null;
      return;
    }
    const now = this.#daemon.clock.now();
    this.#allDownSince ??= now;
    if (runners.every(endedByItself)) this.#end(exitCode(runners));
    else if (now - this.#allDownSince >= STOPPED_GRACE_MS) this.#end(NOTHING_RUNS);
  }

  #tell({ kind, name, id, incarnation, reason, at }: EventRecord): void {
    if (name === null) return;
    const { style, out, err } = this.setup;
    try {
      if (style.kind === 'json') {
        const told = {
          timestamp: new Date(at).toISOString(),
          type: 'process_event',
          status: JSON_WORDS[kind] ?? kind,
          app_name: name,
        };
        writeSync(out, `${JSON.stringify({ ...told, process_id: id, message: reason })}\n`);
      } else if (TOLD.has(kind) || (kind === 'started' && (incarnation ?? 1) > 1)) {
        writeSync(err, `[UPKEEP] ${name}${id === null ? '' : ` (${id})`} ${kind}: ${reason}\n`);
      }
    } catch {
      // a full or closed console costs this line
    }
  }
}

/** Nothing but a command brings it back. */
function isOver({ instance: { state }, spec }: Runner): boolean {
  if (state.kind === 'failed') return state.holdover === null;
  return state.kind === 'down' && spec.cron === null;
}

/** Its last life ended without a command that stopped it. */
function endedByItself({ instance: { state, ledger } }: Runner): boolean {
  const [last] = ledger.lives;
  if (state.kind === 'failed') return true;
  // The restart policy begins its reasons with the end that it judged; a command has a reason of its own.
  return last !== undefined && state.kind === 'down' && state.reason.includes(describeExit(last.exit));
}

/** The first code of an app that is not 0; of apps that were given up on after clean ends PM2's 2. */
function exitCode(runners: readonly Runner[]): number {
  const codes = runners.map(({ instance: { ledger } }) =>
    ledger.lives[0] === undefined ? null : exitCodeOf(ledger.lives[0].exit),
  );
  const failed = codes.find((code) => code !== 0);
  if (failed !== undefined) return failed ?? NOTHING_RUNS;
  return runners.some(({ instance }) => instance.state.kind === 'failed') ? NOTHING_RUNS : 0;
}

/**
 * What an earlier run in the same home left: a container that was killed and started again begins anew. What still lives
 * is found by its records.
 */
export function forgetEarlierRun(paths: HomePaths): void {
  const mark = join(paths.home, MARK);
  if (existsSync(mark)) for (const file of [paths.state, `${paths.state}.bak`]) rmSync(file, { force: true });
  writeFileSync(mark, `${process.pid}\n`, { mode: 0o600 });
}
