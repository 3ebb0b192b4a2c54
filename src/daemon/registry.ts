/**
 * The apps of a home and their instances: who there is, under which number, and what is durable of it. Every command
 * changes the list here, so that the file and the memory cannot differ.
 */
import { randomUUID } from 'node:crypto';
import { fail, ok, type Result } from '../core/errors.ts';
import { newInstance } from '../core/instance.ts';
import type { AppSpec } from '../core/terms.ts';
import {
  dropRecord,
  promoteRecords,
  removeRecord,
  type Slot,
  writeMembership,
  writeStart,
} from '../supervisor/record.ts';
import { Runner, type Surroundings } from '../supervisor/runner.ts';
import type { Store, StoredState } from './store.ts';

export interface App {
  readonly key: string;
  spec: AppSpec;
  /** Files are watched now; `stop` turns it off though the spec wants it. */
  watching: boolean;
  readonly runners: Runner[];
  /** Processes beside the main ones: candidates that are tried, and predecessors that are ending. */
  readonly shadows: Set<Runner>;
  /** By the slot's id: a process beside it that is being ended. The next one waits for that, as they share a record. */
  readonly retirements: Map<number, Promise<void>>;
  /** Grows with each reload. */
  generation: number;
  /** The reload under way. */
  rollout: Rollout | null;
}

/** A reload under way: a later one raises its target, a stop gives it up. */
export interface Rollout {
  spec: AppSpec;
  generation: number;
  /** Set: why it is to end now. */
  abortReason: string | null;
  readonly done: Promise<unknown>;
}

/** Ends a reload under way, so that another command can act on the app. */
export async function abortRollout(app: App, reason: string): Promise<void> {
  if (app.rollout === null) return;
  app.rollout.abortReason = reason;
  await app.rollout.done.catch(() => {});
}

const emptyApp = (key: string, spec: AppSpec): App => ({
  key,
  spec,
  watching: spec.watch !== null,
  runners: [],
  shadows: new Set(),
  retirements: new Map(),
  generation: 0,
  rollout: null,
});

export class Registry {
  readonly #apps = new Map<string, App>();
  readonly #store: Store;
  readonly #around: Surroundings;
  #nextId = 0;

  constructor(store: Store, around: Surroundings) {
    this.#store = store;
    this.#around = around;
  }

