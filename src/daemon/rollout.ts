/**
 * Rolling replacement: level-triggered, one generation after the other. The new process of a slot first, ready and healthy,
 * then the old one drains; what does not become ready is removed, and the old one has never stopped serving.
 */
import { declaresSockets } from '../core/declared.ts';
import type { Failure } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import { type Instance, reasonOf, runningOf, wantsUp } from '../core/instance.ts';
import type { AppSpec } from '../core/terms.ts';
import type { Outcome, Report } from '../protocol/control.ts';
import { hasRuntime } from '../supervisor/agents.ts';
import { addressesOf } from '../supervisor/readiness.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';
import { tellChanges } from './news.ts';
import { act, awaitUp, label, must, outcomeOf, pick, restartOne } from './outcomes.ts';
import type { App, Rollout } from './registry.ts';
import { grow, shrink } from './scale.ts';

export async function reloadApps(
  daemon: Daemon,
  params: { targets: readonly string[]; specs: Readonly<Record<string, AppSpec>>; parallel: number | null },
): Promise<Report> {
  const notes: string[] = [];
  return act(
    daemon,
    params.targets,
    async (runners) => {
      const apps = new Set(runners.map((runner) => daemon.registry.appOf(runner)));
      const outcomes = await Promise.all(
        [...apps].map((app) => {
          const spec = params.specs[app.key] ?? app.spec;
          if (spec.reload.order === 'stop-first' && !hasRuntime(spec))
            notes.push(`${spec.name} was stopped before its successor was started (reload_order: stop-first)`);
          return roll(daemon, app, spec, { parallel: params.parallel, reason: 'reloaded by command', isCommand: true });
        }),
      );
      daemon.listChanged();
      return outcomes.flat();
    },
    notes,
  );
}

interface RollOptions {
  /** Replaced at a time; null: as the app's own rules say. */
  readonly parallel: number | null;
  readonly reason: string;
  /** Somebody typed it. */
  readonly isCommand?: true;
  /** These, whatever their generation, before those that are behind. */
  readonly first?: readonly Runner[];
}

/** A second reload raises the target of the one under way; both callers get the end of it. */
async function roll(daemon: Daemon, app: App, spec: AppSpec, options: RollOptions): Promise<readonly Outcome[]> {
  const before = { spec: app.spec, generation: app.generation };
  // A reload that failed may have left some of its processes: they are older than this one, too.
  const newest = Math.max(app.generation, ...app.runners.map((runner) => runner.generation));
  must(daemon.registry.setTarget(app, spec, newest + 1));
  tellChanges(daemon, before.spec, spec, app.generation);
  if (app.rollout !== null) {
    Object.assign(app.rollout, { spec, generation: app.generation });
    return (await app.rollout.done) as readonly Outcome[];
  }
  return begin(daemon, app, options, before);
}

/** For what restarts an app though nobody typed a command; apps that stop first are restarted as ever. */
export function restartByTrigger(daemon: Daemon, app: App, reason: string, onlyRunning: boolean): void {
  const isRolling = app.spec.reload.order === 'start-first' && app.runners.some(isRunning);
  if (!isRolling) {
    for (const runner of app.runners) {
      const { kind } = runner.instance.state;
      if (onlyRunning && kind === 'down') continue;
      // Somebody has told it to end, and waits for that.
      if (kind !== 'down' && kind !== 'failed' && !wantsUp(runner.instance)) continue;
      runner.send({ type: 'restart', reason, manual: false });
    }
    return;
  }
  inBackground(daemon, app, roll(daemon, app, app.spec, { parallel: null, reason }));
}

/** Replaces one process that has had its time; a reload under way will do it anyway. */
export function recycle(daemon: Daemon, app: App, runner: Runner, reason: string): void {
  if (app.spec.reload.order === 'stop-first') {
    runner.send({ type: 'restart', reason, manual: false });
    return;
  }
  if (app.rollout !== null) return;
  const before = { spec: app.spec, generation: app.generation };
  inBackground(daemon, app, begin(daemon, app, { parallel: null, reason, first: [runner] }, before));
}

