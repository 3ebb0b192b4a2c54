/**
 * The machine of one instance: (state, event, now) → (state, effects), total over every pair. It decides
 * alone what may run in a slot; without it two commands at once, or an exit at a bad moment, would leave two
 * processes or none.
 *
 *             start              launched            ready
 *   down ───────────► launching ─────────► starting ───────► ready
 *    ▲                    │ failed / late      │ exited          │ exited · stop · restart
 *    │                    ▼                    ▼                 ▼
 *    │                 reaping ◄──────────── (exited) ◄────── draining ──killAt──► killing ──giveUpAt──► failed
 *    │                    │ swept: `after`, or the restart policy's verdict
 *    │                    ├──────► down · launching · backoff (── untilAt ──► launching) · failed
 *    └── stop ─────────── ┘
 *   a `ready` one whose readiness probe fails stays so, marked `unready`; a failed liveness probe drains it, and the restart
 *   policy judges as after an end of its own.
 *   unknown: something lives that cannot be verified; it is never signalled, and looked at again.
 *
 * Every state but `down`, `ready` and `failed` has a deadline (`deadlineOf`), and the event `due` ends it.
 */
import { isCrash } from './crash.ts';
import type { EventDetails, EventKind } from './events.ts';
import { describeExit } from './exit.ts';
import { type Cause, type CrashHistory, judge, NO_HISTORY } from './restart-policy.ts';
import type { Exit, Life, ProcessIdentity, ReadinessRules, RestartRules, StatusWord, StopRules } from './terms.ts';

/** A launch must report back within this, once its turn has come. */
export const LAUNCH_DEADLINE_MS = 10_000;
/** Its turn must come within this: hundreds may be before it. */
export const TURN_DEADLINE_MS = 300_000;
/** What is left of a tree after its end must be gone within this. */
export const REAP_DEADLINE_MS = 5_000;
/** SIGKILL must have worked within this. */
export const KILL_DEADLINE_MS = 5_000;
/** How often an unverified process is looked at again. */
export const RECHECK_MS = 5_000;
/** Wait before a launch that failed for want of a resource is tried again. */
export const LAUNCH_RETRY_MS = 1_000;
/** Lives that are remembered. */
export const LIVES_KEPT = 10;

/** What is known of the process that holds the slot. */
export interface Running {
  readonly incarnation: number;
  readonly process: ProcessIdentity;
  readonly launchedAt: number;
  /** Its keeper was killed: the end will be seen, but not how it ended. */
  readonly keeperLost: boolean;
}

/** What comes after the present process. */
export type After =
  | { readonly kind: 'down'; readonly reason: string }
  | { readonly kind: 'launch'; readonly reason: string; readonly countsAsRestart: boolean }
  /** It did not work any more: what follows is for the restart policy to say. */
  | ({ readonly kind: 'judge' } & Cause);

export type Readiness = 'listening' | 'ready' | 'probe' | 'alive' | 'late' | 'adopted';

export type State =
  | { readonly kind: 'down'; readonly reason: string }
  | {
      readonly kind: 'launching';
      readonly incarnation: number /** Its turn has come. */;
      readonly begun: boolean;
      readonly sinceAt: number;
      readonly reason: string;
      readonly after: After | null;
    }
  | { readonly kind: 'starting'; readonly running: Running; readonly readyBy: number }
  | {
      readonly kind: 'ready';
      readonly running: Running;
      readonly how: Readiness;
      readonly readyAt: number;
      /** Its readiness probe has failed since, and why. */
      readonly unready?: string;
    }
  | {
      readonly kind: 'draining';
      readonly running: Running;
      readonly sinceAt: number;
      readonly killAt: number;
      readonly after: After;
    }
  | { readonly kind: 'killing'; readonly running: Running; readonly giveUpAt: number; readonly after: After }
  | {
      readonly kind: 'reaping';
      readonly incarnation: number;
      readonly pid: number | null;
      readonly launchedAt: number;
      readonly endedAt: number;
      readonly exit: Exit;
      /** null: nobody asked for this end, the restart policy judges. */
      readonly after: After | null;
      readonly deadlineAt: number;
    }
  | { readonly kind: 'backoff'; readonly untilAt: number; readonly reason: string }
  /** `holdover`: a process that could not be killed still holds the slot; should it end after all, `after` follows. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly holdover: { readonly running: Running; readonly after: After } | null;
    }
  | {
      readonly kind: 'unknown';
      readonly running: Running;
      readonly reason: string;
      readonly recheckAt: number;
      readonly after: After | null;
    };

/** What an instance remembers across its states. */
export interface Ledger {
  /** Number of the present or last life. */
  readonly incarnation: number;
  readonly restarts: number;
  readonly history: CrashHistory;
  /** Creation, or the last command that began the counting anew; null once given up. */
  readonly createdAt: number | null;
  /** Newest first. */
  readonly lives: readonly Life[];
}

