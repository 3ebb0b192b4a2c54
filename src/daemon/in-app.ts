/**
 * The inside of apps as the daemon knows it: what each process has told of itself in its present life, and who waits for an
 * answer from it. All of it comes from programs that nobody vouches for, so everything here is bounded and checked.
 */
import { type InApp, NOTHING_SAID, withAction, withMetrics, withSettings } from '../core/in-app.ts';
import { runningOf } from '../core/instance.ts';
import type { Clock } from '../platform/clock.ts';
import type { AgentReport, Measures } from '../protocol/agent.ts';
import { answeredAction, type Call, callMessage, REPLY, understand } from '../protocol/app-messages.ts';
import type { ActionReply, InAppView, ProcessName } from '../protocol/control.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Bus } from './bus.ts';
import { abilitiesOf, measuresOf } from './measures.ts';

/** Measures are asked for anew when they are older than this. */
const FRESH_MS = 1_000;
/** Who looks waits this long for them; an app that is slower is seen as it last was. */
const MEASURE_WAIT_MS = 60;
/** What a runtime did though nobody waits is told on the bus if it is done within this. */
const UNAWAITED_MS = 600_000;

/** Of one life. */
interface Inside {
  readonly incarnation: number;
  said: InApp;
  measures: Measures | null;
  measuredAt: number;
  abilities: readonly string[];
  /** It was asked for its measures, and has not answered. */
  question: Question | null;
}

interface Question {
  readonly askedAt: number;
  readonly answered: Promise<void>;
  resolve(): void;
}

interface Waiting {
  readonly runner: Runner;
  readonly incarnation: number;
  readonly action: string;
  /** Number of the order to the runtime; null: the app itself answers. */
  readonly n: number | null;
  /** null: it ended before. */
  settle(reply: ActionReply | null): void;
}

export const nameOf = (runner: Runner): ProcessName => ({
  id: runner.slot.id,
  name: runner.spec.name,
  namespace: runner.spec.namespace,
});

export class InApps {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #insides = new WeakMap<Runner, Inside>();
  readonly #waiting = new Set<Waiting>();
  #orders = 0;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** What the app gave to `process.send`. */
  hear(runner: Runner, incarnation: number, message: unknown): void {
    const saying = understand(message);
    const inside = this.#insideOf(runner, incarnation);
    switch (saying.kind) {
      case 'metrics':
        inside.said = withMetrics(inside.said, saying.metrics);
        return;
      case 'action':
        inside.said = withAction(inside.said, saying.action);
        return;
      case 'settings':
        inside.said = withSettings(inside.said, saying.settings);
        return;
      case 'nothing':
        return;
      case 'event':
        this.#onEvent(runner, incarnation, saying.type, saying.data);
        return;
      case 'message':
        this.#bus.emit({ kind: 'message', raw: saying.raw, at: this.#clock.now(), process: nameOf(runner) });
    }
  }

