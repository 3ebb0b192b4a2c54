/**
 * What became of the instances that a command touched: picking them, waiting for what is decided about each, and saying it
 * with a reason. Kept apart from the commands so that all of them tell the truth in the same way.
 */
import { type Failure, type Result, UpkeepError } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import { type Instance, reasonOf, runningOf, type State, statusWord } from '../core/instance.ts';
import { resolveTargets, type UnmatchedTarget } from '../core/targets.ts';
import type { Outcome, Report } from '../protocol/control.ts';
import { addressesOf } from '../supervisor/readiness.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';
import { LINES_SEARCHED, portConflict } from './port-conflict.ts';

/** Lines shown of an app that did not come up: enough for what Node prints of an error, whose message stands first. */
export const LINES_OF_A_FAILURE = 30;
const MOST_CUTS_NAMED = 5;

/** `sparing`: `all` means every app, but no module. */
export function pick(
  daemon: Daemon,
  targets: readonly string[],
  sparing = false,
): { readonly runners: readonly Runner[]; readonly failure: Failure | null } {
  const { runners } = daemon.registry;
  const listed = runners.map((runner) => ({
    id: runner.slot.id,
    name: runner.spec.name,
    namespace: runner.spec.namespace,
    script: runner.spec.script,
    isModule: sparing && runner.spec.isModule === true,
  }));
  const { ids, unmatched } = resolveTargets(targets, listed);
  const wanted = new Set(ids);
  return { runners: runners.filter((runner) => wanted.has(runner.slot.id)), failure: failureOfUnmatched(unmatched) };
}

function failureOfUnmatched(unmatched: readonly UnmatchedTarget[]): Failure | null {
  const first = unmatched[0];
  if (first === undefined) return null;
  const message = unmatched.map(({ failure }) => failure.message).join('; ');
  return { ...first.failure, message };
}

/** All targets are looked up first; those that exist are acted on, and the rest is reported. */
export async function act(
  daemon: Daemon,
  targets: readonly string[],
  on: (runners: readonly Runner[]) => Promise<readonly Outcome[]>,
  notes: readonly string[] = [],
): Promise<Report> {
  const { runners, failure } = pick(daemon, targets, true);
  if (runners.length === 0) throw new UpkeepError(failure ?? { code: 'NOT_FOUND', message: 'no process found' });
  const before = daemon.events.last;
  const outcomes = [...(await on(runners))];
  if (failure !== null) outcomes.push(missing(failure));
  return { outcomes, notes: [...notes, ...cutsSince(daemon, before, runners)] };
}

/** What the command has cost clients. */
function cutsSince(daemon: Daemon, before: number, runners: readonly Runner[]): readonly string[] {
  const ids = new Set(runners.map((runner) => runner.slot.id));
  const cuts = daemon.events
    .since(before)
    .events.filter(({ kind, id }) => kind === 'cut' && id !== null && ids.has(id))
    .map(({ name, id, reason }) => `${name} (${id}), cut: ${reason}`);
  const more = cuts.length - MOST_CUTS_NAMED;
  return more > 0 ? [...cuts.slice(0, MOST_CUTS_NAMED), `${more} more were cut: see \`upkeep events\``] : cuts;
}

const missing = (failure: Failure): Outcome => ({
  id: -1,
  name: '',
  appKey: '',
  status: 'stopped',
  pid: 0,
  failure,
  up: null,
  lastLines: [],
});

export function outcomeOf(runner: Runner, failure: Failure | null, extra: Partial<Outcome> = {}): Outcome {
  const { state } = runner.instance;
  return {
    id: runner.slot.id,
    name: runner.spec.name,
    appKey: runner.slot.appKey,
    status: statusWord(state, runner.spec.readiness),
    pid: runningOf(state)?.process.pid ?? 0,
    failure,
    up: null,
    lastLines: [],
    ...extra,
  };
}

/** A start is decided once the life that it began is ready, or is over. */
function isDecided(instance: Instance, incarnation: number): boolean {
  const { state, ledger } = instance;
  if (ledger.incarnation > incarnation) return true;
  if (ledger.incarnation < incarnation) return false;
  return (
    state.kind === 'ready' ||
    state.kind === 'down' ||
    state.kind === 'failed' ||
    state.kind === 'backoff' ||
    state.kind === 'unknown'
  );
}

