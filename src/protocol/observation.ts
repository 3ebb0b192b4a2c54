/**
 * What can be seen of running processes from outside: readings, their history, crash records, alerts. One list of shapes for
 * the terminal view, the page, the exporters and the alerts, so that none of them measures in a way of its own.
 */
import type { AlertConfig } from '../core/alerts/config.ts';
import type { Mute } from '../core/alerts/mute.ts';
import type { Alert } from '../core/alerts/state.ts';
import type { ChangedKey } from '../core/changed-keys.ts';
import type { HostView } from '../core/host.ts';
import type { Exit, LogLine } from '../core/terms.ts';
import type { Work } from './agent.ts';

/** What is kept of each process over time. `null` in a series: not known then. */
export type Series =
  /** Percent of one core, whole tree. */
  | 'cpuPercent'
  /** Resident bytes, whole tree. */
  | 'memoryBytes'
  | 'heapUsedBytes'
  /** 0 to 1. */
  | 'loopUtilization'
  | 'loopDelayP99Ms'
  | 'requestsPerSecond'
  /** Answers of 500 and above, a second. */
  | 'errorsPerSecond'
  | 'requestP99Ms';

/** The last of each series: what a list shows. null: not known, or nothing of the kind happened. */
export type Load = Readonly<Record<Exclude<Series, 'cpuPercent' | 'memoryBytes'>, number | null>>;

/** The last hour in steps of 10 s, or the last day in steps of 2 min. */
export type HistorySpan = 'hour' | 'day';

export interface HistoryView {
  readonly id: number;
  readonly name: string;
  readonly stepMs: number;
  /** End of the last step, ms since the epoch. */
  readonly endAt: number;
  /** All of one length, oldest first. Of a step that held several values: the mean, of `…P99Ms` the highest. */
  readonly series: Readonly<Record<Series, readonly (number | null)[]>>;
}

/** Counts by upper bound, as Prometheus has them: `counts[i]` values were at most `bounds[i]`; `count` were there in all. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/**
 * Of a Node process whose runtime answers. Times of the loop grow from the start of the process; requests and collections are
 * counted from the first look on, and not while nobody has looked for five minutes.
 */
export interface NodeReadings {
  readonly nodeVersion: string | null;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly heapLimitBytes: number;
  readonly heapSpaces: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly usedBytes: number;
    readonly availableBytes: number;
    readonly physicalBytes: number;
  }[];
  readonly externalBytes: number;
  readonly activeHandles: number;
  readonly activeRequests: number;
  /** Time that the event loop was busy and idle, in seconds, since the start. */
  readonly loopActiveSeconds: number;
  readonly loopIdleSeconds: number;
  /** 0 to 1, between the last two looks of the daemon, which are about ten seconds apart. null or absent: not known. */
  readonly loopUtilization?: number | null;
  /** How late the loop was within the last ten to twenty seconds, in seconds; null: it is not watched yet. */
  readonly loopDelay: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly stddev: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
  } | null;
  /** Durations in seconds by kind: `major`, `minor`, `incremental`, `weakcb`. */
  readonly gc: Readonly<Record<string, Histogram>>;
  /** null: no request has come since it is counted. */
  readonly http: HttpReadings | null;
}

export interface HttpReadings {
  readonly inFlight: number;
  /** Answered, by the first digit of their status: `1` to `5`. */
  readonly answered: Readonly<Record<string, number>>;
  /** Seconds from the request to the end of its answer; bounds of OpenTelemetry's `http.server.request.duration`. */
  readonly durations: Histogram;
}

export interface ProcessReadings {
  readonly id: number;
  readonly appKey: string;
  readonly name: string;
  readonly namespace: string;
  readonly slot: number;
  readonly status: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly restarts: number;
  /** Seconds of CPU since the process started, whole tree. */
  readonly cpuSeconds: number;
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly openFiles: number | null;
  readonly generation: number;
  readonly readiness: string | null;
  /** Of the app, as its package says. */
  readonly version?: string;
  readonly logBytesLost: number;
  readonly node: NodeReadings | null;
  /** Numbers that the app itself tells (`@pm2/io` style metrics), by name. */
  readonly custom: Readonly<Record<string, number>>;
}

