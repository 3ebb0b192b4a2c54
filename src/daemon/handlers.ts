/**
 * What each method of the control language does. It only picks instances, sends events to their machines and waits for
 * what comes of it; what may happen to an instance is decided in `core/`.
 */
import { declaresSockets } from '../core/declared.ts';
import { fail, ok, type Result, UpkeepError } from '../core/errors.ts';
import { runningOf, wantsUp } from '../core/instance.ts';
import type { AppSpec } from '../core/terms.ts';
import { signalProcess } from '../platform/process.ts';
import { writeStdin } from '../platform/spawn.ts';
import type { Outcome, ProcessStep, Report, WhyView } from '../protocol/control.ts';
import { addressesOf } from '../supervisor/readiness.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';
import { identityEnv } from './instance-env.ts';
import { tellChanges } from './news.ts';
import { act, awaitUp, LINES_OF_A_FAILURE, label, must, outcomeOf, pick, restartOne, stopRunners } from './outcomes.ts';
import { LINES_SEARCHED, portConflict } from './port-conflict.ts';
import { type App, abortRollout, refuseStart } from './registry.ts';
import { grow, shrink } from './scale.ts';
import { nextOf } from './views.ts';

export interface StartOptions {
  /** Start although the same app is there. */
  readonly force: boolean;
  /** Answer when each is up, or is known not to be. */
  readonly wait: boolean;
  /** Which to start at once; the others are only registered. */
  readonly isWanted: (spec: AppSpec) => boolean;
  /** A declared socket that cannot be opened keeps all of them from being started; false: only its own app. */
  readonly allOrNone: boolean;
  /** How long a port that is taken is waited for. Default 0. */
  readonly awaitPortsMs?: number;
}

export async function startApps(daemon: Daemon, specs: readonly AppSpec[], options: StartOptions): Promise<Report> {
  refuseDoubles(daemon, specs, options);
  const declaring = specs.filter((spec) => declaresSockets(spec) && options.allOrNone && options.isWanted(spec));
  if (declaring.length === 0) return addApps(daemon, specs, options);
  // Before anything is listed: a port in use must not leave half of it started.
  const opened = must(await daemon.declared.openFor(declaring));
  try {
    // The same command may have come meanwhile.
    refuseDoubles(daemon, specs, options);
    return await addApps(daemon, specs, options, (app) => daemon.declared.give(app.key, opened.get(app.spec)));
  } finally {
    daemon.declared.closeUngiven(opened.values());
  }
}

function refuseDoubles(daemon: Daemon, specs: readonly AppSpec[], options: StartOptions): void {
  for (const spec of specs) {
    const refused = options.force ? ok(null) : refuseStart(daemon.registry, spec);
    if (!refused.ok) throw new UpkeepError(refused.failure);
  }
}

/** @param equip is called with each app when it is listed and before it is started */
async function addApps(
  daemon: Daemon,
  specs: readonly AppSpec[],
  options: StartOptions,
  equip: (app: App) => void = () => {},
): Promise<Report> {
  const notes = specs.flatMap((spec) => nameNotes(daemon, spec));
  const added = must(daemon.registry.add(specs));
  for (const app of added) {
    equip(app);
    if (options.awaitPortsMs !== undefined) daemon.portWaits.allow(app.key, options.awaitPortsMs);
  }
  daemon.listChanged();
  const runners = added.flatMap((app) => app.runners);
  for (const runner of runners) daemon.steps.expect(runner);
  const starting = runners.filter((runner) => options.isWanted(runner.spec));
  daemon.launcher.expect(starting.length);
  return { outcomes: await startRunners(daemon, starting, options.wait, runners), notes };
}

function nameNotes(daemon: Daemon, spec: AppSpec): string[] {
  if (!daemon.registry.apps.some((app) => app.spec.name === spec.name)) return [];
  return [`another app is already named ${spec.name}: commands by name act on both`];
}

async function startRunners(
  daemon: Daemon,
  starting: readonly Runner[],
  wait: boolean,
  all: readonly Runner[] = starting,
): Promise<readonly Outcome[]> {
  const awaited = starting.map((runner) => {
    const before = runner.instance.ledger.incarnation;
    runner.send({ type: 'start' });
    return { runner, incarnation: Math.max(before + 1, runner.instance.ledger.incarnation) };
  });
  const waited = wait
    ? await Promise.all(awaited.map(({ runner, incarnation }) => awaitUp(daemon, runner, incarnation)))
    : [];
  return all.map((runner) => waited.find((outcome) => outcome.id === runner.slot.id) ?? outcomeOf(runner, null));
}

/** Reloads under way on these apps end first: the later command wins. */
async function abortRollouts(daemon: Daemon, targets: readonly string[], reason: string): Promise<void> {
  const apps = new Set(pick(daemon, targets, true).runners.map((runner) => daemon.registry.appOf(runner)));
  await Promise.all([...apps].map((app) => abortRollout(app, reason)));
}

/** What is left beside the slots of an app ends with it. */
export async function stopShadows(apps: Iterable<App>): Promise<void> {
  for (const app of apps) await stopRunners([...app.shadows], 'its app is being ended');
}