export async function awaitUp(daemon: Daemon, runner: Runner, incarnation: number): Promise<Outcome> {
  await runner.until((instance) => isDecided(instance, incarnation));
  const { state, ledger } = runner.instance;
  const isUnready = state.kind === 'ready' && state.unready !== undefined;
  if (state.kind === 'ready' && ledger.incarnation === incarnation && state.how !== 'late' && !isUnready) {
    const how = state.how === 'adopted' ? 'alive' : state.how;
    if (how === 'ready' || how === 'probe')
      runner.addresses = daemon.health.ownAddresses(runner, addressesOf(state.running.process.pid));
    return outcomeOf(runner, null, { up: { how, addresses: runner.addresses } });
  }
  const words = await lastWords(daemon, runner);
  const lastLines = words.slice(-LINES_OF_A_FAILURE);
  if (state.kind === 'ready' && isUnready)
    return outcomeOf(runner, unreadyFailure(daemon, runner, state), { lastLines });
  if (state.kind === 'ready' && state.how === 'late') {
    const late = runner.spec.readiness.waitReady
      ? `did not say that it is ready within ${runner.spec.readiness.listenTimeoutMs} ms`
      : `did not listen within ${runner.listenWithinMs} ms`;
    const hint = runner.spec.readiness.waitReady
      ? 'wait_ready needs process.send("ready"); listen_timeout sets the limit'
      : 'its predecessor listens; listen_timeout can give it longer';
    return outcomeOf(
      runner,
      { code: 'NOT_READY', message: `${label(runner)} ${late}; it is still running`, hint },
      { lastLines },
    );
  }
  const life = ledger.lives.find((candidate) => candidate.incarnation === incarnation);
  const why =
    life === undefined ? reasonOf(state) : `${describeExit(life.exit)} after ${life.endedAt - life.startedAt} ms`;
  const what =
    state.kind === 'failed'
      ? `; ${reasonOf(state)}`
      : state.kind === 'down'
        ? '; it stays down'
        : '; it is being restarted';
  const conflict = portConflict(words, daemon.registry.runners);
  return outcomeOf(
    runner,
    {
      code: 'NOT_READY',
      message: `${label(runner)} did not come up: ${why}${life === undefined ? '' : what}`,
      hint:
        conflict === null
          ? `\`upkeep why ${runner.spec.name}\` shows more`
          : `port ${conflict.port} is held by ${conflict.owner}`,
    },
    { lastLines },
  );
}

function unreadyFailure(daemon: Daemon, runner: Runner, state: Extract<State, { kind: 'ready' }>): Failure {
  const { listenTimeoutMs } = runner.spec.readiness;
  const last = daemon.health.whyUnready(runner);
  const message =
    state.how === 'late'
      ? `${label(runner)}: its readiness probe did not pass within ${listenTimeoutMs} ms${last === null ? '' : ` (${last})`}; it is still running`
      : `${label(runner)} ${reasonOf(state)}; it is still running`;
  return { code: 'NOT_READY', message, hint: 'readiness_probe says what is checked; listen_timeout sets the limit' };
}

export const label = (runner: Runner): string => `${runner.spec.name} (${runner.slot.id})`;

async function lastWords(daemon: Daemon, runner: Runner): Promise<readonly string[]> {
  for (const stream of ['err', 'out'] as const) {
    const lines = await daemon.lines(runner.slot.id, LINES_SEARCHED, stream);
    if (lines.length > 0) return lines.map((line) => line.text);
  }
  return [];
}

export async function restartOne(daemon: Daemon, runner: Runner, wait: boolean, onlyDown: boolean): Promise<Outcome> {
  const running = runningOf(runner.instance.state);
  if (onlyDown && running !== null) return outcomeOf(runner, null);
  const before = runner.instance.ledger.incarnation;
  runner.send({ type: 'restart', reason: 'restarted by command', manual: true });
  const incarnation = before + 1;
  // The old life must be over first; `failed` says that it would not end.
  await runner.until(
    (instance) =>
      instance.ledger.incarnation >= incarnation ||
      instance.state.kind === 'failed' ||
      instance.state.kind === 'unknown' ||
      instance.state.kind === 'down',
  );
  if (runner.instance.ledger.incarnation < incarnation) {
    return outcomeOf(runner, {
      code: 'STOP_FAILED',
      message: `${label(runner)} was not restarted: ${reasonOf(runner.instance.state)}`,
    });
  }
  if (wait) return awaitUp(daemon, runner, incarnation);
  // It is launched when it has a process: before that there is nothing to tell of.
  await runner.until(({ state, ledger }) => state.kind !== 'launching' || ledger.incarnation > incarnation);
  return outcomeOf(runner, null);
}

/** Ends the instances; resolves when they are down, or cannot be. */
export async function stopRunners(runners: readonly Runner[], reason: string): Promise<readonly Outcome[]> {
  return Promise.all(
    runners.map(async (runner) => {
      runner.send({ type: 'stop', reason });
      await runner.until(({ state }) => state.kind === 'down' || state.kind === 'failed' || state.kind === 'unknown');
      await runner.collected();
      const { state } = runner.instance;
      if (state.kind === 'down' || (state.kind === 'failed' && state.holdover === null)) return outcomeOf(runner, null);
      return outcomeOf(runner, {
        code: 'STOP_FAILED',
        message: `${label(runner)} could not be stopped: ${reasonOf(state)}`,
      });
    }),
  );
}

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new UpkeepError(result.failure);
  return result.value;
}
