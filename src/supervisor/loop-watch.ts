/**
 * Asks the runtimes of Node apps now and then whether their event loop turns, and says which does not and what it does
 * instead. Without it a process that spins looks online for ever.
 */
import { dueAtOf, type Heartbeat, newHeartbeat, onAnswer, onDue, onLost } from '../core/heartbeat.ts';
import type { ProcessIdentity } from '../core/terms.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Look } from '../protocol/agent.ts';
import { lookAtStack, type StackLook } from './blocked-stack.ts';
import type { Runner } from './runner.ts';

/** Answers that have come while this daemon was late are read before anything is said. */
const SECOND_LOOK_MS = 50;

export interface Blocked {
  readonly sinceAt: number;
  /** null: it still is. */
  readonly untilAt: number | null;
  readonly look: StackLook;
}

export interface LoopWatchHooks {
  /** What is asked along with the question for a sign. */
  lookFor(runner: Runner): Look | undefined;
  /** `isStill`: it was not heard of while its stack was read. */
  onBlocked(runner: Runner, forMs: number, look: StackLook, isStill: boolean): void;
  onTurning(runner: Runner, forMs: number): void;
}

interface Watched {
  readonly runner: Runner;
  readonly incarnation: number;
  readonly process: ProcessIdentity;
  readonly limitMs: number;
  heartbeat: Heartbeat;
  everAnswered: boolean;
  /** Its own listener gets SIGUSR1, or the pid is another: it must not be signalled. */
  whyNot: string | null;
  blocked: Blocked | null;
  /** Its stack is being read; `answeredAt`: it turned meanwhile, which is told afterwards. */
  look: { answeredAt: number | null } | null;
}

export class LoopWatch {
  readonly #clock: Clock;
  readonly #hooks: LoopWatchHooks;
  readonly #watched = new Map<Runner, Watched>();
  #timer: Timer | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, hooks: LoopWatchHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Its runtime has a line: from now on it is asked. */
  begin(
    runner: Runner,
    life: { readonly incarnation: number; readonly process: ProcessIdentity },
    limitMs: number,
    hello: { readonly pid: number; readonly takesSigusr1: boolean },
  ): void {
    const before = this.#watched.get(runner);
    const whyNot =
      hello.pid === life.process.pid
        ? hello.takesSigusr1
          ? OWN_LISTENER
          : null
        : 'it is not the process that was started';
    const now = this.#clock.now();
    if (before !== undefined && before.incarnation === life.incarnation) {
      before.whyNot = whyNot;
      if (before.blocked?.untilAt === null && before.look === null) this.#turns(before, now);
      before.heartbeat = onLost(before.heartbeat, limitMs, now);
    } else {
      const { incarnation, process } = life;
      const heartbeat = newHeartbeat(now, limitMs);
      const base = { runner, incarnation, process, limitMs, heartbeat, whyNot };
      this.#watched.set(runner, { ...base, everAnswered: false, blocked: null, look: null });
    }
    this.#arm();
  }

  end(runner: Runner): void {
    this.#watched.delete(runner);
  }

  close(): void {
    this.#timer?.cancel();
    this.#watched.clear();
  }

  blockedOf(runner: Runner): Blocked | null {
    return this.#watched.get(runner)?.blocked ?? null;
  }

  /** It has turned at least once in this life. */
  hasAnswered(runner: Runner): boolean {
    return this.#watched.get(runner)?.everAnswered === true;
  }

  onSigusr1(runner: Runner, isTaken: boolean): void {
    const watched = this.#watched.get(runner);
    if (watched !== undefined) watched.whyNot = isTaken ? OWN_LISTENER : null;
  }

  onPong(runner: Runner, n: number): void {
    const watched = this.#watched.get(runner);
    if (watched === undefined) return;
    watched.everAnswered = true;
    const now = this.#clock.now();
    const { heartbeat, silentMs } = onAnswer(watched.heartbeat, n, watched.limitMs, now);
    watched.heartbeat = heartbeat;
    if (silentMs === null) return;
    if (watched.look === null) this.#turns(watched, now);
    else watched.look.answeredAt = now;
    this.#arm();
  }

  #turns(watched: Watched, now: number): void {
    if (watched.blocked === null) return;
    watched.blocked = { ...watched.blocked, untilAt: now };
    this.#hooks.onTurning(watched.runner, now - watched.blocked.sinceAt);
  }

  /** One timer for all; it is left as it is while it is early enough. */
  #arm(): void {
    const next = Math.min(
      ...[...this.#watched.values()].map((one) => dueAtOf(one.heartbeat) ?? Number.POSITIVE_INFINITY),
    );
    if (next >= this.#timerAt && this.#timer !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = next;
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.after(Math.max(1, next - this.#clock.now()), () => {
      this.#timer = null;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#onTime();
    });
  }

  #onTime(): void {
    const now = this.#clock.now();
    let isSuspected = false;
    for (const watched of this.#watched.values()) {
      const { heartbeat, act } = onDue(watched.heartbeat, watched.limitMs, now);
      if (act === 'report') {
        isSuspected = true;
        continue;
      }
      watched.heartbeat = heartbeat;
      if (act !== 'ask') continue;
      const look = this.#hooks.lookFor(watched.runner);
      const ping = { type: 'ping', n: heartbeat.asked, ...(look === undefined ? {} : { look }) } as const;
      if (!watched.runner.say(ping)) watched.heartbeat = onLost(heartbeat, watched.limitMs, now);
    }
    if (!isSuspected) {
      this.#arm();
      return;
    }
    this.#timerAt = now + SECOND_LOOK_MS;
    this.#timer = this.#clock.after(SECOND_LOOK_MS, () => {
      this.#timer = null;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#report();
      this.#arm();
    });
  }

  #report(): void {
    const now = this.#clock.now();
    for (const watched of this.#watched.values()) {
      if (watched.heartbeat.beat.kind !== 'asked') continue;
      const { askedAt } = watched.heartbeat.beat;
      const { heartbeat, act } = onDue(watched.heartbeat, watched.limitMs, now);
      if (act !== 'report') continue;
      watched.heartbeat = heartbeat;
      void this.#look(watched, askedAt);
    }
  }

  async #look(watched: Watched, sinceAt: number): Promise<void> {
    const { runner, process } = watched;
    const looking: { answeredAt: number | null } = { answeredAt: null };
    watched.look = looking;
    const look: StackLook =
      watched.whyNot !== null
        ? { kind: 'unavailable', why: watched.whyNot }
        : await lookAtStack(
            process,
            () => looking.answeredAt === null && this.#watched.get(runner) === watched,
            () => runner.say({ type: 'close-inspector' }),
          ).catch((error: Error): StackLook => ({ kind: 'unavailable', why: error.message }));
    if (this.#watched.get(runner) !== watched) return;
    watched.look = null;
    watched.blocked = { sinceAt, untilAt: null, look };
    this.#hooks.onBlocked(runner, this.#clock.now() - sinceAt, look, looking.answeredAt === null);
    if (looking.answeredAt !== null) this.#turns(watched, looking.answeredAt);
  }
}

const OWN_LISTENER = 'it has a listener of its own for SIGUSR1';
