/**
 * Looks after the health of every instance that runs: its probes and its event loop, made when a life begins and undone
 * when it ends. What follows from them goes through the instance's machine like everything else.
 */
import type { EventKind } from '../core/events.ts';
import { type Running, runningOf } from '../core/instance.ts';
import { type CheckResult, describeCheck, healthOf, type ProbeState, UNPROBED } from '../core/probe.ts';
import type { ProbeRules } from '../core/terms.ts';
import type { Clock } from '../platform/clock.ts';
import type { AgentReport, Look } from '../protocol/agent.ts';
import type { BlockedView, HealthView, ProbeView } from '../protocol/control.ts';
import type { StackLook } from './blocked-stack.ts';
import { Doors } from './doors.ts';
import { type Blocked, LoopWatch } from './loop-watch.ts';
import { checkExec, checkHttp, checkTcp } from './probe.ts';
import { ProbeLoop } from './probe-loop.ts';
import type { Runner } from './runner.ts';

export interface HealthSurroundings {
  readonly clock: Clock;
  /** The environment of programs that check the instance. */
  envOf(runner: Runner): Readonly<Record<string, string>>;
  /** Its ports are those of others, too. */
  sharesPorts(runner: Runner): boolean;
  /** What its runtime is to tell of the inside along with the sign of its event loop; undefined: nothing now. */
  lookFor(runner: Runner): Look | undefined;
  /** For the event log. */
  tell(runner: Runner, kind: EventKind, reason: string): void;
  /** Its event loop does not turn, and stands there; innermost first. */
  onBlocked(runner: Runner, frames: readonly string[]): void;
}

interface Watched {
  readonly incarnation: number;
  readonly readiness: ProbeLoop | null;
  readonly liveness: ProbeLoop | null;
}

const KINDS = ['readiness', 'liveness'] as const;
type Kind = (typeof KINDS)[number];

export class HealthWatch {
  readonly #around: HealthSurroundings;
  readonly #watched = new Map<Runner, Watched>();
  readonly #doors = new Doors();
  readonly #loops: LoopWatch;
  /** What the runtime said when its line came up, which may be before the launch was reported. */
  readonly #hellos = new WeakMap<Runner, { incarnation: number; pid: number; takesSigusr1: boolean }>();