/** What came of it stands among the events. */
function inBackground(daemon: Daemon, app: App, done: Promise<unknown>): void {
  void done.catch((error: Error) => daemon.tell(null, app.spec.name, null, 'reload-failed', error.message));
}

const isRunning = (runner: Runner): boolean => runningOf(runner.instance.state) !== null;

function begin(
  daemon: Daemon,
  app: App,
  options: RollOptions,
  before: { spec: AppSpec; generation: number },
): Promise<readonly Outcome[]> {
  const done = Promise.resolve()
    .then(() => converge(daemon, app, rollout, options))
    .then((outcomes) => fitCount(daemon, app, rollout, before.spec.instances, outcomes))
    .then((outcomes) => {
      const failure = outcomes.find((outcome) => outcome.failure !== null)?.failure ?? null;
      if (failure !== null) must(daemon.registry.setTarget(app, before.spec, before.generation));
      daemon.declared.prune(app.key, app.spec);
      const { what, details } = described(rollout, options);
      if (failure === null) daemon.tell(null, app.spec.name, null, 'reloaded', what, details);
      else daemon.tell(null, app.spec.name, null, 'reload-failed', `${what}: ${failure.message}`, details);
      return outcomes;
    })
    .finally(() => {
      app.rollout = null;
    });
  const rollout: Rollout = { spec: app.spec, generation: app.generation, abortReason: null, done };
  app.rollout = rollout;
  const { what, details } = described(rollout, options);
  daemon.tell(null, app.spec.name, null, 'reload-begun', what, details);
  return done;
}

const described = ({ generation }: Rollout, { reason }: RollOptions) => ({
  what: `generation ${generation}, ${reason}`,
  details: { generation, trigger: reason },
});

/** One idempotent check, again and again: replace what is older than the target, until nothing is. */
async function converge(daemon: Daemon, app: App, rollout: Rollout, options: RollOptions): Promise<readonly Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  const replaced = new Map<Runner, number>();
  let asked = options.first ?? [];
  /** The generation of which one process has proven itself. */
  let proven: number | null = null;
  for (;;) {
    const behind = asked.length > 0 ? asked : app.runners.filter((runner) => runner.generation < rollout.generation);
    asked = [];
    if (behind.length === 0) return [...outcomes.values()];
    const { generation } = rollout;
    const { maxSurge, minHealthyMs } = rollout.spec.reload;
    const { minUptimeMs } = rollout.spec.restart;
    const healthyMs = proven === generation ? Math.min(minUptimeMs, minHealthyMs) : minHealthyMs;
    const size = Math.max(1, options.parallel ?? maxSurge);
    const isLast = behind.length <= size;
    const batch = await Promise.all(
      behind.slice(0, size).map((runner) => replace(daemon, app, runner, rollout, { healthyMs, isLast })),
    );
    for (const { outcome, runner } of batch) {
      outcomes.set(outcome.id, outcome);
      if (outcome.failure === null && options.isCommand === true) daemon.steps.command(runner, 'reloaded');
      if (outcome.failure === null && isRunning(runner)) replaced.set(runner, runner.instance.ledger.incarnation);
    }
    for (const [runner, incarnation] of replaced) {
      const failure = app.runners.includes(runner) ? fallen(runner, incarnation) : null;
      if (failure !== null) outcomes.set(runner.slot.id, outcomeOf(runner, failure));
    }
    // A missed deadline is a failure: what still runs the old generation is left as it is.
    if ([...outcomes.values()].some((outcome) => outcome.failure !== null)) return [...outcomes.values()];
    proven = generation;
  }
}

/** An edited number of instances takes effect once the others are replaced; one that was not edited leaves what `scale` made. */
async function fitCount(
  daemon: Daemon,
  app: App,
  { spec }: Rollout,
  before: number,
  outcomes: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const more = spec.instances - app.runners.length;
  if (spec.instances === before || more === 0 || outcomes.some((outcome) => outcome.failure !== null)) return outcomes;
  if (more > 0) return [...outcomes, ...(await grow(daemon, app, more))];
  const gone = new Set((await shrink(daemon, app, -more)).map((outcome) => outcome.id));
  return outcomes.filter((outcome) => !gone.has(outcome.id));
}