export interface Instance {
  readonly state: State;
  readonly ledger: Ledger;
}

export type Event =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly reason: string }
  /** `manual`: a user's command, which forgives earlier crashes. */
  | { readonly type: 'restart'; readonly reason: string; readonly manual: boolean }
  /** The launch has begun: before, it waited for others. */
  | { readonly type: 'turn'; readonly incarnation: number }
  | { readonly type: 'launched'; readonly incarnation: number; readonly process: ProcessIdentity }
  | {
      readonly type: 'launch-failed';
      readonly incarnation: number;
      readonly reason: string;
      readonly permanent: boolean;
    }
  | { readonly type: 'became-ready'; readonly incarnation: number; readonly how: 'listening' | 'ready' | 'probe' }
  | { readonly type: 'became-unready'; readonly incarnation: number; readonly reason: string }
  /** It does not work any more, and shall be ended. */
  | ({ readonly type: 'not-live'; readonly incarnation: number } & Cause)
  | { readonly type: 'exited'; readonly incarnation: number; readonly exit: Exit }
  | { readonly type: 'keeper-lost'; readonly incarnation: number }
  /** It drains, and has work in flight. */
  | { readonly type: 'busy'; readonly incarnation: number }
  | { readonly type: 'swept'; readonly incarnation: number; readonly left: number }
  | { readonly type: 'verified'; readonly incarnation: number }
  | { readonly type: 'due' };

export type Effect =
  | { readonly type: 'launch'; readonly incarnation: number }
  /** Ask for the end, as `StopRules` say. */
  | { readonly type: 'ask'; readonly running: Running }
  /** SIGKILL to the whole tree (or the main process). */
  | { readonly type: 'kill'; readonly running: Running }
  /** End what a dead or abandoned life left behind, then report `swept`. */
  | { readonly type: 'sweep'; readonly incarnation: number; readonly abandoned: boolean }
  /** Look whether the unverified process can be verified now. */
  | { readonly type: 'recheck'; readonly running: Running }
  /** For the event log. */
  | { readonly type: 'tell'; readonly kind: EventKind; readonly reason: string; readonly details?: EventDetails };

export interface Rules {
  readonly restart: RestartRules;
  readonly stop: StopRules;
  readonly readiness: ReadinessRules;
  /** It replaces a process that listens: it is ready only when it listens too, within this. null: no such expectation. */
  readonly listenWithinMs: number | null;
}

export interface Step {
  readonly instance: Instance;
  readonly effects: readonly Effect[];
}

export function newInstance(now: number, reason: string): Instance {
  return {
    state: { kind: 'down', reason },
    ledger: { incarnation: 0, restarts: 0, history: NO_HISTORY, createdAt: now, lives: [] },
  };
}

/** The instant at which the runner must send `due`; null where only a named event goes on. */
export function deadlineOf(state: State): number | null {
  switch (state.kind) {
    case 'down':
    case 'ready':
    case 'failed':
      return null;
    case 'launching':
      return state.sinceAt + (state.begun ? LAUNCH_DEADLINE_MS : TURN_DEADLINE_MS);
    case 'starting':
      return state.readyBy;
    case 'draining':
      return state.killAt;
    case 'killing':
      return state.giveUpAt;
    case 'reaping':
      return state.deadlineAt;
    case 'backoff':
      return state.untilAt;
    case 'unknown':
      return state.recheckAt;
  }
}