  constructor(around: HealthSurroundings) {
    this.#around = around;
    this.#loops = new LoopWatch(around.clock, {
      lookFor: (runner) => around.lookFor(runner),
      onBlocked: (runner, forMs, look, isStill) => this.#onBlocked(runner, forMs, look, isStill),
      onTurning: (runner, forMs) =>
        around.tell(runner, 'unblocked', `its event loop turns again, after ${seconds(forMs)}`),
    });
  }

  /** To be called whenever an instance has changed, and once for each that was adopted. */
  consider(runner: Runner): void {
    const { state } = runner.instance;
    const isUp = state.kind === 'starting' || state.kind === 'ready';
    const before = this.#watched.get(runner);
    if (isUp && before?.incarnation === state.running.incarnation) return;
    if (before !== undefined) this.#end(runner, before);
    if (!isUp) return;
    this.#begin(runner, state.running);
    this.#watchLoop(runner);
  }

  onReport(runner: Runner, report: AgentReport): void {
    switch (report.type) {
      case 'hello':
        this.#onHello(runner, report.pid, report.takesSigusr1);
        return;
      case 'sigusr1':
        this.#loops.onSigusr1(runner, report.taken === true);
        return;
      case 'doors':
        this.#doors.arrive(runner, report.doors);
        return;
      case 'pong':
        this.#loops.onPong(runner, report.n);
    }
  }

  /** Why its readiness probe does not pass; null: it does, or there is none. */
  whyUnready(runner: Runner): string | null {
    return this.#watched.get(runner)?.readiness?.state.why ?? null;
  }

  /** Of addresses on which an instance listens, those that are the app's own and not made for probes. */
  ownAddresses(runner: Runner, addresses: readonly string[]): readonly string[] {
    return this.#doors.withoutDoors(runner, addresses);
  }

  viewOf(runner: Runner): HealthView | null {
    const watched = this.#watched.get(runner);
    const probes = KINDS.flatMap((kind) => {
      const rules = healthOf(runner.spec)[kind];
      return rules === null ? [] : [probeView(kind, rules, watched?.[kind] ?? null)];
    });
    const blocked = this.#loops.blockedOf(runner);
    if (probes.length === 0 && blocked === null) return null;
    return { probes, blocked: blocked === null ? null : blockedView(blocked) };
  }

  close(): void {
    for (const [runner, watched] of this.#watched) this.#end(runner, watched);
    this.#loops.close();
  }

  #begin(runner: Runner, { incarnation, launchedAt }: Running): void {
    const { readiness, liveness } = healthOf(runner.spec);
    const { clock } = this.#around;
    const base = { launchedAt, clock };
    const loopOf = (kind: Kind, rules: ProbeRules | null): ProbeLoop | null =>
      rules === null
        ? null
        : new ProbeLoop({
            ...base,
            rules,
            isAwaited: kind === 'readiness',
            seed: seedOf(kind, runner),
            check: (signal) => this.#check(runner, rules, signal),
            onVerdict: (state) => this.#onVerdict(runner, incarnation, kind, rules, state),
          });
    this.#watched.set(runner, {
      incarnation,
      readiness: loopOf('readiness', readiness),
      liveness: loopOf('liveness', liveness),
    });
  }

  #end(runner: Runner, watched: Watched): void {
    this.#watched.delete(runner);
    this.#loops.end(runner);
    watched.readiness?.stop();
    watched.liveness?.stop();
  }

  #onVerdict(runner: Runner, incarnation: number, kind: Kind, rules: ProbeRules, state: ProbeState): void {
    const times = `${rules.failureThreshold === 1 ? 'once' : `${rules.failureThreshold} times`}`;
    const reason = `its ${kind} probe (${describeCheck(rules.check)}) failed ${times}: ${state.why ?? 'unknown'}`;
    if (kind === 'readiness' && state.verdict === 'passing')
      runner.send({ type: 'became-ready', incarnation, how: 'probe' });
    else if (kind === 'readiness') runner.send({ type: 'became-unready', incarnation, reason });
    else if (state.verdict === 'failing')
      runner.send({ type: 'not-live', incarnation, reason, unstable: !state.everPassed });
  }

  async #check(runner: Runner, { check, timeoutMs }: ProbeRules, signal: AbortSignal): Promise<CheckResult | null> {
    const { spec } = runner;
    if (check.kind === 'exec') {
      const { cwd, uid, gid } = spec;
      return checkExec({ command: check.command, cwd, uid, gid, env: this.#around.envOf(runner) }, timeoutMs, signal);
    }
    const pid = runningOf(runner.instance.state)?.process.pid ?? 0;
    const found = await this.#doors.find(runner, pid, check, this.#around.sharesPorts(runner), timeoutMs);
    if (found.kind === 'unknown') return null;
    if (found.kind === 'silent') return { ok: false, why: `it did not answer within ${timeoutMs} ms` };
    if (found.kind === 'nowhere') return { ok: false, why: 'it does not listen' };
    return check.kind === 'http'
      ? checkHttp(check, found.address, timeoutMs, signal)
      : checkTcp(found.address, timeoutMs, signal);
  }

  #onHello(runner: Runner, pid: number, takesSigusr1: boolean | undefined): void {
    // An older runtime says nothing of it.
    const hello = { incarnation: runner.instance.ledger.incarnation, pid, takesSigusr1: takesSigusr1 !== false };
    this.#hellos.set(runner, hello);
    this.#watchLoop(runner);
  }

  #watchLoop(runner: Runner): void {
    const hello = this.#hellos.get(runner);
    const running = runningOf(runner.instance.state);
    const limitMs = healthOf(runner.spec).eventLoopLimitMs;
    if (hello === undefined || limitMs === null || !this.#watched.has(runner)) return;
    if (running?.incarnation === hello.incarnation) this.#loops.begin(runner, running, limitMs, hello);
  }

  #onBlocked(runner: Runner, forMs: number, look: StackLook, isStill: boolean): void {
    const { state } = runner.instance;
    if (state.kind !== 'starting' && state.kind !== 'ready') return;
    const reason = `its event loop has not turned for ${seconds(forMs)}: ${lookText(look)}`;
    this.#around.tell(runner, 'blocked', reason);
    if (look.kind === 'frames') this.#around.onBlocked(runner, look.frames);
    if (!isStill || look.kind === 'inspected' || !healthOf(runner.spec).eventLoopRestart) return;
    const { incarnation } = state.running;
    runner.send({ type: 'not-live', incarnation, reason, unstable: !this.#loops.hasAnswered(runner) });
  }
}

/** A life that is ready already was seen by an earlier daemon; of its checks only what the machine remembers is left. */
function seedOf(kind: Kind, { instance: { state } }: Runner): ProbeState {
  const isKnown =
    state.kind === 'ready' && (kind === 'liveness' || state.how === 'probe' || state.unready !== undefined);
  if (!isKnown) return UNPROBED;
  const isFailing = kind === 'readiness' && state.unready !== undefined;
  const why = isFailing ? (state.unready ?? null) : null;
  return { ...UNPROBED, verdict: isFailing ? 'failing' : 'passing', everPassed: true, why };
}

function probeView(kind: Kind, rules: ProbeRules, loop: ProbeLoop | null): ProbeView {
  const state = loop?.state ?? UNPROBED;
  const { verdict, failures, why } = state;
  return { kind, check: describeCheck(rules.check), verdict, failures, why, checkedAt: loop?.checkedAt ?? null };
}

const blockedView = ({ sinceAt, untilAt, look }: Blocked): BlockedView => ({
  sinceAt,
  untilAt,
  frames: look.kind === 'frames' ? look.frames : [],
  whyNoStack: look.kind === 'frames' ? null : lookText(look),
});

function lookText(look: StackLook): string {
  switch (look.kind) {
    case 'frames':
      return `it is in ${look.frames.join(' < ')}`;
    case 'inspected':
      return 'somebody has its inspector open, it may be at a breakpoint';
    case 'unavailable':
      return `stack not available: ${look.why}`;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