/** A process that had taken its slot, and did not live to see the end of the reload. */
function fallen(runner: Runner, incarnation: number): Failure | null {
  const { state, ledger } = runner.instance;
  if (ledger.incarnation === incarnation && state.kind === 'ready') return null;
  const life = ledger.lives.find((candidate) => candidate.incarnation === incarnation);
  const why = life === undefined ? reasonOf(state) : describeExit(life.exit);
  return {
    code: 'NOT_READY',
    message: `${label(runner)} did not stay up (${why}); what still ran the old generation keeps serving`,
    hint: `\`upkeep why ${runner.spec.name}\` shows more`,
  };
}

interface Replaced {
  readonly outcome: Outcome;
  /** Who has the slot now. */
  readonly runner: Runner;
}

interface Trial {
  readonly healthyMs: number;
  /** Nothing is left that a failure could spare. */
  readonly isLast: boolean;
}

async function replace(daemon: Daemon, app: App, main: Runner, rollout: Rollout, trial: Trial): Promise<Replaced> {
  const { spec, generation } = rollout;
  if (rollout.abortReason !== null)
    return { runner: main, outcome: outcomeOf(main, aborted(main, rollout.abortReason)) };
  const old = runningOf(main.instance.state);
  if (old === null || spec.reload.order === 'stop-first') return restartInPlace(daemon, main, rollout, trial);
  await app.retirements.get(main.slot.id);
  const candidate = daemon.registry.newCandidate(app, main, spec, generation);
  // Inherited sockets listen in any process that has them.
  const { waitReady, probed = false } = spec.readiness;
  if (!waitReady && !probed && !declaresSockets(spec) && addressesOf(old.process.pid).length > 0)
    candidate.listenWithinMs = spec.readiness.succeedWithinMs;
  candidate.send({ type: 'start' });
  const outcome = await tried(daemon, candidate, rollout, trial.healthyMs);
  if (outcome.failure !== null) {
    // Told to go by a command it has done nothing wrong.
    if (rollout.abortReason === null) daemon.crashes.blame(candidate, outcome.failure.message);
    await retire(daemon, app, candidate, 'its reload failed');
    const message = `${outcome.failure.message}; the old process keeps serving`;
    const pid = runningOf(main.instance.state)?.process.pid ?? 0;
    return { runner: main, outcome: { ...outcome, status: 'online', pid, failure: { ...outcome.failure, message } } };
  }
  candidate.admit();
  daemon.registry.promote(app, main, candidate);
  await retire(daemon, app, main, 'replaced by a newer one');
  return { runner: candidate, outcome: outcomeOf(candidate, null, { up: outcome.up }) };
}

/** The old process ends first; its socket, held by the daemon, lets clients wait. */
async function restartInPlace(daemon: Daemon, main: Runner, rollout: Rollout, trial: Trial): Promise<Replaced> {
  const before = main.spec;
  main.spec = rollout.spec;
  main.generation = rollout.generation;
  const { incarnation } = main.instance.ledger;
  const up = await restartOne(daemon, main, true, false);
  const outcome =
    up.failure !== null || trial.isLast
      ? up
      : await stayed(daemon, main, rollout, trial.healthyMs, incarnation + 1, up);
  // Its next life goes back to the options of which it is known that they worked.
  if (outcome.failure !== null) main.spec = before;
  return { runner: main, outcome };
}

const aborted = (runner: Runner, reason: string): Failure => ({
  code: 'BUSY',
  message: `the reload of ${runner.spec.name} was given up: ${reason}`,
});

/** Ready, and still so after a while: or why not. */
async function tried(daemon: Daemon, candidate: Runner, rollout: Rollout, healthyMs: number): Promise<Outcome> {
  const { incarnation } = candidate.instance.ledger;
  const outcome = await Promise.race([awaitUp(daemon, candidate, incarnation), abortion(daemon, candidate, rollout)]);
  if (outcome.failure !== null) return outcome;
  return stayed(daemon, candidate, rollout, healthyMs, incarnation, outcome);
}