export function runningOf(state: State): Running | null {
  switch (state.kind) {
    case 'starting':
    case 'ready':
    case 'draining':
    case 'killing':
    case 'unknown':
      return state.running;
    case 'failed':
      return state.holdover?.running ?? null;
    default:
      return null;
  }
}

/** Whether the instance runs and is to go on, or is on its way to run again. */
export function wantsUp({ state }: Instance): boolean {
  switch (state.kind) {
    case 'down':
    case 'failed':
      return false;
    case 'draining':
    case 'killing':
      return state.after.kind !== 'down';
    case 'launching':
    case 'reaping':
    case 'unknown':
      return state.after?.kind !== 'down';
    case 'starting':
    case 'ready':
    case 'backoff':
      return true;
  }
}

/** The incarnation whose events are still heard; others are dropped at the door. */
function heardIncarnation(state: State): number | null {
  if (state.kind === 'launching' || state.kind === 'reaping') return state.incarnation;
  return runningOf(state)?.incarnation ?? null;
}

/** PM2's word for a state. Without `wait_ready` or a probe a process counts as online from its spawn, as there. */
export function statusWord(state: State, readiness: ReadinessRules): StatusWord {
  switch (state.kind) {
    case 'down':
      return 'stopped';
    case 'launching':
      return 'launching';
    case 'starting':
      return isGated(readiness) ? 'launching' : 'online';
    case 'ready':
    case 'unknown':
      return 'online';
    case 'draining':
    case 'killing':
      return 'stopping';
    case 'reaping':
      return state.after === null ? 'launching' : 'stopping';
    case 'backoff':
      return 'waiting restart';
    case 'failed':
      return 'errored';
  }
}

export function reasonOf(state: State): string {
  switch (state.kind) {
    case 'down':
    case 'backoff':
    case 'failed':
    case 'unknown':
    case 'launching':
      return state.reason;
    case 'starting':
      return 'started, not yet known to be ready';
    case 'ready':
      return state.unready === undefined ? READY_WORDS[state.how] : `not ready: ${state.unready}`;
    case 'draining':
      return `asked to end: ${state.after.reason}`;
    case 'killing':
      return `did not end in time, killed: ${state.after.reason}`;
    case 'reaping':
      return `${describeExit(state.exit)}; looking for what it left behind`;
  }
}

const READY_WORDS: Readonly<Record<Readiness, string>> = {
  listening: 'listening',
  ready: 'said that it is ready',
  probe: 'its readiness probe passes',
  alive: 'up for min_uptime',
  late: 'running, but not ready within listen_timeout',
  adopted: 'running, taken over from an earlier daemon',
};

/** That it listens, or just lives, does not make it ready. */
const isGated = ({ waitReady, probed }: ReadinessRules): boolean => waitReady || probed === true;

/** One step of the machine. Unheard-of pairs change nothing: a late or doubled event is not an error. */
export function step(instance: Instance, event: Event, rules: Rules, now: number, random: number): Step {
  if ('incarnation' in event && event.incarnation !== heardIncarnation(instance.state)) return unchanged(instance);
  switch (event.type) {
    case 'start':
      return onStart(instance, now);
    case 'stop':
      return onStop(instance, event.reason, rules, now);
    case 'restart':
      return onRestart(instance, event, rules, now);
    case 'turn':
      return instance.state.kind === 'launching'
        ? to(instance, { ...instance.state, begun: true, sinceAt: now })
        : unchanged(instance);
    case 'launched':
      return onLaunched(instance, event.process, rules, now);
    case 'launch-failed':
      return onLaunchFailed(instance, event, now);
    case 'became-ready':
      return onReady(instance, event.how, rules, now);
    case 'became-unready':
      return onUnready(instance, event.reason);
    case 'not-live':
      return onNotLive(instance, event, rules, now);
    case 'exited':
      return onExited(instance, event.exit, now);
    case 'keeper-lost':
      return onKeeperLost(instance);
    case 'busy':
      return onBusy(instance, rules, now);
    case 'swept':
      return onSwept(instance, event.left, rules, now, random);
    case 'verified':
      return onVerified(instance, rules, now);
    case 'due':
      return onDue(instance, rules, now);
  }
}

