/**
 * Everything that is measured, put together when somebody asks for it: what exporters send. They would otherwise have to ask for
 * each process and to know where each number comes from.
 */
import { UpkeepError } from '../../core/errors.ts';
import { runningOf } from '../../core/instance.ts';
import { openFilesOf } from '../../platform/process.ts';
import type { Detail, Durations, Measures, Requests } from '../../protocol/agent.ts';
import type { InstanceView } from '../../protocol/control.ts';
import { COLLECTION_BOUNDS_MS, LATENCY_BOUNDS_MS } from '../../protocol/latency.ts';
import type {
  Histogram,
  HistorySpan,
  HistoryView,
  HttpReadings,
  NodeReadings,
  ProcessReadings,
  Readings,
} from '../../protocol/observation.ts';
import type { Runner } from '../../supervisor/runner.ts';
import type { Daemon } from '../daemon.ts';
import { pick } from '../outcomes.ts';

/** An app that is slower is shown as it last was. */
const WAIT_MS = 200;
/** Of OpenTelemetry's `http.server.request.duration`: dashboards expect these. */
const SHOWN_BOUNDS_MS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
const MS_PER_SECOND = 1_000;
/** What the list shows of an app without one. */
const NO_VERSION = 'N/A';
const US_PER_SECOND = 1_000_000;

export async function readings(daemon: Daemon, version: string): Promise<Readings> {
  const { runners } = daemon.registry;
  daemon.observation.watch();
  void daemon.refreshLogLosses();
  await daemon.inApps.refresh(runners, WAIT_MS);
  const present = daemon.registry.runners;
  const views = daemon.views(present);
  const usageOf = daemon.usage();
  return {
    at: daemon.clock.now(),
    processes: present.map((runner, i) => {
      const view = views[i] as InstanceView;
      return processReadings(daemon, runner, view, usageOf(view.pid).cpuMs);
    }),
    host: daemon.host.view,
    daemon: {
      pid: process.pid,
      version,
      startedAt: daemon.startedAt,
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: cpuSeconds(),
      lastEvent: daemon.events.last,
    },
  };
}

export function histories(daemon: Daemon, target: string, span: HistorySpan): readonly HistoryView[] {
  const { runners, failure } = pick(daemon, [target]);
  if (failure !== null) throw new UpkeepError(failure);
  daemon.observation.watch();
  return runners.map((runner) => daemon.observation.historyOf(runner, span));
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_SECOND;
}

function processReadings(daemon: Daemon, runner: Runner, view: InstanceView, cpuMs: number): ProcessReadings {
  const measures = daemon.inApps.measuresOf(runner);
  const { id, appKey, name, namespace, slot, status, pid, startedAt, restarts, cpuPercent, memoryBytes, generation } =
    view;
  return {
    id,
    appKey,
    name,
    namespace,
    slot,
    status,
    pid,
    startedAt,
    restarts,
    cpuSeconds: cpuMs / MS_PER_SECOND,
    cpuPercent,
    memoryBytes,
    openFiles: pid === 0 ? null : openFilesOf(pid),
    generation,
    readiness: view.readiness,
    ...(view.version === NO_VERSION ? {} : { version: view.version }),
    logBytesLost: view.logBytesLost,
    node: measures === null ? null : nodeReadings(view, measures),
    custom: runningOf(runner.instance.state) === null ? {} : numbersOf(daemon.inApps.viewOf(runner).metrics),
  };
}

/** Apps give numbers as numbers or as texts; what is neither cannot be drawn. */
function numbersOf(metrics: Readonly<Record<string, { readonly value: unknown }>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, { value }]) => {
      const isText = typeof value === 'string' && value.trim() !== '';
      const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? [[name, number] as const] : [];
    }),
  );
}

/** null: a runtime that is older than these readings. */
function nodeReadings({ nodeVersion, load }: InstanceView, measures: Measures): NodeReadings | null {
  const { glance, detail } = measures;
  if (glance === undefined || detail === undefined) return null;
  return {
    nodeVersion,
    heapUsedBytes: measures.heapUsedBytes,
    heapTotalBytes: measures.heapTotalBytes,
    heapLimitBytes: detail.heapLimitBytes,
    heapSpaces: detail.heapSpaces,
    externalBytes: glance.externalBytes,
    activeHandles: measures.activeHandles,
    activeRequests: measures.activeRequests,
    loopActiveSeconds: glance.loopActiveMs / MS_PER_SECOND,
    loopIdleSeconds: glance.loopIdleMs / MS_PER_SECOND,
    loopUtilization: load?.loopUtilization ?? null,
    loopDelay: inSeconds(detail.delay),
    gc: Object.fromEntries(
      Object.entries(detail.collections).map(([kind, durations]) => [
        kind,
        histogram(durations, COLLECTION_BOUNDS_MS, COLLECTION_BOUNDS_MS),
      ]),
    ),
    http: detail.requests === null ? null : httpReadings(detail.requests),
  };
}

function inSeconds(delay: Detail['delay']): NodeReadings['loopDelay'] {
  if (delay === null) return null;
  return Object.fromEntries(
    Object.entries(delay).map(([name, ms]) => [name, ms / MS_PER_SECOND]),
  ) as unknown as NodeReadings['loopDelay'];
}

const httpReadings = ({ inFlight, answered, durations }: Requests): HttpReadings => ({
  inFlight,
  answered: Object.fromEntries(answered.map((count, i) => [String(i + 1), count])),
  durations: histogram(durations, LATENCY_BOUNDS_MS, SHOWN_BOUNDS_MS),
});

/** @param shown of the bounds, those that are to be told of */
export function histogram(
  { counts, sumMs }: Durations,
  bounds: readonly number[],
  shown: readonly number[],
): Histogram {
  let upTo = 0;
  const cumulated = counts.map((count) => {
    upTo += count;
    return upTo;
  });
  return {
    bounds: shown.map((ms) => ms / MS_PER_SECOND),
    counts: shown.map((ms) => cumulated[bounds.indexOf(ms)] ?? 0),
    count: upTo,
    sum: sumMs / MS_PER_SECOND,
  };
}