/** Everything at one moment; what `/metrics` and OTLP send is made of it. */
export interface Readings {
  readonly at: number;
  readonly processes: readonly ProcessReadings[];
  readonly host: HostView | null;
  readonly daemon: {
    readonly pid: number;
    readonly version: string;
    readonly startedAt: number;
    readonly memoryBytes: number;
    readonly cpuSeconds: number;
    /** Number of the last event. */
    readonly lastEvent: number;
  };
}

/** An alert that is raised now, or was. */
export type AlertView = Alert;

/** How a destination of alerts does. */
export interface DestinationView {
  readonly name: string;
  /** Where it goes, in a few words without secrets. */
  readonly target: string;
  /** Alerts that wait to be sent. */
  readonly waiting: number;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly lastError: string | null;
  readonly retryAt: number | null;
  readonly sentAt: number | null;
  /** Dropped: not taken for a day, or too many. */
  readonly dropped: number;
}

export interface AlertsStatus {
  /** Secrets are masked; null: alerts are off. */
  readonly config: AlertConfig | null;
  readonly destinations: readonly DestinationView[];
  /** Of whom nothing is sent for a while. */
  readonly mutes: readonly Mute[];
}

/** What came of a test message. */
export interface AlertTest {
  readonly destination: string;
  readonly target: string;
  readonly tookMs: number;
  /** null: it was taken. */
  readonly failure: string | null;
}

/** What a list shows of an abnormal end. */
export interface CrashSummary {
  /** Name of its folder below `crashes/`; sorts by time. */
  readonly crash: string;
  readonly at: number;
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly incarnation: number;
  readonly exit: Exit;
  /** What the supervisor made of it, in words. */
  readonly reason: string;
  /** The error in one line, or what it said last; null: nothing. */
  readonly headline: string | null;
  /** Crashes of this process in a row, with this one: of a loop not every one is recorded. */
  readonly inRow: number;
}

/** Everything that was kept of an abnormal end: `crash.json` in its folder. */
export interface CrashRecord extends CrashSummary {
  readonly generation: number;
  /** Of the app. */
  readonly version: string;
  readonly nodeVersion: string | null;
  readonly upkeepVersion: string;
  readonly pid: number | null;
  readonly startedAt: number;
  /** Of this life only, both streams in the order in which they were read. */
  readonly lastLines: readonly LogLine[];
  /** Source-mapped, innermost first; empty: none was seen. */
  readonly stack: readonly string[];
  /** Where `stack` comes from: the runtime handed the error over, it stood in the last lines, or the event loop was blocked there. */
  readonly stackFrom: 'runtime' | 'lines' | 'blocked-loop' | null;
  /** The error that nobody caught, then its causes; empty: none was handed over. */
  readonly errors: readonly CrashError[];
  /** The minutes before, in steps of 10 s. */
  readonly curve: Omit<HistoryView, 'id' | 'name'> | null;
  /** What was being answered; as the runtime last told, `toldAt`. null: it could not tell. */
  readonly inFlight: { readonly toldAt: number; readonly work: readonly Work[]; readonly more: number } | null;
  /** What the kernel or V8 says of an end by lack of memory, in words; null: nothing. */
  readonly memoryNote: string | null;
  /** Against the last start that went well; values of secrets are not told, only that they changed. */
  readonly changed: readonly ChangedKey[];
  /** Files beside `crash.json`: `report.json` (Node's diagnostic report), `heap.heapsnapshot`. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What could not be found out, and why. */
  readonly notes: readonly string[];
}

export interface CrashError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  /** Innermost first. */
  readonly stack: readonly string[];
}

export type { ChangedKey };
