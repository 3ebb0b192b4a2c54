/**
 * The daemon as one object: its parts made in order, and what they need of one another. The handlers and the server work
 * on it; without it every part would have to know every other.
 */

import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { EventDetails, EventKind } from '../core/events.ts';
import { runningOf, wantsUp } from '../core/instance.ts';
import { instancePaths } from '../core/log-paths.ts';
import { plain } from '../core/plain-text.ts';
import { configChanges } from '../core/spec-differences.ts';
import type { AppSpec, LogLine, StreamName } from '../core/terms.ts';
import type { ConsoleSetup } from '../logs/console.ts';
import { Pump } from '../logs/pump.ts';
import type { ChannelSpec } from '../logs/pump-messages.ts';
import { type BoundHandle, bindFree } from '../platform/bound-socket.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { FifoPool } from '../platform/fifo.ts';
import type { HomePaths } from '../platform/paths.ts';
import {
  CHANNEL_COMMAND,
  type Donation,
  type LastMessage,
  type ListenAnswer,
  type ListenRequest,
} from '../protocol/channel.ts';
import type { InstanceDetail, InstanceView } from '../protocol/control.ts';
import { Agents, hasRuntime } from '../supervisor/agents.ts';
import { type DeletedLife, deletedLives } from '../supervisor/deleted-lives.ts';
import { EventLog } from '../supervisor/event-log.ts';
import { HealthWatch } from '../supervisor/health.ts';
import { Launcher } from '../supervisor/launcher.ts';
import { ReadinessWatch } from '../supervisor/readiness.ts';
import { readMemberships, removeRecord, type Slot } from '../supervisor/record.ts';
import type { Asker, Runner, Surroundings } from '../supervisor/runner.ts';
import { Alerting } from './alerts/alerting.ts';
import { Autosave } from './autosave.ts';
import { Bus } from './bus.ts';
import { Crashes } from './crashes.ts';
import { DeclaredSockets } from './declared-sockets.ts';
import { homeSetting } from './home-settings.ts';
import { HostWatch } from './host-watch.ts';

import { InApps } from './in-app.ts';
import { commandOf, environmentOf, identityEnv, ownsPortsAlone, sharesPorts, socketOwner } from './instance-env.ts';
import { Journal } from './journal.ts';
import { lostPredecessor, tellLogNote } from './news.ts';
import { HistoryFile } from './observation/history-file.ts';
import { Observation } from './observation/observation.ts';
import { PortWaits } from './port-waits.ts';
import { ProcessSteps } from './process-steps.ts';
import { type App, Registry } from './registry.ts';
import { mayLive, type Restored, restoreInstance } from './restore.ts';
import { recycle, restartByTrigger, resumeRollouts, retire } from './rollout.ts';
import { Sampler, type Usage } from './sampler.ts';
import { HeldSockets } from './sockets.ts';
import { Spread } from './spread.ts';
import { Store } from './store.ts';
import { Triggers } from './triggers.ts';
import { instanceDetail, instanceView } from './views.ts';

/** Written into the bundle. */
declare const __UPKEEP_VERSION__: string;

/** Files beside the bundled daemon. */
export interface DaemonFiles {
  readonly keeper: string;
  readonly guard: string;
  readonly runtime: string;
  readonly pumpThread: string;
  readonly listenOn: string;
}

export interface DaemonSettings {
  /** Of the daemon's own log; undefined: ISO 8601 in UTC. */
  readonly logDateFormat?: string | undefined;
  /** Where a daemon in the foreground shows the apps' lines. */
  readonly console?: ConsoleSetup | undefined;
  readonly memoryCheckMs: number;
  readonly logDiskBudgetBytes: number;
  readonly crashDiskBudgetBytes: number;
}

/** A process that listens on something will soon listen on all its ports; one that does not yet may still boot. */
const LISTENS_ON_ALL_WITHIN_MS = 5_000;
const LISTENS_WITHIN_MS = 60_000;

const LINES_OF_A_CRASH = 50;
const CURVE_MINUTES = 10;

const userOf = (runner: Runner, incarnation: number): string => `${runner.slot.id}/${incarnation}`;