const unchanged = (instance: Instance): Step => ({ instance, effects: [] });
const to = (instance: Instance, state: State, ...effects: Effect[]): Step => ({
  instance: { ...instance, state },
  effects,
});

function launch(instance: Instance, reason: string, countsAsRestart: boolean, now: number): Step {
  const incarnation = instance.ledger.incarnation + 1;
  const restarts = instance.ledger.restarts + (countsAsRestart ? 1 : 0);
  const state: State = { kind: 'launching', incarnation, begun: false, sinceAt: now, reason, after: null };
  return {
    instance: { state, ledger: { ...instance.ledger, incarnation, restarts } },
    effects: [{ type: 'launch', incarnation }],
  };
}

/** A user's command forgives: the counters and the backoff begin anew. */
function forgive(instance: Instance, now: number): Instance {
  return { ...instance, ledger: { ...instance.ledger, history: NO_HISTORY, createdAt: now } };
}

function drain(instance: Instance, running: Running, after: After, rules: Rules, now: number): Step {
  const state: State = { kind: 'draining', running, sinceAt: now, killAt: now + rules.stop.killTimeoutMs, after };
  return to(instance, state, { type: 'ask', running }, { type: 'tell', kind: 'stopping', reason: after.reason });
}

/** The slot of a failed instance is not free while a process that could not be killed still lives. */
function killAgain(instance: Instance, running: Running, after: After, now: number): Step {
  return to(instance, { kind: 'killing', running, giveUpAt: now + KILL_DEADLINE_MS, after }, { type: 'kill', running });
}

function onStart(instance: Instance, now: number): Step {
  const { state } = instance;
  const after: After = { kind: 'launch', reason: 'started by command', countsAsRestart: false };
  if (state.kind === 'failed' && state.holdover !== null)
    return killAgain(forgive(instance, now), state.holdover.running, after, now);
  switch (state.kind) {
    case 'down':
    case 'failed':
    case 'backoff':
      return launch(forgive(instance, now), 'started by command', false, now);
    case 'launching':
      return to(instance, { ...state, after: null });
    case 'unknown':
      return to(instance, { ...state, after: null });
    case 'draining':
    case 'killing':
    case 'reaping':
      return to(forgive(instance, now), { ...state, after });
    case 'starting':
    case 'ready':
      return unchanged(instance);
  }
}

function onStop(instance: Instance, reason: string, rules: Rules, now: number): Step {
  const { state } = instance;
  const after: After = { kind: 'down', reason };
  if (state.kind === 'failed' && state.holdover !== null)
    return killAgain(instance, state.holdover.running, after, now);
  switch (state.kind) {
    case 'down':
      return unchanged(instance);
    case 'failed':
    case 'backoff':
      return to(instance, { kind: 'down', reason }, { type: 'tell', kind: 'stopped', reason });
    case 'starting':
    case 'ready':
      return drain(instance, state.running, after, rules, now);
    case 'launching':
    case 'draining':
    case 'killing':
    case 'reaping':
    case 'unknown':
      return to(instance, { ...state, after });
  }
}

function onRestart(instance: Instance, event: { reason: string; manual: boolean }, rules: Rules, now: number): Step {
  const forgiven = event.manual ? forgive(instance, now) : instance;
  const { state } = instance;
  const after: After = { kind: 'launch', reason: event.reason, countsAsRestart: true };
  if (state.kind === 'failed' && state.holdover !== null)
    return killAgain(forgiven, state.holdover.running, after, now);
  switch (state.kind) {
    case 'down':
    case 'failed':
    case 'backoff':
      return launch(forgiven, event.reason, false, now);
    case 'starting':
    case 'ready':
      return drain(forgiven, state.running, after, rules, now);
    case 'launching':
    case 'draining':
    case 'killing':
    case 'unknown':
      return to(forgiven, { ...state, after });
    case 'reaping':
      return to(forgiven, { ...state, after });
  }
}

