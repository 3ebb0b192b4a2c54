/**
 * The control language: every method, event and view that passes between the daemon and a
 * client. Without one typed list the CLI, the API and the daemon would each believe in another
 * protocol, and an upgrade could not tell what it may still say.
 */

import type { AlertConfig } from '../core/alerts/config.ts';
import type { Failure } from '../core/errors.ts';
import type { EventDetails } from '../core/events.ts';
import type { HostView } from '../core/host.ts';
import type { Metric, OfferedAction } from '../core/in-app.ts';
import type { ConfigChange } from '../core/spec-differences.ts';
import type { AppSpec, EnvLayers, Exit, Life, LogLine, StatusWord, StreamName } from '../core/terms.ts';
import type { Measures } from './agent.ts';
import type { AlertsStatus, AlertTest, AlertView, HistorySpan, HistoryView, Load, Readings } from './observation.ts';
import type { Speaks } from './versions.ts';

/** Raised when a message changes its meaning; a new method or field does not raise it. */
export const PROTOCOL_VERSION = 1;

/** The version and the one before are understood; `daemon.ping`, `daemon.update` and `daemon.kill` never change their meaning. */
export const CONTROL_PROTOCOL = { protocol: PROTOCOL_VERSION, oldest: Math.max(1, PROTOCOL_VERSION - 1) } as const;

/** With what a client begins. Older ones say nothing. */
export interface ClientHello extends Partial<Speaks> {
  /** Of its package. */
  readonly version?: string;
}

