/**
 * Rolling replacement: level-triggered, one generation after the other. The new process of a slot first, ready and healthy,
 * then the old one drains; what does not become ready is removed, and the old one has never stopped serving.
 */
import { UpkeepError } from '../core/errors.ts';
import { type Instance, runningOf } from '../core/instance.ts';
import type { AppSpec } from '../core/terms.ts';
import type { Outcome, Report } from '../protocol/control.ts';
import { addressesOf } from '../supervisor/readiness.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';
import { sharesPorts } from './instance-env.ts';
import { act, awaitUp, must, outcomeOf, restartOne, stopRunners } from './outcomes.ts';
import type { App, Rollout } from './registry.ts';

/** A successor of a process that listens may take this long to listen, unless `listen_timeout` says more. */
const LISTEN_WITHIN_MS = 60_000;
/** A new process must stay up this long before its predecessor is let go. */
const MIN_HEALTHY_MS = 1_000;

export async function reloadApps(
  daemon: Daemon,
  params: { targets: readonly string[]; specs: Readonly<Record<string, AppSpec>>; parallel: number },
): Promise<Report> {
  const notes: string[] = [];
  return act(
    daemon,
    params.targets,
    async (runners) => {
      const apps = new Set(runners.map((runner) => daemon.registry.appOf(runner)));
      const outcomes = await Promise.all(
        [...apps].map(async (app) => {
          const spec = params.specs[app.key] ?? app.spec;
          if (sharesPorts(spec)) return roll(daemon, app, spec, params.parallel);
          notes.push(`${spec.name} cannot share its port (fork mode): it was restarted, with a short gap`);
          if (spec !== app.spec) must(daemon.registry.replaceSpecs({ [app.key]: spec }));
          return Promise.all(app.runners.map((runner) => restartOne(daemon, runner, true, false)));
        }),
      );
      daemon.listChanged();
      return outcomes.flat();
    },
    notes,
  );
}

/** A second reload raises the target of the one under way; both callers get the end of it. */
async function roll(daemon: Daemon, app: App, spec: AppSpec, parallel: number): Promise<readonly Outcome[]> {
  const before = { spec: app.spec, generation: app.generation };
  must(daemon.registry.setTarget(app, spec, app.generation + 1));
  if (app.rollout !== null) {
    Object.assign(app.rollout, { spec, generation: app.generation });
    return (await app.rollout.done) as readonly Outcome[];
  }
  return begin(daemon, app, parallel, before);
}

function begin(
  daemon: Daemon,
  app: App,
  parallel: number,
  before: { spec: AppSpec; generation: number },
): Promise<readonly Outcome[]> {
  const done = Promise.resolve()
    .then(() => converge(daemon, app, rollout, parallel))
    .then((outcomes) => {
      const failed = outcomes.some((outcome) => outcome.failure !== null);
      if (failed) must(daemon.registry.setTarget(app, before.spec, before.generation));
      daemon.tell(null, app.spec.name, null, failed ? 'reload-failed' : 'reloaded', `generation ${rollout.generation}`);
      return outcomes;
    })
    .finally(() => {
      app.rollout = null;
    });
  const rollout: Rollout = { spec: app.spec, generation: app.generation, abortReason: null, done };
  app.rollout = rollout;
  return done;
}

/** One idempotent check, again and again: replace what is older than the target, until nothing is. */
async function converge(daemon: Daemon, app: App, rollout: Rollout, parallel: number): Promise<readonly Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  for (;;) {
    const behind = app.runners.filter((runner) => runner.generation < rollout.generation);
    if (behind.length === 0) return [...outcomes.values()];
    const batch = await Promise.all(
      behind.slice(0, Math.max(1, parallel)).map((runner) => replace(daemon, app, runner, rollout)),
    );
    for (const outcome of batch) outcomes.set(outcome.id, outcome);
    // A missed deadline is a failure: what still runs the old generation is left as it is.
    if (batch.some((outcome) => outcome.failure !== null)) return [...outcomes.values()];
  }
}

async function replace(daemon: Daemon, app: App, main: Runner, rollout: Rollout): Promise<Outcome> {
  const { spec, generation } = rollout;
  if (rollout.abortReason !== null) return outcomeOf(main, aborted(main, rollout.abortReason));
  const old = runningOf(main.instance.state);
  if (old === null) {
    main.spec = spec;
    main.generation = generation;
    return restartOne(daemon, main, true, false);
  }
  const candidate = daemon.registry.newCandidate(app, main, spec, generation);
  const { waitReady, probed = false, listenTimeoutMs } = spec.readiness;
  if (!waitReady && !probed && addressesOf(old.process.pid).length > 0)
    candidate.listenWithinMs = Math.max(LISTEN_WITHIN_MS, listenTimeoutMs);
  candidate.send({ type: 'start' });
  const outcome = await tried(daemon, candidate, rollout);
  if (outcome.failure !== null) {
    await retire(daemon, app, candidate, 'its reload failed');
    return {
      ...outcome,
      status: 'online',
      pid: runningOf(main.instance.state)?.process.pid ?? 0,
      failure: { ...outcome.failure, message: `${outcome.failure.message}; the old process keeps serving` },
    };
  }
  candidate.admit();
  daemon.registry.promote(app, main, candidate);
  await retire(daemon, app, main, 'replaced by a newer one');
  return outcomeOf(candidate, null, { up: outcome.up });
}

