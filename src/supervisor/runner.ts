/**
 * Runs the machine of one instance: one mailbox, the record written before any effect, effects performed, their
 * failures returned as events. Everything that happens to an instance passes through here, in order.
 */
import { randomBytes } from 'node:crypto';
import { declaresSockets } from '../core/declared.ts';
import { ok, type Result } from '../core/errors.ts';
import type { EventDetails, EventKind } from '../core/events.ts';
import { exitFromShellStatus } from '../core/exit.ts';
import {
  deadlineOf,
  type Effect,
  type Event,
  type Instance,
  RECHECK_MS,
  type Rules,
  type Running,
  runningOf,
  step,
  wantsUp,
} from '../core/instance.ts';
import type { AppSpec, Exit, ProcessIdentity } from '../core/terms.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { failpoint } from '../platform/failpoint.ts';
import { bootId, compareIdentity, identify } from '../platform/process.ts';
import { type Channel, readStatus } from '../platform/spawn.ts';
import { AGENT_PROTOCOL, type AgentReport, type ToApp } from '../protocol/agent.ts';
import { type Agents, hasRuntime } from './agents.ts';
import { type AtWork, describeCut } from './cut.ts';
import type { Launcher } from './launcher.ts';
import { Lifeline } from './lifeline.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { type InstanceRecord, type Role, readStart, type Slot, type StartedWith, writeRecord } from './record.ts';

/** How often a process without a keeper is looked at: nobody will tell of its end. */
const KEEPERLESS_LOOK_MS = 250;

/** What a process said just before its end is still read; its end is seen first at times. */
const LAST_WORDS_MS = 1_000;

/** So long a runtime may take to find the daemon that took its process up. */
const RETURNS_WITHIN_MS = 2_500;

const SIGN_AGAIN_MS = 100;

const NO_SOCKETS = ok((): readonly number[] => []);

/** A process that says something over its IPC channel. */
export interface Asker {
  readonly runner: Runner;
  readonly incarnation: number;
  readonly channel: Channel;
}

/** What a runner needs of the daemon around it. */
export interface Surroundings {
  readonly run: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly launcher: Launcher;
  readonly agents: Agents;
  /** Program and environment of the next life. */
  prepare(
    runner: Runner,
    token: string,
  ): {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly withChannel: boolean;
  };
  /** Sockets that the next life inherits, opened now unless they are held; asked only of an app that declares some. */
  openSockets(runner: Runner): Promise<Result<() => readonly number[]>>;
  pidFileOf(slot: Slot, spec: AppSpec): string;
  /** `adopted`: the program ran before this daemon did. */
  openLogs(slot: Slot, spec: AppSpec, incarnation: number, adopted: boolean): void;
  /** Resolves when all output of the life is written and its FIFOs are let go. */
  closeLogs(id: number, incarnation: number): Promise<void>;
  tell(
    slot: Slot,
    spec: AppSpec,
    incarnation: number | null,
    kind: EventKind,
    reason: string,
    details?: EventDetails,
  ): void;
  /** A life is over: `runner.instance` says how. @returns the crash record that will be made of it; null: none */
  onExited(runner: Runner): string | null;
  /** All of a life that is over has been read; its folder is removed when this resolves. Never rejects. */
  onCollected(runner: Runner, incarnation: number): Promise<void>;
  /** What an app said by `process.send`. */
  onMessage(runner: Runner, incarnation: number, message: unknown): void;
  /** What the runtime of an app asked over the IPC channel. */
  onChannelMessage(asker: Asker, message: unknown, handle: unknown): void;
  /** The fewest connections that it had since it last told. */
  onConnections(runner: Runner, open: number): void;
  /** Its runtime has a line, or said something about its health. */
  onReport(runner: Runner, incarnation: number, report: AgentReport): void;
  /** The state has changed. */
  onChange(runner: Runner): void;
}

