/**
 * What the page and its server say to each other: each path with the shape of its answer. Without it the page would believe in
 * another server than the one that it is delivered by.
 *
 * Every path wants the token (bearer header, or the cookie that `/?token=…` sets); what changes something is a POST with JSON
 * whose Origin is the page's own.
 */
import type { HostView } from '../core/host.ts';
import type { EventRecord, Hello, InstanceDetail, InstanceView, Report, WhyView } from '../protocol/control.ts';
import type { AlertView, CrashRecord, CrashSummary, HistoryView } from '../protocol/observation.ts';

/** `GET /api/overview`, and the event `overview` of `/api/stream`. */
export interface Overview {
  readonly at: number;
  /** null: no daemon answers. */
  readonly daemon: Hello | null;
  /** This program's own version. */
  readonly version: string;
  readonly host: HostView | null;
  readonly instances: readonly InstanceView[];
  /** Those that are raised. */
  readonly alerts: readonly AlertView[];
  readonly notes: readonly string[];
}

/**
 * `GET /api/stream` (server-sent events): `overview` at once and then about every second while something changes; `event`, with the
 * event's number as its id, so that Last-Event-ID (or `?after=`) goes on where a connection broke; `daemon` when it goes and comes.
 *
 * A browser opens six connections to a host, those of all its tabs together: a page that is not seen should close its streams.
 */
export interface StreamEvents {
  readonly overview: Overview;
  readonly event: EventRecord;
  readonly daemon: { readonly isUp: boolean; readonly why: string | null };
}

/** `GET /api/instances/:id` */
export interface InstancePage {
  /** Its spec has no environment here: that stands, masked, in `environment`. */
  readonly detail: InstanceDetail;
  readonly why: WhyView;
  readonly environment: readonly Variable[];
  /** Keys of the config that are not as the process was started with them. */
  readonly configDiff: readonly {
    readonly key: string;
    readonly started: string | null;
    readonly now: string | null;
  }[];
}

export interface Variable {
  readonly name: string;
  /** null: masked. */
  readonly value: string | null;
  /** Where it comes from, as `upkeep env --sources` says it: `caller`, `env`, `env_production`, `upkeep`, … */
  readonly origin: string;
}

/** `GET /api/history/:id?span=hour|day` */
export type History = HistoryView;

/**
 * `GET /api/logs?target=&since=&until=&grep=&level=&stream=out|err&limit=&before=`: newest `limit` (default 200) that match, oldest
 * first; `before` (from an earlier answer) goes back in time. `GET /api/logs/stream` with the same filters is a stream of
 * events `lines`.
 */
export interface LogStreamEvents {
  /** Oldest first; `missed` lines before them could not be sent, because this viewer or this server was too slow. */
  readonly lines: { readonly lines: readonly LogEntry[]; readonly missed: number };
}

export interface LogPage {
  readonly lines: readonly LogEntry[];
  /** null: there is nothing older. */
  readonly before: string | null;
}

export interface LogEntry {
  readonly id: number;
  readonly name: string;
  readonly stream: 'out' | 'err';
  /** ms since the epoch; null: not known. */
  readonly at: number | null;
  readonly text: string;
  /** `trace` … `fatal` where the line tells; null: it does not. */
  readonly level: string | null;
}

/** `GET /api/events?after=` */
export interface EventsPage {
  readonly last: number;
  readonly events: readonly EventRecord[];
  readonly missed: number;
}

/** `GET /api/crashes?name=` and `GET /api/crashes/:crash`; a file of it: `GET /api/crashes/:crash/files/:file`. */
export type CrashList = readonly CrashSummary[];
export type CrashPage = CrashRecord;

/** `GET /api/alerts`: raised ones first, then the last hundred that were cleared. */
export type AlertList = readonly AlertView[];

/** `POST /api/actions` → `Report`. */
export interface Action {
  readonly verb: 'start' | 'restart' | 'reload' | 'stop' | 'delete' | 'reset' | 'scale';
  /** A name, an id, or `all`. */
  readonly target: string;
  /** Of `scale`: `4`, `+1`, `-1`. */
  readonly count?: string;
}
export type ActionAnswer = Report;

/** `POST /api/profiles` → `Profile`; `GET /api/profiles` → `Profile[]`; `GET /api/profiles/:file` is the file itself. */
export interface ProfileOrder {
  readonly id: number;
  readonly kind: 'cpu' | 'heap' | 'heapsnapshot';
  /** Of `cpu` and `heap`. Default 10. */
  readonly seconds?: number;
}

export interface Profile {
  /** `api-0-2026-11-25T10-00-00-123.cpuprofile` */
  readonly file: string;
  readonly kind: ProfileOrder['kind'];
  readonly at: number;
  readonly bytes: number;
}

/** Body of every answer of 400 and above. */
export interface Refusal {
  /** What could not be done, to what, why, and what to try. */
  readonly error: string;
}