/** First answer of a daemon on every connection. */
export interface Hello {
  /** Spoken on this line; if the two have none in common, the daemon's own. */
  readonly protocol: number;
  readonly version: string;
  readonly pid: number;
  readonly home: string;
  readonly startedAt: number;
  readonly node: string;
  /** Variables that steer the daemon, as it was started with them; absent in older ones. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** One process slot, without what only a few readers need. Sent by `list`. */
export interface InstanceView {
  /** PM2's `pm_id`. */
  readonly id: number;
  /** Groups the instances of one app; a name is not unique. */
  readonly appKey: string;
  readonly name: string;
  readonly namespace: string;
  /** 0-based number within the app. */
  readonly slot: number;
  readonly execMode: 'fork' | 'cluster';
  readonly version: string;
  readonly username: string;
  readonly watching: boolean;
  /** Stands in a table of its own; absent: false. */
  readonly isModule?: boolean;
  readonly status: StatusWord;
  /** The machine's own state: down, launching, starting, ready, draining, killing, backoff, failed, unknown. */
  readonly state: string;
  /** Why it is in this state, in words. */
  readonly reason: string;
  /** 0 when nothing runs. */
  readonly pid: number;
  readonly keeperPid: number;
  /** 1 for the first life; grows with every launch. */
  readonly incarnation: number;
  readonly uniqueId: string;
  readonly createdAt: number | null;
  /** Launch of the present or last life; 0 if there was none. */
  readonly startedAt: number;
  /** What ends a wait (backoff, deadline), if anything is awaited. */
  readonly dueAt: number | null;
  readonly restarts: number;
  readonly unstableRestarts: number;
  readonly previousDelayMs: number;
  readonly lastExit: Exit | null;
  /** Resident bytes of the whole tree; 0 unless running. */
  readonly memoryBytes: number;
  /** Percent of one core, whole tree. */
  readonly cpuPercent: number;
  /** Bytes of output that could not be written (full disk), since the daemon started. */
  readonly logBytesLost: number;
  /** The app's Node version as its runtime reported it; null if unknown. */
  readonly nodeVersion: string | null;
  /** Generation of the app's spec that it was made for; grows with each reload. */
  readonly generation: number;
  /** Whether it is to get work; null: it does not run. */
  readonly readiness: 'starting' | 'ready' | 'unready' | 'draining' | null;
  /** null: it has no probes, and its event loop was not found blocked. */
  readonly health: HealthView | null;
  /** How it is inside, as last seen; null: no runtime that tells, or it does not run. Absent in older daemons. */
  readonly load?: Load | null;
}

export interface HealthView {
  readonly probes: readonly ProbeView[];
  /** The last time that its event loop did not turn, in this life and under this daemon. */
  readonly blocked: BlockedView | null;
}

export interface ProbeView {
  readonly kind: 'readiness' | 'liveness';
  /** What is looked at: `http /health`, `tcp 127.0.0.1:3000`, `exec …`. */
  readonly check: string;
  readonly verdict: 'unknown' | 'passing' | 'failing';
  /** In a row, of the last checks. */
  readonly failures: number;
  /** Why the last check failed. */
  readonly why: string | null;
  readonly checkedAt: number | null;
}

export interface BlockedView {
  readonly sinceAt: number;
  /** null: it still is. */
  readonly untilAt: number | null;
  /** Innermost first. */
  readonly frames: readonly string[];
  readonly whyNoStack: string | null;
}

/** All of an instance. Sent by `describe`. */
export interface InstanceDetail extends InstanceView {
  readonly spec: AppSpec;
  readonly paths: InstancePaths;
  /** Variables that the daemon adds for this instance (`pm_id`, `NODE_APP_INSTANCE`, …). */
  readonly instanceEnv: Readonly<Record<string, string>>;
  /** Marked by `monitor`, or unmarked by `unmonitor`; absent: neither. */
  readonly monitored?: boolean;
  /** What the app and its runtime tell of the inside, in this life. Absent in older daemons. */
  readonly inApp?: InAppView;
  /** Config that is not as the running process was started with it; values of secrets are not told. Absent in older daemons. */
  readonly changedSinceStart?: readonly ConfigChange[];
}

export interface InAppView {
  /** By name, as the app gave them. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Those of the app's own, in the order in which they were offered. */
  readonly actions: readonly OfferedAction[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the app said and was not kept for want of room. */
  readonly dropped: number;
  /** null: it has no runtime, or has not answered yet. */
  readonly measures: Measures | null;
  /** What its runtime can do when it is called, as `app.trigger` names it. */
  readonly abilities: readonly string[];
}

/** Files of one instance, suffix applied; null: none. */
export interface InstancePaths {
  readonly out: string | null;
  readonly err: string | null;
  readonly combined: string | null;
  readonly pidFile: string;
}

/** What became of one instance that a command touched. */
export interface Outcome {
  readonly id: number;
  readonly name: string;
  readonly appKey: string;
  readonly status: StatusWord;
  readonly pid: number;
  /** null: done. Otherwise why not. */
  readonly failure: Failure | null;
  /** How a start was found to be up: `listening` (with addresses), `ready` message, passing `probe`, or `alive` for min_uptime. */
  readonly up: {
    readonly how: 'listening' | 'ready' | 'probe' | 'alive';
    readonly addresses: readonly string[];
  } | null;
  /** Last lines of stderr (then stdout if that is empty) when it failed. */
  readonly lastLines: readonly string[];
}

export interface Report {
  readonly outcomes: readonly Outcome[];
  /** Things that the user should know though nothing failed. */
  readonly notes: readonly string[];
}

export interface WhyView {
  readonly instance: InstanceView;
  /** What happens next, and when. */
  readonly next: string;
  /** Newest first. */
  readonly lives: readonly Life[];
  readonly lastLines: readonly LogLine[];
  readonly listening: readonly string[];
  /** A port that the last lines say is in use, and who has it. */
  readonly portConflict: PortConflict | null;
  /** What was cut when it was last killed at the end of its time, a line each. Absent in older daemons. */
  readonly cut?: readonly string[];
  /** Its newest crash record; null: there is none. Absent in older daemons. */
  readonly crash?: string | null;
}

export interface PortConflict {
  readonly port: number;
  /** In words. */
  readonly owner: string;
}

/** One entry of the numbered event log. */
export interface EventRecord {
  /** Grows by one with each event of a home, also across daemons. */
  readonly number: number;
  readonly at: number;
  /** One of `core/events`, past tense: `started`, `exited`, `daemon-started`, …; a newer daemon may know more. */
  readonly kind: string;
  readonly id: number | null;
  readonly name: string | null;
  readonly incarnation: number | null;
  readonly reason: string;
  /** Figures for programs, as `core/events` lists them for each kind; absent: none. */
  readonly details?: EventDetails;
}

/** How a file begins: the number of its inode alone may be given again to another one. */
export interface FileHead {
  /** So many bytes from the beginning. */
  readonly bytes: number;
  readonly hash: string;
}

/** Position in a log file, with which a follower goes on after the daemon was replaced. */
export interface FilePosition {
  readonly path: string;
  readonly inode: number;
  readonly offset: number;
  /** Of the file that it is in; null: it cannot be read. Absent in older daemons. */
  readonly head?: FileHead | null;
}

/** A batch of lines for a follower. */
export interface LogBatch {
  readonly lines: readonly LogLine[];
  /** Lines that this follower was too slow for, before these. */
  readonly missed: number;
  /** Ends of the files after these lines were written. */
  readonly positions: readonly FilePosition[];
}

/** An app of a saved list. */
export interface SavedApp {
  readonly spec: AppSpec;
  /** It was up, or meant to be. */
  readonly up: boolean;
}

/** Targets as the user wrote them: a name, id, namespace, `all`, `/regex/`. */
export type Targets = readonly string[];

export interface Methods {
  'daemon.ping': { params: ClientHello; result: Hello };
  /** Stops every app, then ends. */
  'daemon.kill': { params: Record<string, never>; result: Report };
  /** Ends this daemon so that `command` takes its place; apps go on. Nothing is changed if that cannot start. */
  'daemon.update': {
    params: { readonly command: readonly string[]; readonly env: Record<string, string> };
    result: { readonly pid: number };
  };
  'instance.list': {
    /** `watch`: whoever asks goes on asking; for two minutes from each time requests are counted, so that `load` tells of them. */
    params: { readonly watch?: boolean };
    result: {
      readonly instances: readonly InstanceView[];
      readonly notes: readonly string[];
      /** The machine as it was last looked at. Absent in older daemons; null: not looked at yet. */
      readonly host?: HostView | null;
    };
  };
  /** The machine as it was last looked at, or now; null: that is turned off. */
  'host.look': { params: Record<string, never>; result: { readonly host: HostView | null } };
  'instance.describe': {
    params: { readonly targets: Targets };
    result: { readonly instances: readonly InstanceDetail[] };
  };
  /** Everything that is measured, of all processes; it counts as watching. */
  'metrics.now': { params: Record<string, never>; result: Readings };
  /** It counts as watching. Fails with NOT_FOUND. */
  'metrics.history': {
    params: { readonly target: string; readonly span: HistorySpan };
    result: readonly HistoryView[];
  };
  'instance.why': { params: { readonly target: string }; result: readonly WhyView[] };
  /** Registers new apps and starts them (unless `autostart` is false). */
  'app.start': {
    params: {
      readonly specs: readonly AppSpec[];
      readonly force: boolean;
      readonly wait: boolean;
      /** A port that is taken is waited for, this long, and taken up as soon as it is free (cluster mode). Absent: not at all. */
      readonly awaitPortsMs?: number;
    };
    result: Report;
  };
  /** Starts what is down, restarts what runs; `specs` replaces the spec of an app (by `appKey`) first. */
  'app.restart': {
    params: {
      readonly targets: Targets;
      readonly specs: Readonly<Record<string, AppSpec>>;
      readonly wait: boolean;
      readonly onlyDown: boolean;
      readonly toggleWatch?: boolean;
    };
    result: Report;
  };
  /**
   * Replaces each process by one of the new generation: the new one first, ready, then the old one drains. A new one that
   * fails is removed and the old one keeps serving. With the order `stop-first` the old one ends before.
   */
  'app.reload': {
    params: {
      readonly targets: Targets;
      readonly specs: Readonly<Record<string, AppSpec>>;
      /** Replaced at a time; null: as each app's `max_surge` says. */
      readonly parallel: number | null;
    };
    result: Report;
  };
  /**
   * What came of a reload that another daemon was asked for at `since` (ms since the epoch), once that is known; null: it had
   * not begun.
   */
  'app.reloaded': {
    params: { readonly targets: Targets; readonly since: number };
    result: Report | null;
  };
  /** Changes the number of instances: `4`, `+2`, `-1`. */
  'app.scale': { params: { readonly target: string; readonly count: string }; result: Report };
  /**
   * New specs by app key that take effect without touching a process: rules of rotation at once, all else when a process is
   * started the next time.
   */
  'app.amend': { params: { readonly specs: Readonly<Record<string, AppSpec>> }; result: Record<string, never> };
  'app.stop': { params: { readonly targets: Targets }; result: Report };
  'app.delete': { params: { readonly targets: Targets }; result: Report };
  'app.reset': { params: { readonly targets: Targets }; result: Report };
  'app.signal': { params: { readonly targets: Targets; readonly signal: string }; result: Report };
  /** Writes a line to the program's stdin. */
  'app.send': {
    /** `separator` ends the line; absent: a newline. */
    params: { readonly target: string; readonly line: string; readonly separator?: string };
    result: Report;
  };
  'app.env': {
    params: { readonly target: string };
    result: { readonly env: EnvLayers; readonly instanceEnv: Readonly<Record<string, string>> };
  };
  'logs.follow': {
    params: { readonly targets: Targets; readonly streams: readonly StreamName[] };
    result: { readonly positions: readonly FilePosition[] };
  };
  /** Empties files (and, without targets, removes rotated ones and empties the daemon's log). */
  'logs.flush': { params: { readonly targets: Targets }; result: { readonly paths: readonly string[] } };
  /** Opens all log files anew, after somebody else moved them. */
  'logs.reopen': { params: Record<string, never>; result: Record<string, never> };
  'events.follow': {
    params: { readonly after: number | null };
    result: { readonly last: number; readonly events: readonly EventRecord[]; readonly missed: number };
  };
  'state.save': {
    params: { readonly force: boolean };
    result: { readonly path: string; readonly count: number; readonly notes: readonly string[] };
  };
  /** Watches the daemon's own CPU or memory for so long and writes what it saw to a file (absolute path). */
  'daemon.profile': {
    params: { readonly kind: 'cpu' | 'mem'; readonly durationMs: number; readonly path: string };
    result: { readonly path: string };
  };
  /** PM2's `monitor` and `unmonitor`: a mark on the entries, which `jlist` shows. */
  'app.monitor': { params: { readonly targets: Targets; readonly on: boolean }; result: Report };
  /** Starts what was saved and is not there; `apps` is what was saved, if not what `state.save` wrote. */
  'state.resurrect': { params: { readonly apps?: readonly SavedApp[] }; result: Report };
  /** Sends a message to the app: its `process.on('message')` gets it. */
  'app.message': { params: { readonly targets: Targets; readonly message: unknown }; result: Report };
  /**
   * Calls an action that the app offers, or an ability of its runtime, in each process that has it, and waits for the answers.
   * Fails with NOT_FOUND if none has it.
   */
  'app.trigger': {
    params: {
      readonly targets: Targets;
      readonly action: string;
      /** Absent: none. */
      readonly params?: unknown;
      /** Goes to the app with the call, which gives it back with each part of its answer. */
      readonly uuid?: string;
      /** Only the runtime; absent: the app if it offers the action, or else its runtime. */
      readonly by?: 'runtime';
      /** How long answers are waited for; 0: not at all. */
      readonly waitMs: number;
    };
    result: TriggerResult;
  };
  /** `bus.event` notices from now on: what processes do, what apps say. */
  'bus.follow': { params: Record<string, never>; result: Record<string, never> };
  /** Raised ones first, newest first; then the last hundred that are over. */
  'alerts.list': { params: Record<string, never>; result: readonly AlertView[] };
  'alerts.status': { params: Record<string, never>; result: AlertsStatus };
  /** Takes effect at once, and for the daemons to come; null turns alerts off. */
  'alerts.use': { params: { readonly config: AlertConfig | null }; result: Record<string, never> };
  /** Nothing is sent of these apps (names with `*`, `/regex/`) for so long; 0: sent again from now on. Fails with NOT_FOUND if alerts are off. */
  'alerts.mute': {
    params: { readonly apps: readonly string[]; readonly durationMs: number };
    result: Record<string, never>;
  };
  /** Sends a test to one destination, or to all (null). Fails with NOT_FOUND if there is none of that name. */
  'alerts.test': { params: { readonly destination: string | null }; result: readonly AlertTest[] };
}

export interface TriggerResult {
  /** Processes that were called. */
  readonly called: number;
  /** In the order in which they came; shorter than `called` if some did not answer. */
  readonly replies: readonly ActionReply[];
  /** Why others were not called, or did not answer. */
  readonly failures: readonly Failure[];
}

export interface ActionReply {
  readonly at: number;
  readonly process: ProcessName;
  /** What the app said: `{ action_name, return }`. */
  readonly data: unknown;
}

/** Which process something is about. */
export interface ProcessName {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
}

/**
 * What a process did, or what became of a command for it. An end that a command brought about is told twice, as `exited` while
 * it is `stopping` and as `exited` when it is `stopped`; `started` follows the `launched` of a new process.
 */
export type ProcessStep =
  | 'launched'
  | 'started'
  | 'exited'
  | 'gave-up'
  | 'stopped'
  | 'restarted'
  | 'reloaded'
  | 'deleted';

/** Something that followers of the bus hear. */
export type BusEvent =
  | {
      readonly kind: 'process';
      readonly step: ProcessStep;
      readonly at: number;
      /** A command was carried out; false: the process did something. */
      readonly isCommand: boolean;
      /** Another process has taken its slot over. */
      readonly isReplaced: boolean;
      /** At this step; `instance.status` says how it is on the whole. */
      readonly status: StatusWord;
      readonly instance: InstanceDetail;
    }
  /** The app said `{ type, data }`. */
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly data: unknown;
      readonly at: number;
      readonly process: ProcessName;
    }
  /** The app said anything else. */
  | { readonly kind: 'message'; readonly raw: unknown; readonly at: number; readonly process: ProcessName }
  /** A line of the daemon's own log. */
  | { readonly kind: 'daemon-line'; readonly text: string; readonly at: number }
  /** The daemon ends, and all apps have. */
  | { readonly kind: 'killed'; readonly at: number };

export interface BusNotice {
  readonly event: BusEvent;
  /** Events that this follower was too slow for, before this one. */
  readonly missed: number;
}

/** Pushed by the daemon to those who follow. */
export interface Notices {
  'logs.lines': LogBatch;
  'events.event': EventRecord;
  'bus.event': BusNotice;
}

export type MethodName = keyof Methods;