function onLaunched(instance: Instance, process: ProcessIdentity, rules: Rules, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'launching') return unchanged(instance);
  const running: Running = { incarnation: state.incarnation, process, launchedAt: now, keeperLost: false };
  if (state.after !== null) return drain(instance, running, state.after, rules, now);
  const { listenTimeoutMs } = rules.readiness;
  // `start` waits for this: a long min_uptime must not make it wait for minutes.
  const aliveMs = Math.min(rules.restart.minUptimeMs, listenTimeoutMs);
  const patienceMs = isGated(rules.readiness) ? listenTimeoutMs : (rules.listenWithinMs ?? aliveMs);
  return to(
    instance,
    { kind: 'starting', running, readyBy: now + patienceMs },
    { type: 'tell', kind: 'started', reason: state.reason },
  );
}

function onLaunchFailed(instance: Instance, event: { reason: string; permanent: boolean }, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'launching') return unchanged(instance);
  const reason = `could not be launched: ${event.reason}`;
  if (state.after?.kind === 'down') return to(instance, { kind: 'down', reason: state.after.reason });
  if (event.permanent)
    return to(instance, { kind: 'failed', reason, holdover: null }, { type: 'tell', kind: 'errored', reason });
  return to(
    instance,
    { kind: 'backoff', untilAt: now + LAUNCH_RETRY_MS, reason },
    { type: 'tell', kind: 'launch-failed', reason },
  );
}

function onReady(instance: Instance, how: 'listening' | 'ready' | 'probe', rules: Rules, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'starting' && state.kind !== 'ready') return unchanged(instance);
  // With a probe only the probe counts, with wait_ready only the app's own word.
  const { waitReady, probed = false } = rules.readiness;
  if (probed !== (how === 'probe') || (waitReady && how === 'listening')) return unchanged(instance);
  if (state.kind === 'ready') {
    const { unready, ...ready } = state;
    const isNews = unready !== undefined || (how === 'probe' && state.how === 'late');
    const tell: Effect = { type: 'tell', kind: 'ready', reason: READY_WORDS[how] };
    return to(instance, state.how === 'ready' ? ready : { ...ready, how }, ...(isNews ? [tell] : []));
  }
  return to(
    instance,
    { kind: 'ready', running: state.running, how, readyAt: now },
    { type: 'tell', kind: 'ready', reason: READY_WORDS[how] },
  );
}

function onUnready(instance: Instance, reason: string): Step {
  const { state } = instance;
  if (state.kind !== 'ready' || state.unready === reason) return unchanged(instance);
  return to(instance, { ...state, unready: reason }, { type: 'tell', kind: 'unready', reason });
}

function onNotLive(instance: Instance, { reason, unstable }: Cause, rules: Rules, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'starting' && state.kind !== 'ready') return unchanged(instance);
  const step = drain(instance, state.running, { kind: 'judge', reason, unstable }, rules, now);
  return { ...step, effects: [{ type: 'tell', kind: 'not-live', reason }, ...step.effects] };
}

function reap(instance: Instance, running: Running, exit: Exit, after: After | null, now: number): Step {
  const { incarnation, launchedAt } = running;
  const state: State = {
    kind: 'reaping',
    incarnation,
    pid: running.process.pid,
    launchedAt,
    endedAt: now,
    exit,
    after,
    deadlineAt: now + REAP_DEADLINE_MS,
  };
  return to(instance, state, exitTold(exit, after === null || after.kind === 'judge', now - launchedAt), {
    type: 'sweep',
    incarnation,
    abandoned: false,
  });
}

function exitTold(exit: Exit, isUnasked: boolean, livedMs: number): Effect {
  const details = {
    asked: !isUnasked,
    code: exit.kind === 'code' ? exit.code : null,
    signal: exit.kind === 'signal' ? exit.signal : null,
    lived: Math.max(0, livedMs),
  };
  return { type: 'tell', kind: 'exited', reason: describeExit(exit), details };
}