export class Daemon {
  readonly id = randomUUID();
  readonly startedAt: number;
  readonly clock: Clock = systemClock;
  readonly paths: HomePaths;
  readonly journal: Journal;
  readonly events: EventLog;
  readonly pump: Pump;
  readonly agents: Agents;
  readonly launcher: Launcher;
  readonly registry: Registry;
  readonly sockets: HeldSockets;
  readonly declared: DeclaredSockets;
  readonly health: HealthWatch;
  readonly portWaits: PortWaits;
  readonly host: HostWatch;
  readonly crashes: Crashes;
  readonly bus = new Bus();
  readonly inApps = new InApps(this.bus, this.clock);
  readonly observation: Observation;
  readonly steps = new ProcessSteps(
    this.bus,
    (runner) => this.detail(runner),
    () => this.clock.now(),
  );
  /** Set by the process around: the guard must hold what this daemon holds. */
  onSocketsChanged: () => void = () => {};
  /** Told when apps came or went. */
  readonly listListeners = new Set<() => void>();
  /** What the user should be told by the next command that lists. */
  readonly notes: string[] = [];
  readonly alerting: Alerting;
  readonly #files: DaemonFiles;
  readonly #pool: FifoPool;
  readonly #store: Store;
  readonly #sampler = new Sampler();
  readonly #readiness: ReadinessWatch;
  readonly #triggers: Triggers;
  readonly #autosave = new Autosave(this);
  readonly #logLosses = new Map<number, number>();
  readonly #spread = new Spread((runner) => this.registry.appOf(runner)?.runners ?? []);
  readonly #settled = new WeakMap<Runner, number>();