  get apps(): readonly App[] {
    return [...this.#apps.values()];
  }

  get runners(): readonly Runner[] {
    return this.apps.flatMap((app) => app.runners).sort((a, b) => a.slot.id - b.slot.id);
  }

  app(key: string): App | undefined {
    return this.#apps.get(key);
  }

  appOf(runner: Runner): App {
    return this.#apps.get(runner.slot.appKey) as App;
  }

  runner(id: number): Runner | undefined {
    for (const app of this.#apps.values()) for (const runner of app.runners) if (runner.slot.id === id) return runner;
    return undefined;
  }

  /** Takes over what was stored; the runners are made by `restore`. */
  restore(state: StoredState, makeRunner: (slot: Slot, spec: AppSpec) => Runner): void {
    this.#nextId = state.nextId;
    for (const { key, spec, watching, slots, generation } of state.apps) {
      const runners = slots.map((slot) => makeRunner(slot, spec));
      this.#apps.set(key, { ...emptyApp(key, spec), watching, runners, generation: generation ?? 0 });
    }
  }

  /** Adds apps, all or none: durable when this returns ok. Nothing is started. */
  add(specs: readonly AppSpec[]): Result<readonly App[]> {
    const firstId = this.#nextId;
    const added = specs.map((spec) => this.#newApp(spec));
    const saved = this.#saveWithMemberships(added);
    if (saved.ok) return ok(added);
    for (const app of added) {
      this.#apps.delete(app.key);
      for (const runner of app.runners) removeRecord(this.#around.run, runner.slot.id);
    }
    this.#nextId = firstId;
    return saved;
  }

  /** The folders first: what is in the list can then always be found again without it. */
  #saveWithMemberships(apps: readonly App[]): Result<null> {
    try {
      for (const app of apps)
        for (const { slot, started } of app.runners) {
          // A later daemon could not tell any more what it was started with.
          if (started !== null && started.spec !== app.spec) writeStart(this.#around.run, slot.id, started);
          writeMembership(this.#around.run, { slot, spec: app.spec });
        }
    } catch (error) {
      return fail(
        'IO_FAILED',
        `cannot write below ${this.#around.run}: ${(error as Error).message}`,
        'free space or check the permissions, then try again; nothing was changed',
      );
    }
    return this.save();
  }

  /** Lists an instance again that was found without an entry. */
  recover(slot: Slot, spec: AppSpec, runner: Runner): void {
    const app = this.#apps.get(slot.appKey) ?? emptyApp(slot.appKey, spec);
    this.#apps.set(slot.appKey, app);
    app.runners.push(runner);
    this.#nextId = Math.max(this.#nextId, slot.id + 1);
  }

  #newApp(spec: AppSpec): App {
    const key = randomUUID();
    const app = emptyApp(key, spec);
    this.#apps.set(key, app);
    for (let i = 0; i < spec.instances; i++) this.#newRunner(app);
    return app;
  }

  #newRunner(app: App): Runner {
    const slot: Slot = {
      id: this.#nextId++,
      appKey: app.key,
      number: this.#freeNumber(app.spec.name),
      uniqueId: randomUUID(),
    };
    const reason = app.spec.autostart ? 'not started yet' : 'autostart is off';
    const runner = new Runner(slot, app.spec, newInstance(this.#around.clock.now(), reason), this.#around);
    runner.generation = app.generation;
    app.runners.push(runner);
    return runner;
  }

  /** More instances of an app; durable when this returns ok. Nothing is started. */
  grow(app: App, count: number): Result<readonly Runner[]> {
    const firstId = this.#nextId;
    const added = Array.from({ length: count }, () => this.#newRunner(app));
    const saved = this.#saveWithMemberships([app]);
    if (saved.ok) return ok(added);
    app.runners.splice(app.runners.length - count, count);
    for (const { slot } of added) removeRecord(this.#around.run, slot.id);
    this.#nextId = firstId;
    return saved;
  }

  /** Makes `app.spec` and its generation durable. */
  setTarget(app: App, spec: AppSpec, generation: number): Result<null> {
    const before = { spec: app.spec, generation: app.generation };
    Object.assign(app, { spec, generation });
    const saved = this.#saveWithMemberships([app]);
    if (!saved.ok) Object.assign(app, before);
    return saved;
  }

  /** A process of the new generation beside the main one of a slot. */
  newCandidate(app: App, main: Runner, spec: AppSpec, generation: number): Runner {
    const ledger = main.reserveIncarnation();
    const candidate = new Runner(
      main.slot,
      spec,
      { state: { kind: 'down', reason: 'a candidate' }, ledger },
      this.#around,
      'candidate',
    );
    candidate.generation = generation;
    app.shadows.add(candidate);
    return candidate;
  }

  /** The candidate takes the slot; who had it is retiring. */
  promote(app: App, main: Runner, candidate: Runner): void {
    promoteRecords(this.#around.run, main.slot.id);
    main.role = 'retiring';
    candidate.role = 'main';
    candidate.listenWithinMs = null;
    app.shadows.delete(candidate);
    app.shadows.add(main);
    app.runners[app.runners.indexOf(main)] = candidate;
    candidate.persist();
    main.persist();
  }

  /** Forgets a process beside a slot; it must be down. */
  dropShadow(app: App, shadow: Runner): void {
    app.shadows.delete(shadow);
    dropRecord(this.#around.run, shadow.slot.id, shadow.role);
    shadow.remove();
  }

  /** The smallest number that no instance of that name has. */
  #freeNumber(name: string): number {
    const taken = new Set(
      this.apps
        .filter((app) => app.spec.name === name)
        .flatMap((app) => app.runners.map((runner) => runner.slot.number)),
    );
    for (let number = 0; ; number++) if (!taken.has(number)) return number;
  }

  /** Replaces specs by app key, all or none. */
  replaceSpecs(specs: Readonly<Record<string, AppSpec>>): Result<null> {
    const before = new Map<App, { spec: AppSpec; watching: boolean }>();
    for (const [key, spec] of Object.entries(specs)) {
      const app = this.#apps.get(key);
      if (app === undefined) continue;
      before.set(app, { spec: app.spec, watching: app.watching });
      app.spec = spec;
      app.watching = spec.watch !== null;
    }
    const saved = this.#saveWithMemberships([...before.keys()]);
    if (!saved.ok) {
      for (const [app, { spec, watching }] of before) Object.assign(app, { spec, watching });
      return saved;
    }
    for (const app of before.keys()) for (const runner of app.runners) runner.spec = app.spec;
    return ok(null);
  }

  /** Forgets instances that are down. */
  remove(runners: readonly Runner[]): Result<null> {
    for (const runner of runners) {
      const app = this.#apps.get(runner.slot.appKey);
      if (app === undefined) continue;
      app.runners.splice(app.runners.indexOf(runner), 1);
      if (app.runners.length === 0) this.#apps.delete(app.key);
    }
    if (this.#apps.size === 0) this.#nextId = 0;
    const saved = this.save();
    for (const runner of runners) {
      runner.remove();
      // After the list says so: a record without an entry is cleared up, an entry without a record is a new start.
      removeRecord(this.#around.run, runner.slot.id);
    }
    return saved;
  }

  /** Writes everything down again: the files are gone. */
  saveAnew(): Result<null> {
    this.#store.forget();
    return this.#saveWithMemberships(this.apps);
  }

  /** @param resume instances that the next daemon is to start */
  save(resume: readonly number[] = []): Result<null> {
    const apps = this.apps.map(({ key, spec, watching, runners, generation }) => ({
      key,
      spec,
      watching,
      generation,
      slots: runners.map((runner) => runner.slot),
    }));
    return this.#store.save({ nextId: this.#nextId, apps, resume });
  }
}

/** Refuses what cannot be: used before anything is changed. */
export function refuseStart(registry: Registry, spec: AppSpec): Result<null> {
  const same = registry.apps.find(
    (app) => app.spec.name === spec.name && app.spec.script === spec.script && sameArgs(app.spec, spec),
  );
  if (same === undefined) return ok(null);
  return fail(
    'ALREADY_EXISTS',
    `${spec.name} (${spec.script}) is there already`,
    `use "upkeep restart ${spec.name}", another --name, or --force for a second one`,
  );
}

/** Programs run through a shell or an interpreter found by name share their path: only the path of a script tells apps apart. */
const sameArgs = (a: AppSpec, b: AppSpec): boolean =>
  a.interpreter !== null || JSON.stringify(a.args) === JSON.stringify(b.args);