function onExited(instance: Instance, exit: Exit, now: number): Step {
  const { state } = instance;
  switch (state.kind) {
    case 'launching': {
      // It ended before its launch was reported: a life without a known pid.
      const base = {
        incarnation: state.incarnation,
        launchedAt: state.sinceAt,
        endedAt: now,
        exit,
        after: state.after,
      };
      const next: State = { kind: 'reaping', pid: null, deadlineAt: now + REAP_DEADLINE_MS, ...base };
      return to(instance, next, exitTold(exit, state.after === null, now - state.sinceAt), {
        type: 'sweep',
        incarnation: state.incarnation,
        abandoned: false,
      });
    }
    case 'starting':
    case 'ready':
      return reap(instance, state.running, exit, null, now);
    case 'draining':
    case 'killing':
    case 'unknown':
      return reap(instance, state.running, exit, state.after, now);
    case 'failed':
      if (state.holdover === null) return unchanged(instance);
      return reap(instance, state.holdover.running, exit, state.holdover.after, now);
    case 'down':
    case 'reaping':
    case 'backoff':
      return unchanged(instance);
  }
}

function onKeeperLost(instance: Instance): Step {
  const { state } = instance;
  const tell: Effect = {
    type: 'tell',
    kind: 'keeper-lost',
    reason: 'its keeper was killed; how it will end cannot be known',
  };
  switch (state.kind) {
    case 'starting':
    case 'ready':
    case 'draining':
    case 'killing':
    case 'unknown':
      return to(instance, { ...state, running: { ...state.running, keeperLost: true } }, tell);
    default:
      return unchanged(instance);
  }
}

/** Work in flight is waited for, as long as the rules allow. */
function onBusy(instance: Instance, rules: Rules, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'draining') return unchanged(instance);
  const killAt = Math.min(state.sinceAt + rules.stop.drainTimeoutMs, now + rules.stop.killTimeoutMs);
  return killAt <= state.killAt ? unchanged(instance) : to(instance, { ...state, killAt });
}

function onSwept(instance: Instance, left: number, rules: Rules, now: number, random: number): Step {
  const { state } = instance;
  if (state.kind !== 'reaping') return unchanged(instance);
  if (left > 0) {
    const reason = `${left} of its processes could not be ended`;
    return to(
      withLife(instance, state, reason, rules),
      { kind: 'failed', reason, holdover: null },
      { type: 'tell', kind: 'errored', reason },
    );
  }
  if (state.after === null || state.after.kind === 'judge')
    return afterJudgement(instance, state, state.after, rules, now, random);
  const ended = withLife(instance, state, state.after.reason, rules);
  if (state.after.kind === 'launch') return launch(ended, state.after.reason, state.after.countsAsRestart, now);
  return to(
    ended,
    { kind: 'down', reason: state.after.reason },
    { type: 'tell', kind: 'stopped', reason: state.after.reason },
  );
}

/** @param isGivenUp it is not started any more: then even a clean end is one that nobody wanted */
function withLife(
  instance: Instance,
  state: Extract<State, { kind: 'reaping' }>,
  verdict: string,
  rules: Rules,
  isGivenUp = false,
): Instance {
  const { incarnation, pid, exit, endedAt } = state;
  const crashed = isGivenUp || isCrash(exit, state.after, rules.restart) ? ({ crashed: true } as const) : {};
  const life: Life = { incarnation, pid, startedAt: state.launchedAt, endedAt, exit, verdict, ...crashed };
  return { ...instance, ledger: { ...instance.ledger, lives: [life, ...instance.ledger.lives].slice(0, LIVES_KEPT) } };
}