  constructor(paths: HomePaths, files: DaemonFiles, settings: DaemonSettings) {
    this.paths = paths;
    this.agents = new Agents(paths.home, __UPKEEP_VERSION__);
    this.#files = files;
    this.startedAt = this.clock.now();
    this.journal = new Journal(paths.daemonLog, settings.logDateFormat);
    this.events = new EventLog(paths.events);
    this.#pool = new FifoPool(join(paths.run, 'spare'));
    this.launcher = new Launcher({ run: paths.run, pool: this.#pool, keeperScript: files.keeper, clock: this.clock });
    this.#readiness = new ReadinessWatch(this.clock);
    this.health = new HealthWatch({
      clock: this.clock,
      envOf: ({ slot, spec }) => ({
        ...spec.env.inherited,
        ...spec.env.declared,
        ...identityEnv(slot, spec, paths.home),
      }),
      sharesPorts: (runner) => sharesPorts(runner.spec),
      lookFor: (runner) => this.observation.lookFor(runner),
      tell: (runner, kind, reason) =>
        this.tell(runner.slot.id, runner.spec.name, runner.instance.ledger.incarnation, kind, reason),
      onBlocked: (runner, frames) => this.crashes.blockedIn(runner, frames),
    });
    this.crashes = new Crashes({
      clock: this.clock,
      startedAt: this.startedAt,
      folder: paths.crashes,
      run: paths.run,
      budgetBytes: settings.crashDiskBudgetBytes,
      lifeFolderOf: (id, incarnation) => this.launcher.folderOf(id, incarnation),
      linesOf: (id, incarnation) => this.pump.tailOfLife(id, incarnation, LINES_OF_A_CRASH),
      mainSpecOf: (runner) => this.#mainSpecBeside(runner),
      curveOf: (runner) => this.observation.curveOf(runner, CURVE_MINUTES),
      tell: (slot, spec, incarnation, kind, reason) => this.tell(slot.id, spec.name, incarnation, kind, reason),
    });
    this.pump = new Pump({
      threadEntry: files.pumpThread,
      diskBudgetBytes: settings.logDiskBudgetBytes,
      logFolder: paths.logs,
      indexFolder: paths.logIndex,
      console: settings.console,
      onNote: (note) => tellLogNote(this, note),
    });
    this.sockets = new HeldSockets(() => this.onSocketsChanged());
    this.portWaits = new PortWaits(this.clock);
    this.declared = new DeclaredSockets(this.sockets, files.listenOn);
    this.#store = new Store(paths.state);
    this.registry = new Registry(this.#store, this.#surroundings());
    this.observation = new Observation({
      clock: this.clock,
      inApps: this.inApps,
      file: new HistoryFile(paths.history, (text) => this.note(text)),
      runners: () => this.registry.runners,
      usage: () => this.#sampler.sampleKnown(this.#roots(), this.clock.now()),
    });
    const hooks = {
      restart: (app: App, reason: string, onlyRunning: boolean) => restartByTrigger(this, app, reason, onlyRunning),
      note: (app: App, kind: EventKind, reason: string) => this.tell(null, app.spec.name, null, kind, reason),
      checkMemory: (apps: readonly App[]) => this.#checkMemory(apps),
    };
    this.host = new HostWatch(
      this.clock,
      settings.memoryCheckMs,
      () => homeSetting(paths.home, 'sysmonit') !== 'false',
    );
    this.#triggers = new Triggers(hooks, this.clock, settings.memoryCheckMs);
    this.alerting = new Alerting(this);
  }

  /** Reads what earlier daemons left and takes it up. */
  restore(): void {
    const lost = lostPredecessor(this.events.since(null).events);
    const handed = this.sockets.adopt(process.env);
    if (handed > 0) this.note(`${handed} sockets were handed down`);
    const { state, note } = this.#store.load();
    if (note !== null) this.#warn(note);
    const restored: Restored[] = [];
    let deleted: ReadonlyMap<number, readonly DeletedLife[]> | null = null;
    const findDeleted = (): ReadonlyMap<number, readonly DeletedLife[]> => {
      deleted ??= deletedLives(this.paths.run);
      return deleted;
    };
    this.registry.restore(state, (slot, spec) => {
      const one = restoreInstance(slot, spec, this.#surroundings(), findDeleted);
      restored.push(one);
      return one.runner;
    });
    restored.push(...this.#recover(note !== null));
    for (const one of restored) {
      this.steps.adopt(one.runner);
      one.resume();
      for (const other of one.others) this.#endShadow(other);
      this.health.consider(one.runner);
    }
    for (const { runner } of restored)
      runner.heldUntilReady = runner.instance.state.kind === 'starting' && this.#canWait(runner);
    for (const id of state.resume) this.registry.runner(id)?.send({ type: 'start' });
    if (state.resume.length > 0) this.registry.save();
    // What else was in the folders; not before those to be resumed are under way, whom the list names until then.
    if (deleted !== null) this.registry.saveAnew();
    this.#triggers.align(this.registry.apps);
    this.observation.align();
    resumeRollouts(this);
    this.host.start();
    if (lost !== null) {
      const who = typeof lost.details?.pid === 'number' ? `daemon ${lost.details.pid}` : 'the daemon before';
      this.tell(null, null, null, 'daemon-lost', `${who} was killed or crashed, or the machine went down`);
    }
    const details = { pid: process.pid, version: __UPKEEP_VERSION__ };
    this.tell(null, null, null, 'daemon-started', `pid ${process.pid}, ${restored.length} instances`, details);
    this.alerting.start();
  }

  /**
   * Instances that have a folder and no entry: a list that was damaged had them, or they were being deleted.
   * @param listIsOld the list that was read is not the last one that was written
   */
  #recover(listIsOld: boolean): Restored[] {
    const onBroken = (note: string): void => this.#warn(note);
    const recovered = readMemberships(this.paths.run, onBroken)
      .filter(({ slot }) => this.registry.runner(slot.id) === undefined)
      .flatMap(({ slot, spec }) => {
        if (!listIsOld && !mayLive(slot, this.#surroundings(), onBroken)) {
          removeRecord(this.paths.run, slot.id);
          return [];
        }
        const one = restoreInstance(slot, spec, this.#surroundings(), () => new Map());
        this.registry.recover(slot, spec, one.runner);
        this.tell(slot.id, spec.name, null, 'recovered', 'it was found without an entry in the list');
        return [one];
      });
    if (recovered.length > 0) this.registry.save();
    return recovered;
  }

  /** A process beside a slot that an earlier daemon left: a candidate whose reload was interrupted, or a predecessor. */
  #endShadow(shadow: Runner): void {
    const app = this.registry.appOf(shadow);
    app.shadows.add(shadow);
    void retire(
      this,
      app,
      shadow,
      shadow.role === 'candidate' ? 'its reload was interrupted' : 'replaced by a newer one',
    );
  }

  /** To be called after apps came, went or got another spec. */
  listChanged(): void {
    this.#triggers.align(this.registry.apps);
    this.observation.align();
    this.#autosave.changed();
    for (const listener of this.listListeners) listener();
  }

  /** Nothing is restarted by a schedule or a change of files any more: the daemon is to end with its apps. */
  disarm(): void {
    this.#autosave.close();
    this.#triggers.close();
  }

  note(text: string): void {
    this.journal.write(text);
    if (this.bus.isFollowed) this.bus.emit({ kind: 'daemon-line', text, at: this.clock.now() });
  }

  /** Told by the next command that lists, too. */
  #warn(text: string): void {
    this.notes.push(text);
    this.note(text);
  }

  tell(
    id: number | null,
    name: string | null,
    incarnation: number | null,
    kind: EventKind,
    reason: string,
    details?: EventDetails,
  ): void {
    const told = { kind, id, name, incarnation, reason, ...(details === undefined ? {} : { details }) };
    const event = this.events.append(this.clock.now(), told);
    this.note(
      `#${event.number} ${name === null ? 'daemon' : `${plain(name)}${id === null ? '' : ` (${id})`}`} ${kind}: ${reason}`,
    );
  }

  view(runner: Runner): InstanceView {
    return this.views([runner])[0] as InstanceView;
  }

  views(runners: readonly Runner[] = this.registry.runners): InstanceView[] {
    const usageOf = this.usage();
    return runners.map((runner) => {
      const pid = runningOf(runner.instance.state)?.process.pid ?? 0;
      const lost = this.#logLosses.get(runner.slot.id) ?? 0;
      const load = this.observation.loadOf(runner);
      return instanceView(this.registry.appOf(runner), runner, usageOf(pid), lost, this.health.viewOf(runner), load);
    });
  }

  /** CPU and memory by the pid of a running instance. */
  usage(): (pid: number) => Usage {
    return this.#sampler.sample(this.#roots(), this.clock.now());
  }

  #roots(): { readonly pid: number; readonly keeperPid: number; readonly startedAt: number }[] {
    return this.registry.runners.flatMap((runner) => {
      const running = runningOf(runner.instance.state);
      return running === null
        ? []
        : [{ pid: running.process.pid, keeperPid: runner.keeperPid, startedAt: running.launchedAt }];
    });
  }

  detail(runner: Runner): InstanceDetail {
    const { started } = runner;
    return {
      ...instanceDetail(this.view(runner), runner, this.paths.home),
      inApp: this.inApps.viewOf(runner),
      changedSinceStart: started === null ? [] : configChanges(started.spec, this.registry.appOf(runner).spec),
    };
  }

  async refreshLogLosses(): Promise<void> {
    if (this.registry.apps.length === 0) return;
    for (const [id, { bytesLost }] of Object.entries(await this.pump.stats()))
      this.#logLosses.set(Number(id), bytesLost);
  }

  /** Last lines of an instance, all of its output so far included. */
  async lines(id: number, count: number, stream?: StreamName): Promise<readonly LogLine[]> {
    const runner = this.registry.runner(id);
    if (runner !== undefined) await this.pump.settle(id, runner.instance.ledger.incarnation);
    return this.pump.tail(id, count, stream);
  }

  forget(runner: Runner): void {
    this.pump.forget(runner.slot.id);
  }

  /** Ends this object's work without touching any app. */
  async close(): Promise<void> {
    this.#autosave.close();
    this.alerting.close();
    this.host.close();
    this.observation.close();
    this.#triggers.close();
    this.#readiness.close();
    this.portWaits.close();
    this.health.close();
    for (const app of this.registry.apps) for (const runner of [...app.runners, ...app.shadows]) runner.release();
    this.agents.close();
    await this.pump.stop();
    this.#pool.dispose();
  }

  /** @param adopted the program ran before this daemon: an unfinished line in its files is its own */
  channels(slot: Slot, spec: AppSpec, incarnation: number, adopted: boolean): ChannelSpec[] {
    const paths = instancePaths(spec, slot.id, this.paths.home);
    const folder = this.launcher.folderOf(slot.id, incarnation);
    // Alone in its file, a program's bytes pass through without waiting for the end of their line.
    const isShared = (this.registry.app(slot.appKey)?.runners.length ?? 2) > 1;
    const base = {
      id: slot.id,
      name: spec.name,
      namespace: spec.namespace,
      incarnation,
      combined: paths.combined,
      rules: { ...spec.log, merge: spec.log.merge && isShared },
      adopted,
    };
    return [
      { ...base, stream: 'out', fifo: join(folder, 'out'), file: paths.out },
      { ...base, stream: 'err', fifo: join(folder, 'err'), file: paths.err },
    ];
  }

  #surroundings(): Surroundings {
    return {
      run: this.paths.run,
      clock: this.clock,
      random: Math.random,
      launcher: this.launcher,
      agents: this.agents,
      prepare: (runner, token) => {
        const { slot, spec } = runner;
        const { ledger } = runner.instance;
        runner.heldUntilReady = this.#canWait(runner);
        this.crashes.begins(runner);
        if (hasRuntime(spec)) this.sockets.passOn(slot.appKey, socketOwner(slot, spec));
        const facts = {
          home: this.paths.home,
          agentSocket: this.agents.socketOf(spec.uid) ?? this.paths.agentSocket,
          token,
          restarts: ledger.restarts,
          unstable: ledger.history.unstable,
          createdAt: ledger.createdAt,
          now: this.clock.now(),
          isHeldBack: runner.isHeldBack,
          held: ownsPortsAlone(spec) ? this.sockets.knownTo(socketOwner(slot, spec)) : [],
          lifeFolder: this.launcher.folderOf(slot.id, ledger.incarnation),
        };
        return {
          command: commandOf(spec, this.#files.runtime, facts.lifeFolder),
          env: environmentOf(slot, spec, facts),
          withChannel: hasRuntime(spec),
        };
      },
      openSockets: ({ slot, spec }) => this.declared.inherited(slot.appKey, spec),
      pidFileOf: (slot, spec) => instancePaths(spec, slot.id, this.paths.home).pidFile,
      openLogs: (slot, spec, incarnation, adopted) =>
        void this.pump
          .open(this.channels(slot, spec, incarnation, adopted))
          .catch((error: Error) => this.note(`cannot read the output of ${spec.name}: ${error.message}`)),
      closeLogs: (id, incarnation) =>
        this.pump.close(id, incarnation).catch((error: Error) => this.note(`cannot close logs: ${error.message}`)),
      tell: (slot, spec, incarnation, kind, reason, details) =>
        this.tell(slot.id, spec.name, incarnation, kind, reason, details),
      onExited: (runner) => this.crashes.exited(runner),
      onCollected: (runner, incarnation) => this.crashes.collected(runner, incarnation),
      onMessage: (runner, incarnation, message) => this.inApps.hear(runner, incarnation, message),
      onChannelMessage: (asker, message, handle) => this.#onSocketMessage(asker, message, handle),
      onConnections: (runner, open) => this.#spread.count(runner, open),
      onReport: (runner, incarnation, report) => {
        this.health.onReport(runner, report);
        this.inApps.onReport(runner, incarnation, report);
        this.observation.onReport(runner, incarnation, report);
        if (report.type === 'hello' && sharesPorts(runner.spec)) this.#spread.reconsider(runner);
      },
      onChange: (runner) => {
        this.inApps.consider(runner);
        this.steps.consider(runner);
        this.#readiness.consider(runner);
        this.health.consider(runner);
        this.#releaseSockets(runner);
        if (sharesPorts(runner.spec)) this.#spread.consider(runner);
        else if (ownsPortsAlone(runner.spec)) this.#settleSockets(runner);
      },
    };
  }

  #onSocketMessage({ runner, incarnation, channel }: Asker, message: unknown, given: unknown): void {
    const request = message as Partial<ListenRequest | Donation> | LastMessage;
    if (request.cmd !== CHANNEL_COMMAND) return;
    if ('said' in request) {
      this.inApps.hear(runner, incarnation, request.said);
      return;
    }
    const { seq, address = null, port = -1, addressType = 4, flags = 0, index = 0 } = request;
    const { uid } = runner.spec;
    const isOthers = uid !== null && uid !== process.getuid?.();
    const socket = {
      owner: socketOwner(runner.slot, runner.spec),
      ...{ address, port, addressType, flags, index },
      ...(isOthers ? { uid } : {}),
    };
    const user = userOf(runner, incarnation);
    if (typeof seq !== 'number') {
      if (given !== undefined) this.sockets.take(socket, given as BoundHandle, user);
      return;
    }
    const isCurrent = (): boolean => runningOf(runner.instance.state)?.incarnation === incarnation;
    const take = (): BoundHandle | number => {
      if (!this.portWaits.mayWait(runner.slot.appKey) || this.sockets.find(socket) !== undefined)
        return this.sockets.get(socket, user);
      const handle = bindFree(socket);
      if (typeof handle !== 'number') this.sockets.take(socket, handle, user);
      return handle;
    };
    const tell = (kind: 'awaiting-port' | 'port-free'): void =>
      this.tell(runner.slot.id, runner.spec.name, incarnation, kind, `port ${port}`);
    const answer = (errno: number): ListenAnswer => ({ cmd: CHANNEL_COMMAND, seq, errno });
    // A path is made with our rights: wherever the app says, if we let it.
    if (isOthers && port === -1 && this.sockets.find(socket) === undefined) {
      channel.send(answer(-constants.errno.EACCES), undefined);
      return;
    }
    this.portWaits.take(runner.slot.appKey, { take, tell, isCurrent }, (handle) => {
      if (typeof handle === 'number') channel.send(answer(handle), undefined);
      else channel.send(answer(0), handle);
    });
  }

  /** Of a process that is tried beside the main one of its slot. */
  #mainSpecBeside(runner: Runner): AppSpec | null {
    const main = this.registry.runner(runner.slot.id);
    const isBeside = main !== undefined && main !== runner && runner.role === 'candidate';
    return isBeside && main.instance.state.kind === 'ready' ? main.spec : null;
  }

  /** A process that must pass a probe leaves the connections to the others until then, if there are others. */
  #canWait(runner: Runner): boolean {
    if (runner.role !== 'main' || runner.spec.readiness.probed !== true || !sharesPorts(runner.spec)) return false;
    const { runners } = this.registry.appOf(runner);
    return runners.some(({ instance: { state } }) => state.kind === 'ready' && state.unready === undefined);
  }