export async function restartApps(
  daemon: Daemon,
  params: {
    targets: readonly string[];
    specs: Readonly<Record<string, AppSpec>>;
    wait: boolean;
    onlyDown: boolean;
    toggleWatch?: boolean;
  },
): Promise<Report> {
  await abortRollouts(daemon, params.targets, 'a restart was asked for');
  return act(daemon, params.targets, async (runners) => {
    const touched = new Set(runners.map((runner) => runner.slot.appKey));
    const specs = Object.fromEntries(Object.entries(params.specs).filter(([key]) => touched.has(key)));
    const edited = editedCounts(daemon, specs);
    if (Object.keys(specs).length > 0) {
      replaceSpecs(daemon, specs);
    }
    const surplus: Outcome[] = [];
    for (const [app, count] of edited) if (count < 0) surplus.push(...(await shrink(daemon, app, -count)));
    if (params.toggleWatch === true) toggleWatch(daemon, touched);
    daemon.listChanged();
    daemon.launcher.expect(runners.length);
    const left = runners.filter(({ slot }) => !surplus.some(({ id }) => id === slot.id));
    const outcomes = [
      ...surplus.filter(({ failure }) => failure !== null),
      ...(await Promise.all(left.map((runner) => restartOne(daemon, runner, params.wait, params.onlyDown)))),
    ];
    for (const [app, count] of edited) if (count > 0) outcomes.push(...(await grow(daemon, app, count)));
    for (const [key, spec] of Object.entries(specs)) daemon.declared.prune(key, spec);
    tellSteps(daemon, runners, outcomes, 'restarted');
    return outcomes;
  });
}

function replaceSpecs(daemon: Daemon, specs: Readonly<Record<string, AppSpec>>): void {
  const before = Object.keys(specs)
    .flatMap((key) => daemon.registry.app(key) ?? [])
    .map((app) => [app, app.spec] as const);
  must(daemon.registry.replaceSpecs(specs));
  for (const [app, spec] of before) tellChanges(daemon, spec, app.spec, app.generation);
}

/** How many instances an edited `instances` adds or takes away; one that was not edited leaves what `scale` made. */
function editedCounts(daemon: Daemon, specs: Readonly<Record<string, AppSpec>>): ReadonlyMap<App, number> {
  const counts = new Map<App, number>();
  for (const [key, spec] of Object.entries(specs)) {
    const app = daemon.registry.app(key);
    if (app === undefined || app.spec.instances === spec.instances) continue;
    const more = spec.instances - app.runners.length;
    if (more !== 0) counts.set(app, more);
  }
  return counts;
}

/** New specs without a new process. What is running goes on under its old one, but for the rotation of its logs. */
export async function amendApps(
  daemon: Daemon,
  specs: Readonly<Record<string, AppSpec>>,
): Promise<Record<string, never>> {
  const watching = new Map(Object.keys(specs).map((key) => [key, daemon.registry.app(key)?.watching]));
  replaceSpecs(daemon, specs);
  for (const [key, was] of watching) {
    const app = daemon.registry.app(key);
    if (app === undefined) continue;
    app.watching = was ?? app.watching;
    for (const runner of app.runners) {
      const running = runningOf(runner.instance.state);
      if (running === null) continue;
      const channels = daemon.channels(runner.slot, app.spec, running.incarnation, true);
      await daemon.pump.update(runner.slot.id, running.incarnation, channels);
    }
  }
  daemon.listChanged();
  return {};
}

function toggleWatch(daemon: Daemon, keys: ReadonlySet<string>): void {
  for (const key of keys) {
    const app = daemon.registry.app(key);
    if (app !== undefined) app.watching = !app.watching;
  }
  must(daemon.registry.save());
}

export async function stopApps(daemon: Daemon, targets: readonly string[]): Promise<Report> {
  await abortRollouts(daemon, targets, 'a stop was asked for');
  const { runners } = pick(daemon, targets, true);
  const apps = new Set(runners.map((runner) => daemon.registry.appOf(runner)));
  const notes = [...apps]
    .filter((app) => app.spec.cron !== null)
    .map((app) => `${app.spec.name} keeps its schedule (${app.spec.cron}), which will start it again`);
  return act(
    daemon,
    targets,
    async (picked) => {
      const watched = [...apps].filter((app) => app.watching);
      for (const app of watched) app.watching = false;
      // A disk that is full must not keep an app from being stopped.
      const saved = watched.length === 0 ? ok(null) : daemon.registry.save();
      if (!saved.ok) notes.push(`${saved.failure.message}: after a restart of the daemon files are watched again`);
      daemon.listChanged();
      const outcomes = await stopRunners(picked, 'stopped by command');
      tellSteps(daemon, picked, outcomes, 'stopped');
      return outcomes;
    },
    notes,
  );
}