const aborted = (runner: Runner, reason: string): { code: 'BUSY'; message: string } => ({
  code: 'BUSY',
  message: `the reload of ${runner.spec.name} was given up: ${reason}`,
});

/** Ready, and still so after a while: or why not. */
async function tried(daemon: Daemon, candidate: Runner, rollout: Rollout): Promise<Outcome> {
  const { incarnation } = candidate.instance.ledger;
  const outcome = await Promise.race([awaitUp(daemon, candidate, incarnation), abortion(daemon, candidate, rollout)]);
  if (outcome.failure !== null) return outcome;
  const isOver = ({ state }: Instance): boolean => state.kind !== 'ready' || state.unready !== undefined;
  const ended = await Promise.race([
    candidate.until(isOver).then(() => true),
    new Promise<false>((resolve) => daemon.clock.after(MIN_HEALTHY_MS, () => resolve(false))),
  ]);
  if (rollout.abortReason !== null) return outcomeOf(candidate, aborted(candidate, rollout.abortReason));
  return ended ? awaitUp(daemon, candidate, incarnation) : outcome;
}

async function abortion(daemon: Daemon, candidate: Runner, rollout: Rollout): Promise<Outcome> {
  while (rollout.abortReason === null && daemon.registry.appOf(candidate)?.rollout === rollout)
    await new Promise<void>((resolve) => daemon.clock.after(50, resolve));
  return outcomeOf(candidate, aborted(candidate, rollout.abortReason ?? 'it is over'));
}

/** Lets a process beside a slot end, and forgets it. */
export async function retire(daemon: Daemon, app: App, shadow: Runner, reason: string): Promise<void> {
  shadow.send({ type: 'stop', reason });
  await shadow.until(({ state }) => state.kind === 'down' || state.kind === 'failed');
  await shadow.collected();
  if (shadow.instance.state.kind === 'down' || runningOf(shadow.instance.state) === null)
    daemon.registry.dropShadow(app, shadow);
  else daemon.tell(shadow.slot.id, shadow.spec.name, null, 'stop-failed', 'a replaced process could not be ended');
}

/** Ends a reload under way, so that another command can act on the app. */
export async function abortRollout(app: App, reason: string): Promise<void> {
  if (app.rollout === null) return;
  app.rollout.abortReason = reason;
  await app.rollout.done.catch(() => {});
}

/** After a daemon's death in the middle of a reload the next one goes on with it. */
export function resumeRollouts(daemon: Daemon): void {
  for (const app of daemon.registry.apps) {
    if (
      !sharesPorts(app.spec) ||
      !app.runners.some((runner) => runner.generation < app.generation && runningOf(runner.instance.state) !== null)
    )
      continue;
    daemon.tell(null, app.spec.name, null, 'reload-resumed', `generation ${app.generation}`);
    void begin(daemon, app, 1, { spec: app.spec, generation: app.generation }).catch((error: Error) =>
      daemon.note(`the reload of ${app.spec.name} could not go on: ${error.message}`),
    );
  }
}

/** `4`, `+2`, `-1`: more instances are started, fewer are ended from the lowest id up. */
export async function scaleApp(daemon: Daemon, target: string, count: string): Promise<Report> {
  return act(daemon, [target], async (runners) => {
    const apps = [...new Set(runners.map((runner) => daemon.registry.appOf(runner)))];
    const app = apps[0];
    if (app === undefined || apps.length > 1)
      throw new UpkeepError({
        code: 'BAD_REQUEST',
        message: `${target} names ${apps.length} apps: scale one at a time`,
      });
    const wanted = wantedCount(app, count);
    if (wanted === app.runners.length)
      throw new UpkeepError({
        code: 'BAD_REQUEST',
        message: `nothing to do: ${app.spec.name} has ${wanted} instances already`,
      });
    await abortRollout(app, 'it is being scaled');
    return wanted > app.runners.length
      ? grow(daemon, app, wanted - app.runners.length)
      : shrink(daemon, app, app.runners.length - wanted);
  });
}

function wantedCount(app: App, count: string): number {
  const match = /^([+-]?)(\d+)$/.exec(count.trim());
  const number = Number(match?.[2]);
  const wanted =
    match === null
      ? Number.NaN
      : match[1] === '+'
        ? app.runners.length + number
        : match[1] === '-'
          ? app.runners.length - number
          : number;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 10_000) {
    throw new UpkeepError({
      code: 'BAD_REQUEST',
      message: `${app.spec.name} cannot have ${count} instances`,
      hint: 'give a number of at least 1, or +N or -N; `upkeep delete` removes an app',
    });
  }
  return wanted;
}

async function grow(daemon: Daemon, app: App, count: number): Promise<readonly Outcome[]> {
  const added = must(daemon.registry.grow(app, count));
  return Promise.all(
    added.map((runner) => {
      runner.send({ type: 'start' });
      return awaitUp(daemon, runner, runner.instance.ledger.incarnation);
    }),
  );
}

async function shrink(daemon: Daemon, app: App, count: number): Promise<readonly Outcome[]> {
  const going = [...app.runners].sort((a, b) => a.slot.id - b.slot.id).slice(0, count);
  const outcomes = await stopRunners(going, 'scaled down');
  const gone = going.filter((_, i) => outcomes[i]?.failure === null);
  must(daemon.registry.remove(gone));
  for (const runner of gone) daemon.forget(runner);
  return outcomes;
}