function afterJudgement(
  instance: Instance,
  state: Extract<State, { kind: 'reaping' }>,
  cause: Cause | null,
  rules: Rules,
  now: number,
  random: number,
): Step {
  const lifeMs = Math.max(0, state.endedAt - state.launchedAt);
  const { verdict, history } = judge(
    rules.restart,
    instance.ledger.history,
    state.exit,
    lifeMs,
    state.endedAt,
    random,
    cause,
  );
  const isGivenUp = verdict.kind === 'give-up';
  const noted = { ...instance, ledger: { ...instance.ledger, history } };
  const judged = withLife(noted, state, verdict.reason, rules, isGivenUp);
  switch (verdict.kind) {
    case 'stay-down':
      return to(
        judged,
        { kind: 'down', reason: verdict.reason },
        { type: 'tell', kind: 'stopped', reason: verdict.reason },
      );
    case 'give-up': {
      const ledger = { ...judged.ledger, history: NO_HISTORY, createdAt: null };
      return {
        instance: { state: { kind: 'failed', reason: verdict.reason, holdover: null }, ledger },
        effects: [{ type: 'tell', kind: 'errored', reason: verdict.reason }],
      };
    }
    case 'restart':
      if (verdict.delayMs === 0) return launch(judged, verdict.reason, true, now);
      return to(
        judged,
        { kind: 'backoff', untilAt: now + verdict.delayMs, reason: verdict.reason },
        { type: 'tell', kind: 'backing-off', reason: verdict.reason },
      );
  }
}

function onVerified(instance: Instance, rules: Rules, now: number): Step {
  const { state } = instance;
  if (state.kind !== 'unknown') return unchanged(instance);
  if (state.after !== null) return drain(instance, state.running, state.after, rules, now);
  return to(
    instance,
    { kind: 'ready', running: state.running, how: 'adopted', readyAt: now },
    { type: 'tell', kind: 'adopted', reason: 'verified' },
  );
}

function onDue(instance: Instance, rules: Rules, now: number): Step {
  const { state } = instance;
  // A timer that was set for an earlier state, or a clock that went back: not yet.
  const deadlineAt = deadlineOf(state);
  if (deadlineAt === null || now < deadlineAt) return unchanged(instance);
  switch (state.kind) {
    case 'down':
    case 'ready':
    case 'failed':
      return unchanged(instance);
    case 'launching': {
      const exit: Exit = { kind: 'unknown', why: `its launch did not report within ${LAUNCH_DEADLINE_MS / 1000} s` };
      const base = {
        incarnation: state.incarnation,
        launchedAt: state.sinceAt,
        endedAt: now,
        exit,
        after: state.after,
      };
      const next: State = { kind: 'reaping', pid: null, deadlineAt: now + REAP_DEADLINE_MS, ...base };
      return to(
        instance,
        next,
        { type: 'tell', kind: 'launch-failed', reason: exit.why },
        { type: 'sweep', incarnation: state.incarnation, abandoned: true },
      );
    }
    case 'starting': {
      const how: Readiness = isGated(rules.readiness) || rules.listenWithinMs !== null ? 'late' : 'alive';
      const unready = rules.readiness.probed === true ? { unready: 'its readiness probe did not pass in time' } : {};
      return to(
        instance,
        { kind: 'ready', running: state.running, how, readyAt: now, ...unready },
        { type: 'tell', kind: how === 'late' ? 'not-ready' : 'ready', reason: unready.unready ?? READY_WORDS[how] },
      );
    }
    case 'draining': {
      const next: State = {
        kind: 'killing',
        running: state.running,
        giveUpAt: now + KILL_DEADLINE_MS,
        after: state.after,
      };
      return to(
        instance,
        next,
        { type: 'kill', running: state.running },
        { type: 'tell', kind: 'killed', reason: 'did not end within kill_timeout' },
      );
    }
    case 'killing': {
      const reason = `process ${state.running.process.pid} could not be killed`;
      return to(
        instance,
        { kind: 'failed', reason, holdover: { running: state.running, after: state.after } },
        { type: 'tell', kind: 'errored', reason },
      );
    }
    case 'reaping': {
      const reason = 'what it left behind could not be ended in time';
      return to(instance, { kind: 'failed', reason, holdover: null }, { type: 'tell', kind: 'errored', reason });
    }
    case 'backoff':
      return launch(instance, state.reason, true, now);
    case 'unknown':
      return to(instance, { ...state, recheckAt: now + RECHECK_MS }, { type: 'recheck', running: state.running });
  }
}
