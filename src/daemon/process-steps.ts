/**
 * Tells followers of the bus each step that a process takes, from the states of its machine. Apart from the event log,
 * which says what happened and why: who follows the bus counts on how many steps there are and in which order.
 */
import { runningOf, type State } from '../core/instance.ts';
import type { StatusWord } from '../core/terms.ts';
import type { InstanceDetail, ProcessStep } from '../protocol/control.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Bus } from './bus.ts';

interface Known {
  readonly kind: State['kind'];
  /** It is ending, and somebody wanted that. */
  readonly isAsked: boolean;
  /** The last life that was told to have begun. */
  readonly launched: number;
}

export class ProcessSteps {
  readonly #bus: Bus;
  readonly #detail: (runner: Runner) => InstanceDetail;
  readonly #now: () => number;
  readonly #known = new WeakMap<Runner, Known>();
  /** Registered by a command, and not started yet. */
  readonly #fresh = new WeakSet<Runner>();

  constructor(bus: Bus, detail: (runner: Runner) => InstanceDetail, now: () => number) {
    this.#bus = bus;
    this.#detail = detail;
    this.#now = now;
  }

  /** Registered by a command: its first launch is a start. */
  expect(runner: Runner): void {
    this.#fresh.add(runner);
  }

  /** What an earlier daemon left is no step. */
  adopt(runner: Runner): void {
    this.#known.set(runner, knownOf(runner, runner.instance.ledger.incarnation));
  }

  consider(runner: Runner): void {
    const { state } = runner.instance;
    const before = this.#known.get(runner) ?? { kind: 'down', isAsked: false, launched: 0 };
    const running = state.kind === 'starting' || state.kind === 'ready' ? runningOf(state) : null;
    const isNew = running !== null && running.incarnation > before.launched;
    this.#known.set(runner, knownOf(runner, isNew ? running.incarnation : before.launched));
    if (state.kind === 'reaping' && before.kind !== 'reaping' && state.after !== null)
      this.#tell(runner, 'exited', 'stopping');
    if (before.kind === 'reaping' && state.kind !== 'reaping') {
      const isGivenUp = state.kind === 'failed' && !before.isAsked;
      if (isGivenUp) this.#tell(runner, 'gave-up', 'errored');
      this.#tell(runner, 'exited', isGivenUp ? 'errored' : 'stopped');
    }
    if (!isNew) return;
    this.#tell(runner, 'launched', 'launching');
    if (this.#fresh.delete(runner)) this.command(runner, 'started');
  }

  /** A command was carried out. */
  command(runner: Runner, step: ProcessStep): void {
    this.#tell(runner, step, null);
  }

  /** @param status null: as it is */
  #tell(runner: Runner, step: ProcessStep, status: StatusWord | null): void {
    if (!this.#bus.isFollowed) return;
    const instance = this.#detail(runner);
    this.#bus.emit({
      kind: 'process',
      step,
      at: this.#now(),
      isCommand: status === null,
      isReplaced: runner.role === 'retiring',
      status: status ?? instance.status,
      instance,
    });
  }
}

function knownOf({ instance: { state } }: Runner, launched: number): Known {
  return { kind: state.kind, isAsked: state.kind === 'reaping' && state.after !== null, launched };
}