  #onEvent(runner: Runner, incarnation: number, type: string, data: unknown): void {
    const at = this.#clock.now();
    const process = nameOf(runner);
    this.#bus.emit({ kind: 'event', type, data, at, process });
    const action = answeredAction(type, data);
    if (action === null) return;
    const waiting = this.#find(
      (one) => one.n === null && one.runner === runner && one.incarnation === incarnation && one.action === action,
    );
    waiting?.settle({ at, process, data });
  }

  onReport(runner: Runner, incarnation: number, report: AgentReport): void {
    const inside = this.#insideOf(runner, incarnation);
    if (report.type === 'hello') {
      inside.abilities = abilitiesOf(report.abilities);
      inside.question = null;
    } else if (report.type === 'measured' || (report.type === 'pong' && report.measures !== undefined)) {
      inside.measures = measuresOf(report.measures) ?? inside.measures;
      inside.measuredAt = this.#clock.now();
      inside.question?.resolve();
      inside.question = null;
    } else if (report.type === 'performed') {
      const waiting = this.#find((one) => one.n === report.n && one.runner === runner);
      if (waiting === undefined) return;
      const data = { action_name: waiting.action, return: report.result };
      const reply = { at: this.#clock.now(), process: nameOf(runner), data };
      this.#bus.emit({ kind: 'event', type: REPLY, ...reply });
      waiting.settle(reply);
    }
  }

  /** Its state has changed: who waits for a life that is over waits in vain. */
  consider(runner: Runner): void {
    const incarnation = runningOf(runner.instance.state)?.incarnation;
    for (const one of [...this.#waiting])
      if (one.runner === runner && one.incarnation !== incarnation) one.settle(null);
  }

  viewOf(runner: Runner): InAppView {
    const inside = this.#present(runner);
    const said = inside?.said ?? NOTHING_SAID;
    return {
      metrics: Object.fromEntries(said.metrics),
      actions: [...said.actions.values()],
      settings: Object.fromEntries(said.settings),
      dropped: said.dropped,
      measures: inside?.measures ?? null,
      abilities: inside?.abilities ?? [],
    };
  }

  /** What it measured last in this life; null: it has not told yet. */
  measuresOf(runner: Runner): Measures | null {
    return this.#present(runner)?.measures ?? null;
  }

  /** Its runtime tells of the inside. */
  isOpen(runner: Runner): boolean {
    return this.#present(runner)?.abilities.includes('measure') === true;
  }

  /** Asks those whose measures are old, and waits a moment. */
  async refresh(runners: readonly Runner[], waitMs = MEASURE_WAIT_MS): Promise<void> {
    const asked = runners.flatMap((runner) => this.#ask(runner) ?? []);
    if (asked.length === 0) return;
    await new Promise<void>((resolve) => {
      const limit = this.#clock.after(waitMs, resolve);
      void Promise.all(asked).then(() => {
        limit.cancel();
        resolve();
      });
    });
  }

  /** @returns null if there is nothing to wait for: its measures are fresh, or it has not answered the last time */
  #ask(runner: Runner): Promise<void> | null {
    const inside = this.#present(runner);
    const now = this.#clock.now();
    if (inside === undefined || !inside.abilities.includes('measure') || now - inside.measuredAt <= FRESH_MS)
      return null;
    const { question } = inside;
    if (question !== null) return now - question.askedAt < MEASURE_WAIT_MS ? question.answered : null;
    if (!runner.say({ type: 'measure' })) return null;
    let resolve = (): void => {};
    const answered = new Promise<void>((done) => {
      resolve = done;
    });
    inside.question = { askedAt: now, answered, resolve };
    return answered;
  }

  /** How an action is called in this process: by the app's own offer, or else by an ability of the runtime; null: it has none. */
  wayTo(runner: Runner, action: string, isForRuntime: boolean): 'app' | 'runtime' | null {
    const inside = this.#present(runner);
    if (!isForRuntime && inside?.said.actions.has(action)) return 'app';
    return action !== 'measure' && inside?.abilities.includes(action) === true ? 'runtime' : null;
  }

  offersOf(runner: Runner): readonly string[] {
    const inside = this.#present(runner);
    return [...(inside?.said.actions.keys() ?? [])];
  }

  /**
   * @param waitMs 0: nobody waits
   * @returns null if the process has no line; `reply` resolves with null if there is none in time
   */
  call(
    runner: Runner,
    way: 'app' | 'runtime',
    call: Call,
    waitMs: number,
  ): { reply: Promise<ActionReply | null> } | null {
    const incarnation = runningOf(runner.instance.state)?.incarnation;
    if (incarnation === undefined) return null;
    const n = way === 'runtime' ? ++this.#orders : null;
    const isSent =
      n === null
        ? runner.sendMessage(callMessage(call, runner.slot.id))
        : runner.say({ type: 'perform', n, ability: call.action, params: call.params ?? null });
    if (!isSent) return null;
    if (waitMs === 0 && n === null) return { reply: Promise.resolve(null) };
    const reply = new Promise<ActionReply | null>((resolve) => {
      const waiting: Waiting = {
        runner,
        incarnation,
        action: call.action,
        n,
        settle: (given) => {
          this.#waiting.delete(waiting);
          limit.cancel();
          resolve(given);
        },
      };
      const limit = this.#clock.after(waitMs === 0 ? UNAWAITED_MS : waitMs, () => waiting.settle(null));
      this.#waiting.add(waiting);
    });
    return { reply: waitMs === 0 ? Promise.resolve(null) : reply };
  }

  #find(condition: (one: Waiting) => boolean): Waiting | undefined {
    for (const one of this.#waiting) if (condition(one)) return one;
    return undefined;
  }

  #insideOf(runner: Runner, incarnation: number): Inside {
    const known = this.#insides.get(runner);
    if (known?.incarnation === incarnation) return known;
    // The last words of an earlier life change nothing in what is known of this one.
    const isPast = known !== undefined && known.incarnation > incarnation;
    const inside: Inside = {
      incarnation,
      said: NOTHING_SAID,
      measures: null,
      measuredAt: 0,
      abilities: [],
      question: null,
    };
    if (!isPast) this.#insides.set(runner, inside);
    return inside;
  }

  /** Of the life that runs; what an earlier one said is over. */
  #present(runner: Runner): Inside | undefined {
    const inside = this.#insides.get(runner);
    return inside?.incarnation === runningOf(runner.instance.state)?.incarnation ? inside : undefined;
  }
}