export class Runner {
  readonly slot: Slot;
  /** Changes when a slot is taken over by a candidate. */
  role: Role;
  /** Generation of the app's spec that it was made for. */
  generation = 0;
  /** Set on a candidate whose predecessor listens. */
  listenWithinMs: number | null = null;
  /** Set for a life that is launched beside others that accept: it accepts when it is ready. */
  heldUntilReady = false;
  #spec: AppSpec;
  #started: StartedWith | null = null;
  #instance: Instance;
  readonly #around: Surroundings;
  readonly #mailbox: Event[] = [];
  #working = false;
  #timer: Timer | null = null;
  #token: string | null = null;
  #keeper: ProcessIdentity | null = null;
  #lifeline: Lifeline | null = null;
  #channel: Channel | null = null;
  #look: Timer | null = null;
  /** Of a life that has ended: only what it had said is still heard. */
  #endedToken: string | null = null;
  #removed = false;
  #admitted = false;
  /** The launch under way: what it starts must be known before it can be swept. */
  #launching: Promise<void> = Promise.resolve();
  readonly #collections = new Set<Promise<void>>();
  #asked: number | null = null;
  /** It had a line to an earlier daemon, perhaps, and has none to this one yet. */
  #mayReturn = false;
  #pidFile: string | null = null;
  #pidInFile: string | null = null;
  /** What the runtime last told of a drain. */
  #atWork: (AtWork & { readonly incarnation: number }) | null = null;
  readonly #watchers = new Set<(instance: Instance) => void>();
  /** The same with when it was told, kept until it tells anew. */
  lastWork: (AtWork & { readonly incarnation: number; readonly toldAt: number }) | null = null;
  /** The app's Node version as its runtime told. */
  nodeVersion: string | null = null;
  /** Addresses on which it was last seen listening. */
  addresses: readonly string[] = [];

  constructor(slot: Slot, spec: AppSpec, instance: Instance, around: Surroundings, role: Role = 'main') {
    this.slot = slot;
    this.role = role;
    this.#spec = spec;
    this.#instance = instance;
    this.#around = around;
  }

  get spec(): AppSpec {
    return this.#spec;
  }

  /** Takes effect with the next life; what concerns restarts and stops at once. */
  set spec(spec: AppSpec) {
    this.#spec = spec;
  }

