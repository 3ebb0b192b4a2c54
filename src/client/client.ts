/**
 * The methods of a daemon as promises. Without it every user of the API would spell protocol messages by hand, and
 * each would deal with a replaced daemon in a way of its own.
 */
import { UpkeepError } from '../core/errors.ts';
import type { HostView } from '../core/host.ts';
import type { AppSpec, EnvLayers, LogLine, StreamName } from '../core/terms.ts';
import type { FoundLine, FoundPage, LogQuery } from '../logs/search/query.ts';
import type {
  EventRecord,
  FilePosition,
  Hello,
  InstanceDetail,
  InstanceView,
  MethodName,
  Methods,
  Report,
  SavedApp,
  TriggerResult,
  WhyView,
} from '../protocol/control.ts';
import type {
  AlertsStatus,
  AlertTest,
  AlertView,
  CrashRecord,
  CrashSummary,
  HistorySpan,
  HistoryView,
  Readings,
} from '../protocol/observation.ts';
import type { BusItem, FollowOptions } from './follow.ts';
import { isLost, type Line, type LineOptions, openLine } from './line.ts';
import type { LogPageOptions, SearchOptions } from './search-logs.ts';

/** A name, id, namespace, script path, `all` or `/regex/`; or several of them. */
export type Target = string | number | readonly (string | number)[];

export interface StartOptions {
  /** Start even if the same script runs under the same name. Default false. */
  readonly force?: boolean;
  /** Resolve only when it is known whether each process is up. Default true. */
  readonly wait?: boolean;
  /** In cluster mode: wait this long, ms, for a port that is taken, and take it up as soon as it is free. Default 0. */
  readonly awaitPortsMs?: number;
}

export interface ListOptions {
  /** You go on asking: requests are counted for two minutes from each call, so that `load` tells of them. Default false. */
  readonly watch?: boolean;
}

export interface RestartOptions {
  /** New specs, by the `appKey` of the app whose they are. */
  readonly specs?: Readonly<Record<string, AppSpec>>;
  /** Resolve only when it is known whether each process is up. Default true. */
  readonly wait?: boolean;
  /** Leave alone what runs. Default false. */
  readonly onlyDown?: boolean;
  /** Turn watching on if it is off, and off if it is on. Default false. */
  readonly toggleWatch?: boolean;
}

export interface TriggerOptions {
  /** Goes to the action. Default: nothing. */
  readonly params?: unknown;
  /** Goes to a streaming action, which names it in each part of its answer. */
  readonly uuid?: string;
  /** `runtime`: even if the app offers an action of that name. Default: the app comes first. */
  readonly by?: 'runtime';
  /** How long answers are waited for, in milliseconds; 0: not at all. Default 30000. */
  readonly waitMs?: number;
}

export interface LogOptions extends FollowOptions {
  /** Default: both. */
  readonly streams?: readonly StreamName[];
  /** Where the caller has read up to in log files: what was written since then comes first. */
  readonly from?: readonly (FilePosition & {
    /** When that was, ms since the epoch. Default: now. */
    readonly asOf?: number;
  })[];
}

export interface EventOptions extends FollowOptions {
  /** Number of the last event that is known already; default: only new ones. */
  readonly after?: number;
}

/** An action that takes longer is not waited for unless that is asked. */
const USUAL_WAIT_MS = 30_000;
/** What is muted for longer is easily forgotten. */
const USUAL_MUTE_MS = 3_600_000;

/** They only ask: if the daemon is replaced or killed before it has answered, the next one is asked. */
const QUESTIONS: ReadonlySet<MethodName> = new Set([
  'daemon.ping',
  'instance.list',
  'instance.describe',
  'instance.why',
  'metrics.now',
  'metrics.history',
  'host.look',
  'app.env',
  'alerts.list',
  'alerts.status',
]);

const targetsOf = (target: Target): readonly string[] =>
  (Array.isArray(target) ? target : [target]).map((one: string | number) => String(one));

/**
 * A line to the daemon of one home. Every method rejects with an `UpkeepError` whose `code` is one of a closed set:
 * `NOT_FOUND` for a target that matches nothing, `NO_DAEMON` when the daemon is lost before it answered.
 */
export class Client {
  readonly #options: LineOptions;
  #line: Line;
  #opening: Promise<Line> | null = null;
  #closed = false;
  #ahead: Line['ahead'];

  constructor(line: Line, options: LineOptions) {
    this.#line = line;
    this.#ahead = line.ahead;
    this.#options = options;
  }

  /** What the daemon said of itself on the present line. */
  get daemon(): Hello {
    return this.#line.hello;
  }

  get home(): string {
    return this.#options.paths.home;
  }