export async function deleteApps(daemon: Daemon, targets: readonly string[]): Promise<Report> {
  await abortRollouts(daemon, targets, 'a delete was asked for');
  return act(daemon, targets, async (runners) => {
    await stopShadows(new Set(runners.map((runner) => daemon.registry.appOf(runner))));
    let outcomes = await stopRunners(runners, 'deleted by command');
    // A schedule may have started one anew while others were still ending.
    while (runners.some((runner) => wantsUp(runner.instance)))
      outcomes = await stopRunners(runners, 'deleted by command');
    const gone = runners.filter((_, i) => outcomes[i]?.failure === null);
    tellSteps(daemon, runners, outcomes, 'deleted');
    const removed = daemon.registry.remove(gone);
    for (const runner of gone) {
      daemon.forget(runner);
      daemon.tell(runner.slot.id, runner.spec.name, null, 'deleted', 'deleted by command');
    }
    daemon.listChanged();
    if (!removed.ok) throw new UpkeepError(removed.failure);
    return outcomes;
  });
}

/** Of those in which the command was carried out. */
function tellSteps(daemon: Daemon, runners: readonly Runner[], outcomes: readonly Outcome[], step: ProcessStep): void {
  runners.forEach((runner, i) => {
    if (outcomes[i]?.failure === null) daemon.steps.command(runner, step);
  });
}

export async function resetApps(daemon: Daemon, targets: readonly string[]): Promise<Report> {
  return act(daemon, targets, async (runners) =>
    runners.map((runner) => {
      runner.reset();
      return outcomeOf(runner, null);
    }),
  );
}

/** A mark for tools that look at `jlist`; it changes nothing else. */
export async function monitorApps(daemon: Daemon, targets: readonly string[], on: boolean): Promise<Report> {
  return act(daemon, targets, async (runners) => {
    for (const { slot } of runners) slot.monitored = on;
    must(daemon.registry.save());
    return runners.map((runner) => outcomeOf(runner, null));
  });
}

export async function signalApps(daemon: Daemon, targets: readonly string[], signal: string): Promise<Report> {
  return act(daemon, targets, async (runners) =>
    runners.map((runner) => {
      const running = runningOf(runner.instance.state);
      if (running === null)
        return outcomeOf(runner, {
          code: 'NOT_RUNNING',
          message: `${label(runner)} does not run: it got no ${signal}`,
        });
      const sent = signalProcess(running.process, signal as NodeJS.Signals);
      return outcomeOf(
        runner,
        sent === 'sent' ? null : { code: 'NOT_RUNNING', message: `${label(runner)} got no ${signal}: ${sent}` },
      );
    }),
  );
}

/** @param line with what ends it */
export async function sendLine(daemon: Daemon, target: string, line: string): Promise<Report> {
  return act(daemon, [target], async (runners) =>
    runners.map((runner) => {
      const running = runningOf(runner.instance.state);
      const written: Result<null> =
        running === null
          ? fail('NOT_RUNNING', `${label(runner)} does not run`)
          : writeStdin(daemon.launcher.folderOf(runner.slot.id, running.incarnation), line);
      return outcomeOf(runner, written.ok ? null : written.failure);
    }),
  );
}

export async function why(daemon: Daemon, target: string): Promise<readonly WhyView[]> {
  const asked = pick(daemon, [target]);
  if (asked.failure !== null) throw new UpkeepError(asked.failure);
  const read = asked.runners.map(
    async (runner) => [runner, await daemon.lines(runner.slot.id, LINES_SEARCHED)] as const,
  );
  const linesOf = new Map(await Promise.all(read));
  // Some may have come or gone meanwhile.
  const { runners, failure } = pick(daemon, [target]);
  if (failure !== null) throw new UpkeepError(failure);
  return runners.map((runner) => {
    const running = runningOf(runner.instance.state);
    const lines = linesOf.get(runner) ?? [];
    return {
      instance: daemon.view(runner),
      next: nextOf(runner.instance, daemon.clock.now()),
      lives: runner.instance.ledger.lives,
      lastLines: lines.slice(-LINES_OF_A_FAILURE),
      listening: running === null ? [] : daemon.health.ownAddresses(runner, addressesOf(running.process.pid)),
      portConflict: portConflict(
        lines.map((line) => line.text),
        daemon.registry.runners,
      ),
      cut: lastCut(daemon, runner.slot.id),
      crash: daemon.crashes.newestOf(runner.slot, runner.spec.name),
    };
  });
}

/** Of the last life of which something was cut. */
function lastCut(daemon: Daemon, id: number): readonly string[] {
  const cuts = daemon.events.since(null).events.filter((event) => event.kind === 'cut' && event.id === id);
  return cuts.filter(({ incarnation }) => incarnation === cuts.at(-1)?.incarnation).map(({ reason }) => reason);
}

export function envOf(
  daemon: Daemon,
  target: string,
): { env: AppSpec['env']; instanceEnv: Readonly<Record<string, string>> } {
  const { runners, failure } = pick(daemon, [target]);
  const runner = runners[0];
  if (failure !== null || runner === undefined)
    throw new UpkeepError(failure ?? { code: 'NOT_FOUND', message: `no process ${target}` });
  return { env: runner.spec.env, instanceEnv: identityEnv(runner.slot, runner.spec, daemon.paths.home) };
}