async function stayed(
  daemon: Daemon,
  runner: Runner,
  rollout: Rollout,
  healthyMs: number,
  incarnation: number,
  outcome: Outcome,
): Promise<Outcome> {
  const isOver = ({ state }: Instance): boolean => state.kind !== 'ready' || state.unready !== undefined;
  const ended = await Promise.race([
    runner.until(isOver).then(() => true),
    abortion(daemon, runner, rollout).then(() => false),
    new Promise<false>((resolve) => daemon.clock.after(healthyMs, () => resolve(false))),
  ]);
  if (rollout.abortReason !== null) return outcomeOf(runner, aborted(runner, rollout.abortReason));
  return ended ? awaitUp(daemon, runner, incarnation) : outcome;
}

async function abortion(daemon: Daemon, candidate: Runner, rollout: Rollout): Promise<Outcome> {
  while (rollout.abortReason === null && daemon.registry.appOf(candidate)?.rollout === rollout)
    await new Promise<void>((resolve) => daemon.clock.after(50, resolve));
  return outcomeOf(candidate, aborted(candidate, rollout.abortReason ?? 'it is over'));
}

/** Lets a process beside a slot end, and forgets it. */
export function retire(daemon: Daemon, app: App, shadow: Runner, reason: string): Promise<void> {
  const { id } = shadow.slot;
  const before = app.retirements.get(id);
  const done = Promise.all([before, end(daemon, app, shadow, reason)]).then(() => {
    if (app.retirements.get(id) === done) app.retirements.delete(id);
  });
  app.retirements.set(id, done);
  return done;
}

async function end(daemon: Daemon, app: App, shadow: Runner, reason: string): Promise<void> {
  shadow.send({ type: 'stop', reason });
  await shadow.until(({ state }) => state.kind === 'down' || state.kind === 'failed');
  await shadow.collected();
  if (shadow.instance.state.kind === 'down' || runningOf(shadow.instance.state) === null)
    daemon.registry.dropShadow(app, shadow);
  else daemon.tell(shadow.slot.id, shadow.spec.name, null, 'stop-failed', 'a replaced process could not be ended');
}

/** After a daemon's death in the middle of a reload the next one goes on with it. */
export function resumeRollouts(daemon: Daemon): void {
  for (const app of daemon.registry.apps) {
    const behind = app.runners.filter((runner) => runner.generation < app.generation && isRunning(runner));
    if (behind.length === 0) continue;
    // If it fails it is not to be tried again by every daemon to come.
    const generation = Math.min(...behind.map((runner) => runner.generation));
    daemon.tell(null, app.spec.name, null, 'reload-resumed', `generation ${app.generation}`, {
      generation: app.generation,
    });
    const options = { parallel: null, reason: 'resumed by the next daemon' };
    inBackground(daemon, app, begin(daemon, app, options, { spec: app.spec, generation }));
  }
}

/** For the client of a daemon that did not live to answer. null: the reload had not begun. */
export async function reloadOutcome(
  daemon: Daemon,
  { targets, since }: { readonly targets: readonly string[]; readonly since: number },
): Promise<Report | null> {
  const apps = new Set(pick(daemon, targets).runners.map((runner) => daemon.registry.appOf(runner)));
  const outcomes: Outcome[] = [];
  for (const app of apps) {
    const ofApp = ((await app.rollout?.done) as readonly Outcome[] | undefined) ?? endOfReload(daemon, app, since);
    if (ofApp === null) return null;
    outcomes.push(...ofApp);
  }
  return outcomes.length === 0 ? null : { outcomes, notes: [] };
}

function endOfReload(daemon: Daemon, app: App, since: number): readonly Outcome[] | null {
  const failed = daemon.events
    .since(null)
    .events.findLast(({ at, kind, name }) => at >= since && kind === 'reload-failed' && name === app.spec.name);
  if (failed !== undefined) {
    const hint = `\`upkeep why ${app.spec.name}\` shows more`;
    return app.runners.map((runner) => outcomeOf(runner, { code: 'NOT_READY', message: failed.reason, hint }));
  }
  const running = app.runners.flatMap((runner) => runningOf(runner.instance.state) ?? []);
  const isDone = running.length > 0 && running.every(({ launchedAt }) => launchedAt >= since);
  return isDone ? app.runners.map((runner) => outcomeOf(runner, null)) : null;
}