  /** A socket is held while any process of its owner runs or is meant to. */
  #releaseSockets(changed: Runner): void {
    if (wantsUp(changed.instance)) return;
    this.sockets.release((owner) => {
      const [appKey = '', id] = owner.split('#');
      const runners = this.registry.app(appKey)?.runners ?? [];
      return runners.some(
        ({ instance, slot }) =>
          (id === undefined || slot.id === Number(id)) && (wantsUp(instance) || runningOf(instance.state) !== null),
      );
    });
  }

  /** A port that the new process does not listen on any more is let go after a while. */
  #settleSockets(runner: Runner): void {
    const { state } = runner.instance;
    if (state.kind !== 'ready' || this.#settled.get(runner) === state.running.incarnation) return;
    const { incarnation } = state.running;
    this.#settled.set(runner, incarnation);
    const owner = socketOwner(runner.slot, runner.spec);
    if (this.sockets.knownTo(owner).length === 0) return;
    this.clock.after(state.how === 'alive' ? LISTENS_WITHIN_MS : LISTENS_ON_ALL_WITHIN_MS, () => {
      const now = runner.instance.state;
      if (now.kind === 'ready' && now.running.incarnation === incarnation && now.how !== 'adopted')
        this.sockets.releaseUnused(owner, userOf(runner, incarnation));
    });
  }

  #checkMemory(apps: readonly App[]): void {
    const runners = apps.flatMap((app) => app.runners);
    for (const view of this.views(runners)) {
      const runner = this.registry.runner(view.id);
      const limit = runner?.spec.maxMemoryBytes;
      if (runner === undefined || limit == null || view.memoryBytes <= limit || runner.instance.state.kind !== 'ready')
        continue;
      const reason = `used ${view.memoryBytes} bytes of memory, more than max_memory_restart (${limit})`;
      this.crashes.blame(runner, reason);
      const figures = { used: view.memoryBytes, limit };
      this.tell(view.id, view.name, view.incarnation, 'memory-limit', reason, figures);
      recycle(this, this.registry.appOf(runner), runner, reason);
    }
  }
}
