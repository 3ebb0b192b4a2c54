/**
 * What restarts an app though nobody typed a command: its schedule, a changed file, too much memory. Each is made when
 * an app wants it and undone when it does not, so that an app without them costs nothing.
 */
import { resolve } from 'node:path';
import type { EventKind } from '../core/events.ts';
import type { AppSpec, WatchRules } from '../core/terms.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { type Watching, watchFiles } from '../platform/watch.ts';
import type { App } from './registry.ts';

export interface TriggerHooks {
  restart(app: App, reason: string, onlyRunning: boolean): void;
  note(app: App, kind: EventKind, reason: string): void;
  /** Runs the memory check: instances of these apps over their limit are restarted. */
  checkMemory(apps: readonly App[]): void;
}

interface Armed {
  readonly spec: AppSpec;
  readonly watching: boolean;
  undo: (() => void)[];
}

export class Triggers {
  readonly #hooks: TriggerHooks;
  readonly #clock: Clock;
  readonly #armed = new Map<string, Armed>();
  readonly #memoryEveryMs: number;
  #memoryTimer: Timer | null = null;
  #apps: readonly App[] = [];

  constructor(hooks: TriggerHooks, clock: Clock, memoryEveryMs: number) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.#memoryEveryMs = memoryEveryMs;
  }

  /** Makes what is armed fit what the apps want now. */
  align(apps: readonly App[]): void {
    this.#apps = apps;
    const present = new Set(apps.map((app) => app.key));
    for (const key of [...this.#armed.keys()]) if (!present.has(key)) this.#disarm(key);
    for (const app of apps) {
      const armed = this.#armed.get(app.key);
      if (armed !== undefined && armed.spec === app.spec && armed.watching === app.watching) continue;
      this.#disarm(app.key);
      this.#arm(app);
    }
    this.#alignMemory();
  }

  close(): void {
    for (const key of [...this.#armed.keys()]) this.#disarm(key);
    this.#memoryTimer?.cancel();
    this.#memoryTimer = null;
  }

  #arm(app: App): void {
    const armed: Armed = { spec: app.spec, watching: app.watching, undo: [] };
    this.#armed.set(app.key, armed);
    if (app.spec.cron !== null) void this.#armCron(app, armed, app.spec.cron);
    if (app.watching && app.spec.watch !== null) void this.#armWatch(app, armed, app.spec.watch);
  }

  #disarm(key: string): void {
    const armed = this.#armed.get(key);
    this.#armed.delete(key);
    for (const undo of armed?.undo ?? []) undo();
  }

  async #armCron(app: App, armed: Armed, pattern: string): Promise<void> {
    try {
      const { Cron } = await import('croner');
      if (this.#armed.get(app.key) !== armed) return;
      const job = new Cron(pattern, { unref: true }, () => {
        this.#hooks.note(app, 'schedule-due', pattern);
        this.#hooks.restart(app, `schedule ${pattern}`, false);
      });
      armed.undo.push(() => job.stop());
    } catch (error) {
      this.#hooks.note(app, 'schedule-failed', (error as Error).message);
    }
  }

  async #armWatch(app: App, armed: Armed, rules: WatchRules): Promise<void> {
    let pending: Timer | null = null;
    let watching: Watching | null = null;
    armed.undo.push(() => {
      pending?.cancel();
      void watching?.close();
    });
    const onChange = (path: string): void => {
      if (pending !== null || this.#armed.get(app.key) !== armed) return;
      pending = this.#clock.after(rules.delayMs, () => {
        pending = null;
        const file = resolve(app.spec.cwd, path);
        this.#hooks.note(app, 'file-changed', file);
        this.#hooks.restart(app, `file changed: ${file}`, true);
      });
    };
    const onError = (error: Error): void => this.#hooks.note(app, 'watch-failed', error.message);
    try {
      watching = await watchFiles({ ...rules, cwd: app.spec.cwd }, onChange, onError);
    } catch (error) {
      // The next daemon would fail in the same way: an app that is not watched is better than no daemon.
      onError(error as Error);
      return;
    }
    if (this.#armed.get(app.key) !== armed) void watching.close();
  }

  #alignMemory(): void {
    const limited = this.#apps.filter((app) => app.spec.maxMemoryBytes !== null);
    if (limited.length === 0) {
      this.#memoryTimer?.cancel();
      this.#memoryTimer = null;
      return;
    }
    this.#memoryTimer ??= this.#clock.after(this.#memoryEveryMs, () => {
      this.#memoryTimer = null;
      this.#hooks.checkMemory(this.#apps.filter((app) => app.spec.maxMemoryBytes !== null));
      this.#alignMemory();
    });
  }
}