  /** With what the present life was started; null: nothing runs. */
  get started(): StartedWith | null {
    const incarnation = runningOf(this.#instance.state)?.incarnation;
    if (incarnation === undefined) return null;
    if (this.#started?.incarnation !== incarnation)
      this.#started = readStart(this.#around.run, this.slot.id, incarnation, (note) =>
        this.#around.tell(this.slot, this.#spec, incarnation, 'record-failed', note),
      ) ?? { incarnation, spec: this.#spec };
    return this.#started;
  }

  get instance(): Instance {
    return this.#instance;
  }

  get keeperPid(): number {
    return this.#keeper?.pid ?? 0;
  }

  get token(): string | null {
    return this.#token;
  }

  get rules(): Rules {
    const { restart, stop, readiness } = this.#spec;
    // A candidate that ends has failed; who replaces nobody has no crash loop.
    const isTrial = this.role !== 'main';
    return {
      restart: isTrial ? { ...restart, autorestart: false } : restart,
      stop,
      readiness,
      listenWithinMs: this.listenWithinMs,
    };
  }

  /** Puts an event into the mailbox; it is dealt with before this returns unless one is being dealt with. */
  send(event: Event): void {
    if (this.#removed) return;
    this.#mailbox.push(event);
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#take(next);
    } finally {
      this.#working = false;
    }
  }

  /** Resolves with the first state, from now on, for which the condition holds. */
  until(condition: (instance: Instance) => boolean): Promise<Instance> {
    if (condition(this.#instance)) return Promise.resolve(this.#instance);
    return new Promise((resolve) => {
      const watcher = (instance: Instance): void => {
        if (!condition(instance)) return;
        this.#watchers.delete(watcher);
        resolve(instance);
      };
      this.#watchers.add(watcher);
    });
  }

  /** Resolves when everything of the lives that are over has been read and cleared up. */
  async collected(): Promise<void> {
    await Promise.allSettled(this.#collections);
  }

  /** A candidate accepts connections only when it is known to be good; so does who must pass a probe beside others. */
  get isHeldBack(): boolean {
    return this.heldUntilReady || (this.role === 'candidate' && !this.#admitted);
  }

  /** From now on it may accept connections. */
  admit(): void {
    this.#admitted = true;
    this.heldUntilReady = false;
    if (this.#token !== null) this.#around.agents.say(this.#token, { type: 'admit' });
  }

  /** Takes no new connections for a while, or takes them again; those that it has are not touched. @returns false: it has no line */
  rest(on: boolean): boolean {
    return this.say({ type: 'rest', on });
  }

  /** @returns false if its runtime has no line now, or does not read */
  say(frame: ToApp): boolean {
    return this.#token !== null && this.#around.agents.say(this.#token, frame);
  }

  /** Sends a message to the app; false if it has no line. */
  sendMessage(message: unknown): boolean {
    return this.#token !== null && this.#around.agents.send(this.#token, message);
  }

  /** Sets counters back, as the user's `reset` asks. */
  reset(): void {
    const history = { unstable: 0, recentEndsAt: [], previousDelayMs: 0 };
    this.#instance = {
      ...this.#instance,
      ledger: { ...this.#instance.ledger, restarts: 0, history, createdAt: this.#around.clock.now() },
    };
    this.#write();
    this.#around.onChange(this);
  }

  /** Keeps the next number of a life for a candidate of the same slot. @returns the ledger that the candidate begins with */
  reserveIncarnation(): Instance['ledger'] {
    const { ledger } = this.#instance;
    this.#instance = { ...this.#instance, ledger: { ...ledger, incarnation: ledger.incarnation + 1 } };
    this.#write();
    return {
      ...ledger,
      restarts: ledger.restarts + 1,
      history: { unstable: 0, recentEndsAt: [], previousDelayMs: 0 },
      createdAt: this.#around.clock.now(),
    };
  }

  /** Forgets the instance; it must be down. */
  remove(): void {
    this.#removed = true;
    this.#timer?.cancel();
    this.#endWatching();
  }

  /** Lets go of timers and lines without touching the process: the daemon is about to end. */
  release(): void {
    this.remove();
  }

  /**
   * Takes up a life that an earlier daemon started.
   * @param lifeFd reader of its life FIFO; null if nobody can tell of its end
   */
  attach(life: {
    incarnation: number;
    token: string | null;
    keeper: ProcessIdentity | null;
    asked: number | null;
    lifeFd: number | null;
  }): void {
    this.#token = life.token;
    this.#keeper = life.keeper;
    this.#asked = life.asked;
    this.#mayReturn = hasRuntime(this.#spec);
    this.#pidFile = this.#around.pidFileOf(this.slot, this.#spec);
    const { state } = this.#instance;
    const known = runningOf(state)?.process.pid;
    this.#pidInFile = known === undefined ? null : String(known);
    this.#expectAgent(life.incarnation);
    if (life.lifeFd !== null) this.#listen(life.incarnation, life.lifeFd);
    if (state.kind === 'draining' && this.#asked !== life.incarnation) void this.#ask(state.running);
    if (state.kind === 'killing') this.#perform({ type: 'kill', running: state.running });
    this.#arm();
  }

  /** Writes the present state; used after adoption, where no event has. */
  persist(): void {
    this.#write();
    this.#arm();
  }

  /** Goes on with the clearing up that an earlier daemon had begun. */
  sweepAgain(): void {
    const { state } = this.#instance;
    if (state.kind === 'reaping') void this.#sweep(state.incarnation, false);
  }

  /** The recorded launch never happened: do it now, under the same number. */
  relaunch(): void {
    const { state } = this.#instance;
    if (state.kind !== 'launching') return;
    if (state.after?.kind === 'down') {
      this.send({
        type: 'launch-failed',
        incarnation: state.incarnation,
        reason: 'stopped before it was launched',
        permanent: true,
      });
      return;
    }
    this.#beNew();
    this.#instance = { ...this.#instance, state: { ...state, sinceAt: this.#around.clock.now() } };
    this.persist();
    this.#launching = this.#launch(state.incarnation);
  }

  /** Nothing of the life before is this one's. */
  #beNew(): void {
    this.#token = randomBytes(16).toString('hex');
    this.#keeper = null;
    this.#mayReturn = false;
  }

  /** What holds the slot cannot be verified: it is left alone and looked at again. */
  distrust(why: string): void {
    const running = runningOf(this.#instance.state);
    if (running === null) return;
    this.#instance = {
      ...this.#instance,
      state: { kind: 'unknown', running, reason: why, recheckAt: this.#around.clock.now() + RECHECK_MS, after: null },
    };
    this.persist();
  }

  #take(event: Event): void {
    const before = this.#instance;
    const now = this.#around.clock.now();
    const { instance, effects } = step(before, event, this.rules, now, this.#around.random());
    if (instance === before && effects.length === 0) return;
    const launch = effects.find((effect) => effect.type === 'launch');
    if (launch !== undefined) this.#beNew();
    this.#instance = instance;
    failpoint(`before.${instance.state.kind}`);
    // That its turn has come tells a later daemon nothing.
    if (event.type !== 'turn') this.#write();
    failpoint(`after.${instance.state.kind}`);
    this.#arm();
    if (this.heldUntilReady && instance.state.kind === 'ready') this.admit();
    for (const effect of effects) this.#perform(effect);
    this.#around.onChange(this);
    for (const watcher of [...this.#watchers]) watcher(instance);
  }

  /** A record that cannot be written must not keep an app down: the run folder and the token still tell of the life. */
  #write(): void {
    const record: InstanceRecord = {
      format: 1,
      instance: this.#instance,
      token: this.#token,
      keeper: this.#keeper,
      asked: this.#asked,
      generation: this.generation,
      bootId: bootId(),
    };
    try {
      writeRecord(this.#around.run, this.slot.id, this.role, record);
    } catch (error) {
      this.#around.tell(this.slot, this.#spec, null, 'record-failed', (error as Error).message);
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const deadlineAt = deadlineOf(this.#instance.state);
    if (deadlineAt === null) return;
    this.#timer = this.#around.clock.after(Math.max(1, deadlineAt - this.#around.clock.now()), () => {
      this.send({ type: 'due' });
      // A clock that went back, or a timer that is early: wait for the rest.
      if (deadlineOf(this.#instance.state) === deadlineAt && !this.#removed) this.#arm();
    });
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'launch':
        this.#launching = this.#launch(effect.incarnation);
        return;
      case 'ask':
        void this.#ask(effect.running);
        return;
      case 'kill':
        this.#tellCut(effect.running);
        void this.#around.launcher.ask(effect.running.process, this.#keeper, 'SIGKILL', this.#spec.stop.tree);
        return;
      case 'sweep':
        void this.#sweep(effect.incarnation, effect.abandoned);
        return;
      case 'recheck':
        this.#recheck(effect.running);
        return;
      case 'tell':
        this.#tell(effect);
    }
  }

  /** Of a process beside its slot (a candidate, or one that is being replaced) the role is told, too. */
  #tell({ kind, reason, details }: Extract<Effect, { type: 'tell' }>): void {
    const crash = kind === 'exited' ? this.#around.onExited(this) : null;
    const more = { ...(this.role === 'main' ? {} : { role: this.role }), ...(crash === null ? {} : { crash }) };
    const told = Object.keys(more).length === 0 ? details : { ...details, ...more };
    this.#around.tell(this.slot, this.#spec, this.#instance.ledger.incarnation || null, kind, reason, told);
  }

  async #launch(incarnation: number): Promise<void> {
    const token = this.#token as string;
    try {
      const sockets = declaresSockets(this.#spec) ? await this.#around.openSockets(this) : NO_SOCKETS;
      if (!sockets.ok) {
        this.send({ type: 'launch-failed', incarnation, reason: sockets.failure.message, permanent: true });
        return;
      }
      const prepared = this.#around.prepare(this, token);
      this.#pidFile = this.#around.pidFileOf(this.slot, this.#spec);
      this.nodeVersion = null;
      this.addresses = [];
      this.#expectAgent(incarnation);
      const order = {
        id: this.slot.id,
        incarnation,
        token,
        spec: this.#spec,
        command: prepared.command,
        env: prepared.env,
        withChannel: prepared.withChannel,
        sockets: sockets.value,
        isWanted: () => this.#beginLaunch(incarnation),
      };
      this.#started = { incarnation, spec: this.#spec };
      const outcome = await this.#around.launcher.launch(order);
      if (!outcome.ok) {
        this.send({ type: 'launch-failed', incarnation, ...outcome.failure });
        return;
      }
      this.#keeper = outcome.keeper;
      const { channel } = outcome;
      this.#channel = channel;
      channel?.onMessage((message, handle) =>
        this.#around.onChannelMessage({ runner: this, incarnation, channel }, message, handle),
      );
      failpoint('launch.keeper-known');
      this.#around.openLogs(this.slot, this.#spec, incarnation, false);
      this.#listen(incarnation, outcome.lifeFd);
    } catch (error) {
      this.send({ type: 'launch-failed', incarnation, reason: (error as Error).message, permanent: false });
    }
  }

  /** Its turn has come: the deadline counts from now. */
  #beginLaunch(incarnation: number): boolean {
    this.send({ type: 'turn', incarnation });
    const { state } = this.#instance;
    return (
      !this.#removed && state.kind === 'launching' && state.incarnation === incarnation && state.after?.kind !== 'down'
    );
  }

  #expectAgent(incarnation: number): void {
    const token = this.#token;
    if (token === null) return;
    const isOver = (): boolean => this.#token !== token || this.#endedToken === token;
    this.#around.agents.expect(token, this.#spec.uid, {
      onHello: (node) => {
        if (isOver()) return;
        this.#mayReturn = false;
        this.nodeVersion = node;
        if (!this.isHeldBack) this.admit();
      },
      onForeign: ({ protocol }) => {
        const reason = `its runtime speaks protocol ${protocol}, this daemon ${AGENT_PROTOCOL.protocol}: until it is restarted it is stopped without draining, and what it says is not heard`;
        this.#around.tell(this.slot, this.#spec, incarnation, 'runtime-unheard', reason);
      },
      onMessage: (message) => {
        if (message === 'ready') this.send({ type: 'became-ready', incarnation, how: 'ready' });
        this.#around.onMessage(this, incarnation, message);
      },
      onDraining: (inFlight, atWork) => {
        this.#atWork = { incarnation, ...atWork };
        this.lastWork = { ...this.#atWork, toldAt: this.#around.clock.now() };
        if (inFlight > 0) this.send({ type: 'busy', incarnation });
      },
      onStranded: () => {
        const reason = 'it wants to listen, and its channel had ended with an earlier daemon';
        // One that is to end and stay down would get a life that nobody wants: it ends without its socket.
        if (runningOf(this.#instance.state)?.incarnation === incarnation && wantsUp(this.#instance))
          this.send({ type: 'restart', reason, manual: false });
      },
      onConnections: (open) => {
        if (!isOver()) this.#around.onConnections(this, open);
      },
      onReport: (report) => {
        if (!isOver()) this.#around.onReport(this, incarnation, report);
      },
    });
  }

  #listen(incarnation: number, lifeFd: number): void {
    this.#lifeline?.close();
    this.#lifeline = new Lifeline(lifeFd, {
      onSign: () => this.#onSign(incarnation),
      onReleased: () => this.#onReleased(incarnation),
    });
    // The sign may have been read by an earlier daemon.
    if (this.#instance.state.kind === 'launching') this.#onSign(incarnation);
  }

  #onSign(incarnation: number): void {
    if (this.#instance.state.kind !== 'launching' || this.#instance.state.incarnation !== incarnation) return;
    const { pid } = readStatus(this.#around.launcher.folderOf(this.slot.id, incarnation));
    const identity = pid === null ? null : identify(pid);
    if (identity === null) {
      // Not yet; or ended already, then the release follows; or it could not be looked at just now.
      if (pid !== null) this.#around.clock.after(SIGN_AGAIN_MS, () => this.#onSign(incarnation));
      return;
    }
    this.#writePidFile(identity.pid);
    failpoint('launch.pid-known');
    this.send({ type: 'launched', incarnation, process: identity });
  }

  #onReleased(incarnation: number): void {
    this.#lifeline = null;
    const { exitStatus } = readStatus(this.#around.launcher.folderOf(this.slot.id, incarnation));
    if (exitStatus !== null) {
      this.send({ type: 'exited', incarnation, exit: exitFromShellStatus(exitStatus) });
      return;
    }
    const running = runningOf(this.#instance.state);
    if (running === null || running.incarnation !== incarnation) {
      this.send({ type: 'exited', incarnation, exit: { kind: 'unknown', why: 'its keeper ended during the launch' } });
      return;
    }
    this.watchKeeperless(running);
  }

  /** Nobody will tell of the end of this process: look at it every so often. */
  watchKeeperless(running: Running): void {
    this.send({ type: 'keeper-lost', incarnation: running.incarnation });
    const look = (): void => {
      if (this.#removed || runningOf(this.#instance.state)?.incarnation !== running.incarnation) return;
      if (compareIdentity(running.process) === 'gone') {
        const exit: Exit = { kind: 'unknown', why: 'its keeper had been killed before' };
        this.send({ type: 'exited', incarnation: running.incarnation, exit });
        return;
      }
      this.#look = this.#around.clock.after(KEEPERLESS_LOOK_MS, look);
    };
    look();
  }

  async #ask(running: Running): Promise<void> {
    const { withMessage, signal, tree, killTimeoutMs, drainTimeoutMs } = this.#spec.stop;
    if (this.#token !== null && this.#mayReturn && !this.#around.agents.isConnected(this.#token)) {
      // The signal alone would cut what it is answering. Its time until the SIGKILL runs already.
      await this.#around.agents.greeted(
        this.#token,
        Math.min(RETURNS_WITHIN_MS, killTimeoutMs / 2),
        this.#around.clock,
      );
      const { state } = this.#instance;
      if (this.#removed || state.kind !== 'draining' || state.running.incarnation !== running.incarnation) return;
    }
    const order = { signal, limitMs: Math.max(killTimeoutMs, drainTimeoutMs) };
    const isAsked =
      (this.#token !== null &&
        this.#around.agents.stop(this.#token, withMessage ? { ...order, message: 'shutdown' } : order)) ||
      (withMessage && this.sendMessage('shutdown'));
    if (!isAsked) await this.#around.launcher.ask(running.process, this.#keeper, signal as NodeJS.Signals, tree);
    else if (!withMessage && tree)
      await this.#around.launcher.askDescendants(running.process, this.#keeper, signal as NodeJS.Signals);
    failpoint('asked');
    this.#asked = running.incarnation;
    if (!this.#removed) this.#write();
  }

  async #sweep(incarnation: number, abandoned: boolean): Promise<void> {
    await this.#launching;
    const channel = this.#channel;
    this.#channel = null;
    this.#endWatching();
    const token = this.#token;
    this.#endedToken = token;
    this.#around.clock.after(LAST_WORDS_MS, () => {
      channel?.close();
      if (token !== null) this.#around.agents.forget(token);
    });
    const life = { keeper: this.#keeper, token: this.#token };
    const left = this.#spec.stop.tree || abandoned ? await this.#around.launcher.sweep(life, abandoned) : 0;
    failpoint('swept');
    this.#removePidFile();
    this.#collect(incarnation, life.keeper);
    this.send({ type: 'swept', incarnation, left });
  }

  /** Reading the last words may take a while: the replacement does not wait for it, only `collected` does. */
  #collect(incarnation: number, keeper: ProcessIdentity | null): void {
    const collection = this.#around
      .closeLogs(this.slot.id, incarnation)
      .then(() => this.#around.onCollected(this, incarnation))
      .then(() => this.#around.launcher.collect(this.slot.id, incarnation, keeper))
      // A disk that is read-only, say. The daemon after this one finds the folder, and tries again.
      .catch((error: Error) => this.#around.tell(this.slot, this.#spec, incarnation, 'collect-failed', error.message));
    this.#collections.add(collection);
    void collection.finally(() => this.#collections.delete(collection));
  }

  /** Output of a life that no earlier daemon had time to collect is still read. */
  collectEarlier(incarnation: number): void {
    this.#around.openLogs(this.slot, this.#spec, incarnation, true);
    this.#collect(incarnation, null);
  }

  /** What was at work when its time was up, so that nobody has to guess whom it hit. */
  #tellCut({ incarnation }: Running): void {
    const atWork = this.#atWork;
    this.#atWork = null;
    if (atWork === null || atWork.incarnation !== incarnation) return;
    for (const text of describeCut(atWork, this.#spec.stop))
      this.#around.tell(this.slot, this.#spec, incarnation, 'cut', text);
  }

  #recheck(running: Running): void {
    const found = compareIdentity(running.process);
    if (found === 'same') {
      this.send({ type: 'verified', incarnation: running.incarnation });
      if (this.#lifeline === null) this.watchKeeperless(running);
    } else if (found === 'gone')
      this.send({
        type: 'exited',
        incarnation: running.incarnation,
        exit: { kind: 'unknown', why: 'it could not be verified, and is gone' },
      });
  }

  #endWatching(): void {
    this.#look?.cancel();
    this.#lifeline?.close();
    this.#lifeline = null;
    this.#channel?.close();
    this.#channel = null;
  }

  #writePidFile(pid: number): void {
    if (this.#pidFile === null) return;
    this.#pidInFile = String(pid);
    try {
      writePidFile(this.#pidFile, this.#pidInFile);
    } catch (error) {
      this.#around.tell(this.slot, this.#spec, null, 'pid-file-failed', (error as Error).message);
    }
  }

  #removePidFile(): void {
    if (this.#pidFile !== null) removePidFile(this.#pidFile, this.#pidInFile);
  }
}
