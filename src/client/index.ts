/**
 * The public API: `import { connect } from 'upkeep'`. Without one door, programs would reach into files that change
 * from release to release.
 */
import { homeFrom, pathsOf } from '../platform/paths.ts';
import type { CrashRecord, CrashSummary } from '../protocol/observation.ts';
import { Client } from './client.ts';
import { type AheadMethod, type LineOptions, openLine } from './line.ts';

export { type Failure, type FailureCode, UpkeepError } from '../core/errors.ts';
export type { AppSpec, EnvLayers, Exit, Life, LogLine, StatusWord, StreamName } from '../core/terms.ts';
export type { FieldCondition, FoundLine, FoundPage, Grep, Level, LogQuery } from '../logs/search/query.ts';
export type { Measures } from '../protocol/agent.ts';
export type {
  ActionReply,
  BusEvent,
  EventRecord,
  Hello,
  InAppView,
  InstanceDetail,
  InstanceView,
  Outcome,
  ProcessName,
  Report,
  TriggerResult,
  WhyView,
} from '../protocol/control.ts';
export type {
  AlertsStatus,
  AlertTest,
  AlertView,
  ChangedKey,
  CrashError,
  CrashRecord,
  CrashSummary,
  DestinationView,
  Histogram,
  HistorySpan,
  HistoryView,
  HttpReadings,
  Load,
  NodeReadings,
  ProcessReadings,
  Readings,
  Series,
} from '../protocol/observation.ts';
export type {
  Client,
  EventOptions,
  ListOptions,
  LogOptions,
  RestartOptions,
  StartInput,
  StartOptions,
  Target,
  TriggerOptions,
} from './client.ts';
export type { BusItem, FollowOptions } from './follow.ts';
export type { LogPageOptions, SearchOptions } from './search-logs.ts';

export interface ConnectOptions {
  /** Folder of the daemon. Default: `UPKEEP_HOME`, else `PM2_HOME`, else `~/.upkeep`. */
  readonly home?: string;
  /** Environment that started apps inherit, and in which the home is looked up. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Start a daemon if none is running. Default true. */
  readonly startDaemon?: boolean;
  /** Talk to a daemon of another protocol too; only `ping`, `update` and `kill` are sure to work then. Default false. */
  readonly anyProtocol?: boolean;
  /** Told what is worth knowing though nothing failed, e.g. that the daemon is of an older version. */
  readonly onNote?: (note: string) => void;
  /** Ask for the list together with the greeting; the first `list()` has its answer. Default: nothing. */
  readonly ahead?: AheadMethod;
}

/**
 * Finds the daemon of a home, starts it if there is none, and gives a client for it.
 *
 * @example
 * ```ts
 * import { connect } from 'upkeep';
 * const upkeep = await connect();
 * await upkeep.start({ script: 'server.js', name: 'api' });
 * for (const one of await upkeep.list()) console.log(one.name, one.status);
 * upkeep.close();
 * ```
 * @throws UpkeepError NO_DAEMON if none is there or none could be started, VERSION_MISMATCH
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const env = options.env ?? process.env;
  const home = options.home ?? homeFrom(env, process.cwd());
  const lineOptions: LineOptions = {
    paths: pathsOf(home, env),
    startDaemon: options.startDaemon ?? true,
    env,
    anyProtocol: options.anyProtocol ?? false,
    ...(options.onNote === undefined ? {} : { onNote: options.onNote }),
    ...(options.ahead === undefined ? {} : { ahead: options.ahead }),
  };
  return new Client(await openLine(lineOptions), lineOptions);
}

/** Where crash records are read, and of whom. */
export interface CrashOptions extends Pick<ConnectOptions, 'home' | 'env'> {
  /** Name, id, namespace, `/regex/`. Default: all. */
  readonly target?: string;
}

const homeOf = ({ home, env = process.env }: CrashOptions): string => home ?? homeFrom(env, process.cwd());

/** `client.crashes()` for a home whose daemon need not live: newest first. */
export async function crashesOf(options: CrashOptions = {}): Promise<readonly CrashSummary[]> {
  const { readCrashes } = await import('./crashes.ts');
  return readCrashes(homeOf(options), options.target === undefined ? [] : [options.target]);
}

/**
 * `client.crash()` for a home whose daemon need not live.
 * @throws UpkeepError NOT_FOUND
 */
export async function crashOf(which = 'latest', options: CrashOptions = {}): Promise<CrashRecord> {
  const { readCrash } = await import('./crashes.ts');
  return readCrash(homeOf(options), which);
}