  /** Any method of the protocol, typed. A line that was lost since the last request is opened again first. */
  async request<M extends MethodName>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    const line = await this.#openLine();
    return this.#orAgain(method, params, line.request(method, params));
  }

  async #orAgain<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    answer: Promise<Methods[M]['result']>,
  ): Promise<Methods[M]['result']> {
    try {
      return await answer;
    } catch (error) {
      if (!isLost(error) || this.#closed || !QUESTIONS.has(method)) throw error;
      return (await this.#openLine()).request(method, params);
    }
  }

  async #openLine(): Promise<Line> {
    if (!this.#line.isOpen && !this.#closed) {
      this.#opening ??= openLine(this.#options).finally(() => {
        this.#opening = null;
      });
      this.#line = await this.#opening;
    }
    return this.#line;
  }

  /** All processes, by id. */
  async list(options: ListOptions = {}): Promise<readonly InstanceView[]> {
    return (await this.listWithNotes(options)).instances;
  }

  /** All processes, and what the daemon has to say that concerns no single one. */
  listWithNotes({ watch = false }: ListOptions = {}): Promise<Methods['instance.list']['result']> {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (watch) return this.request('instance.list', { watch });
    return ahead === null ? this.request('instance.list', {}) : this.#orAgain('instance.list', {}, ahead);
  }

  /** Everything that is measured, of all processes: what the exporters send. Requests are counted for two minutes from now. */
  metrics(): Promise<Readings> {
    return this.request('metrics.now', {});
  }

  /**
   * What was measured of processes over the last hour (in steps of 10 s) or day (2 min), one entry each.
   *
   * @throws UpkeepError NOT_FOUND
   */
  history(target: string | number, span: HistorySpan = 'hour'): Promise<readonly HistoryView[]> {
    return this.request('metrics.history', { target: String(target), span });
  }

  /**
   * All that is known of the processes, with their specs. Without a target: of all, and that may be none.
   *
   * @throws UpkeepError NOT_FOUND if a target matches nothing
   */
  async describe(target?: Target): Promise<readonly InstanceDetail[]> {
    try {
      return (await this.request('instance.describe', { targets: targetsOf(target ?? 'all') })).instances;
    } catch (error) {
      if (target === undefined && error instanceof UpkeepError && error.code === 'NOT_FOUND') return [];
      throw error;
    }
  }

  /**
   * Registers apps and starts them. `what` is a list of ready specs, or, as in a config file, the path of one, one
   * app's options, or a list of those; relative paths are relative to the client's `cwd`.
   *
   * @throws UpkeepError BAD_CONFIG, ALREADY_EXISTS. A process that did not come up is a `failure` in its outcome.
   */
  async start(what: StartInput, options: StartOptions = {}): Promise<Report> {
    const { specsFrom } = await import('./specs.ts');
    const specs = await specsFrom(what, this.#options);
    const { force = false, wait = true, awaitPortsMs = 0 } = options;
    return this.request('app.start', { specs, force, wait, awaitPortsMs });
  }

  /** Stops what runs and starts it again; starts what is down. */
  restart(target: Target, options: RestartOptions = {}): Promise<Report> {
    const { specs = {}, wait = true, onlyDown = false, toggleWatch = false } = options;
    return this.request('app.restart', { targets: targetsOf(target), specs, wait, onlyDown, toggleWatch });
  }

  /**
   * Replaces processes one by one (`parallel` at a time, default: the app's `max_surge`), the new one first. A new one that fails is removed,
   * and the old one keeps serving: then its outcome has a failure. If the daemon is lost meanwhile, the next one finishes
   * the reload and says what came of it.
   */
  async reload(
    target: Target,
    options: { specs?: Readonly<Record<string, AppSpec>>; parallel?: number } = {},
  ): Promise<Report> {
    const { specs = {}, parallel = null } = options;
    const targets = targetsOf(target);
    const line = await this.#openLine();
    const since = Date.now();
    try {
      return await line.request('app.reload', { targets, specs, parallel });
    } catch (error) {
      if (!isLost(error) || this.#closed) throw error;
      const { reloadOutcome } = await import('./reload-outcome.ts');
      return reloadOutcome((onNotice) => this.#ownLine(onNotice), { targets, since }, error);
    }
  }

  /** Changes the number of instances of an app: `4`, `'+2'`, `'-1'`. */
  scale(target: string | number, count: number | string): Promise<Report> {
    return this.request('app.scale', { target: String(target), count: String(count) });
  }

  /** Gives apps new specs without touching their processes: rules of rotation at once, all else with the next start. */
  async amend(specs: Readonly<Record<string, AppSpec>>): Promise<void> {
    await this.request('app.amend', { specs });
  }

  /** Stops processes and keeps them in the list. */
  stop(target: Target): Promise<Report> {
    return this.request('app.stop', { targets: targetsOf(target) });
  }

  /** Stops processes and forgets them. Their log files stay. */
  delete(target: Target): Promise<Report> {
    return this.request('app.delete', { targets: targetsOf(target) });
  }

  /** The same as `delete`. */
  remove(target: Target): Promise<Report> {
    return this.delete(target);
  }

  /** Sets the counts of restarts to 0. */
  reset(target: Target): Promise<Report> {
    return this.request('app.reset', { targets: targetsOf(target) });
  }

  /** Sends a signal to the main process of each. */
  signal(target: Target, signal: string): Promise<Report> {
    return this.request('app.signal', { targets: targetsOf(target), signal });
  }

  /** Writes a line, ended by `separator` (default: a newline), to the standard input of the process. */
  send(target: string | number, line: string, separator?: string): Promise<Report> {
    return this.request('app.send', {
      target: String(target),
      line,
      ...(separator === undefined ? {} : { separator }),
    });
  }

  /** Sends a message to Node apps: `process.on('message')` gets it. */
  sendMessage(target: Target, message: unknown): Promise<Report> {
    return this.request('app.message', { targets: targetsOf(target), message });
  }

  /**
   * Calls an action that apps offer (by `@pm2/io`, `tx2`), or an ability of the runtime such as `km:heapdump`, in each of the
   * processes that has it, and gives what they answer.
   *
   * @throws UpkeepError NOT_FOUND if none of them has it, NOT_RUNNING
   */
  trigger(target: Target, action: string, options: TriggerOptions = {}): Promise<TriggerResult> {
    const { waitMs = USUAL_WAIT_MS, ...call } = options;
    return this.request('app.trigger', { targets: targetsOf(target), action, waitMs, ...call });
  }

  /** Why processes are in the state they are in, and what happens next. */
  why(target: string | number): Promise<readonly WhyView[]> {
    return this.request('instance.why', { target: String(target) });
  }

  /** What is kept of ends that nobody wanted, newest first. Without a target: of all processes, those that are gone, too. */
  async crashes(target: Target = []): Promise<readonly CrashSummary[]> {
    const { readCrashes } = await import('./crashes.ts');
    return readCrashes(this.home, targetsOf(target));
  }

  /**
   * All that is kept of one such end.
   * @param which `crash` of a summary or its beginning, `latest`, or a process, whose newest is meant. Default `latest`.
   * @throws UpkeepError NOT_FOUND
   */
  async crash(which: string | number = 'latest'): Promise<CrashRecord> {
    const { readCrash } = await import('./crashes.ts');
    return readCrash(this.home, String(which));
  }

  /** The environment of a process by its sources. Secrets are not masked. */
  env(
    target: string | number,
  ): Promise<{ readonly env: EnvLayers; readonly instanceEnv: Readonly<Record<string, string>> }> {
    return this.request('app.env', { target: String(target) });
  }

  /** Lines from now on. Goes on, without a gap, when the daemon is replaced. */
  async followLogs(target: Target = 'all', options: LogOptions = {}): Promise<AsyncIterableIterator<LogLine>> {
    const { followLogs } = await import('./follow.ts');
    const { missingLines } = await import('./missing-lines.ts');
    const { streams = ['out', 'err'], from = [] } = options;
    const what = { targets: targetsOf(target), streams, from };
    return followLogs(
      (onNotice) => this.#ownLine(onNotice),
      what,
      (before, now) => missingLines(this, before, now),
      options,
    );
  }

  /**
   * Lines of the log files that match, of the files in use, rotated and compressed, oldest first; with `follow` then those
   * that come, without a gap.
   *
   * @throws UpkeepError BAD_REQUEST for a pattern that cannot be searched for; NOT_FOUND if a target matches nothing
   */
  async searchLogs(
    target: Target = 'all',
    query: LogQuery = {},
    options: SearchOptions = {},
  ): Promise<AsyncIterableIterator<FoundLine>> {
    const { searchLogs } = await import('./search-logs.ts');
    return searchLogs(this, target, query, options);
  }

  /**
   * The newest lines of the log files that match, oldest first, and a word with which to ask for older ones.
   *
   * @throws UpkeepError BAD_REQUEST for a pattern that cannot be searched for; NOT_FOUND if a target matches nothing
   */
  async logPage(target: Target = 'all', query: LogQuery = {}, options: LogPageOptions = {}): Promise<FoundPage> {
    const { logPage } = await import('./search-logs.ts');
    return logPage(this, target, query, options);
  }

  /** Events from now on, or from `after`. Goes on when the daemon is replaced. */
  async followEvents(options: EventOptions = {}): Promise<AsyncIterableIterator<EventRecord>> {
    const { followEvents } = await import('./follow.ts');
    return followEvents((onNotice) => this.#ownLine(onNotice), options.after ?? null, options);
  }

  /** What processes do, what apps say, and what they print, as it happens. Goes on when the daemon is replaced. */
  async followBus(options: FollowOptions = {}): Promise<AsyncIterableIterator<BusItem>> {
    const { followBus } = await import('./follow.ts');
    return followBus((onNotice) => this.#ownLine(onNotice), options);
  }

  /** Empties log files; without a target also the daemon's log, and rotated files go. Gives the paths. */
  async flush(target: Target = []): Promise<readonly string[]> {
    return (await this.request('logs.flush', { targets: targetsOf(target) })).paths;
  }

  /** Opens all log files anew, after another program has moved them. */
  async reopenLogs(): Promise<void> {
    await this.request('logs.reopen', {});
  }

  /** Writes the list to the dump file, from which `resurrect` starts it. */
  save(options: { readonly force?: boolean } = {}): Promise<Methods['state.save']['result']> {
    return this.request('state.save', { force: options.force ?? false });
  }

  /** Starts what the dump file holds and what is not there yet; or these apps instead of the file's. */
  resurrect(apps?: readonly SavedApp[]): Promise<Report> {
    return this.request('state.resurrect', apps === undefined ? {} : { apps });
  }

  /** What the machine does: CPU, memory, disks, network. null: `pm2:sysmonit` is set to `false`. */
  async host(): Promise<HostView | null> {
    return (await this.request('host.look', {})).host;
  }

  /** Alerts that are raised, newest first, then the last hundred that are over. */
  alerts(): Promise<readonly AlertView[]> {
    return this.request('alerts.list', {});
  }

  /** What is watched and who is told, without secrets, and how each destination does. */
  alertsStatus(): Promise<AlertsStatus> {
    return this.request('alerts.status', {});
  }

  /**
   * Turns alerts on, at once and for the daemons to come. `what` is the path of a file, or what stands in one; null turns them off.
   *
   * @throws UpkeepError BAD_CONFIG with every mistake
   */
  async useAlerts(what: string | Readonly<Record<string, unknown>> | null): Promise<void> {
    const { alertsFrom } = await import('./alerts.ts');
    await this.request('alerts.use', { config: what === null ? null : await alertsFrom(what, this.#options) });
  }

  /**
   * Nothing is sent of these apps (names with `*`, `/regex/`) for so many milliseconds; 0: sent again, at once what still stands.
   *
   * @throws UpkeepError NOT_FOUND if alerts are off
   */
  async muteAlerts(apps: Target = '*', durationMs = USUAL_MUTE_MS): Promise<void> {
    await this.request('alerts.mute', { apps: targetsOf(apps), durationMs });
  }

  /** Sends a test to one destination, or to all; says of each what came of it. */
  testAlerts(destination: string | null = null): Promise<readonly AlertTest[]> {
    return this.request('alerts.test', { destination });
  }

  /** Marks processes as monitored, or not; `jlist` shows it as `_km_monitored`. */
  monitor(target: Target, on: boolean): Promise<Report> {
    return this.request('app.monitor', { targets: targetsOf(target), on });
  }

  /** Watches the daemon itself for so many milliseconds; gives the file (absolute path) that it wrote. */
  async profileDaemon(kind: 'cpu' | 'mem', durationMs: number, path: string): Promise<string> {
    return (await this.request('daemon.profile', { kind, durationMs, path })).path;
  }

  ping(): Promise<Hello> {
    return this.request('daemon.ping', {});
  }

  /** Stops every process and ends the daemon. */
  async kill(): Promise<Report> {
    const report = await this.request('daemon.kill', {});
    this.close();
    return report;
  }

  /** Replaces the daemon by the one of this package. Processes go on and notice nothing. */
  async update(): Promise<Hello> {
    const { updateDaemon } = await import('./update-daemon.ts');
    this.#line = await updateDaemon(this, this.#options);
    return this.#line.hello;
  }

  /** Ends the line. The daemon and all processes go on. */
  close(): void {
    this.#closed = true;
    this.#line.close();
  }

  #ownLine(onNotice: NonNullable<LineOptions['onNotice']>): Promise<Line> {
    // A follower does not bring a killed daemon back to life.
    return openLine({ ...this.#options, startDaemon: false, onNotice });
  }
}

/** What `start` takes: ready specs, or the path of a config file or script, or options as in a config file. */
export type StartInput =
  | readonly AppSpec[]
  | string
  | Readonly<Record<string, unknown>>
  | readonly Readonly<Record<string, unknown>>[];
