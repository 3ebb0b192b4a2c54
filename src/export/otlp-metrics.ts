/**
 * Families of metrics as OpenTelemetry's protocol wants them: one resource a process, sums that are cumulative. Without the start
 * of each process a receiver would take its restart for a negative rate.
 */
import type { Histogram, ProcessReadings, Readings } from '../protocol/observation.ts';
import { familiesOf } from './families.ts';
import type { Family, HistogramPoint, Labels, Owner, Point } from './family.ts';
import type { OtlpContext } from './otlp-logs.ts';
import {
  nanos,
  type OtlpAttribute,
  type OtlpResource,
  type OtlpScope,
  otlpAttributes,
  processResource,
} from './otlp-values.ts';

const CUMULATIVE = 2;
/** Counted by the daemon over all lives of a process: when that began is not known. */
const OVER_ALL_LIVES = new Set(['upkeep.process.restarts', 'upkeep.process.log_lost']);

interface NumberPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
}

interface BucketPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly count: string;
  readonly sum: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
}

type OtlpMetric = { readonly name: string; readonly description: string; readonly unit: string } & (
  | { readonly gauge: { readonly dataPoints: readonly NumberPoint[] } }
  | {
      readonly sum: {
        readonly dataPoints: readonly NumberPoint[];
        readonly aggregationTemporality: number;
        readonly isMonotonic: boolean;
      };
    }
  | { readonly histogram: { readonly dataPoints: readonly BucketPoint[]; readonly aggregationTemporality: number } }
);

export interface OtlpMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: OtlpResource;
    readonly scopeMetrics: readonly { readonly scope: OtlpScope; readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

/** Counts of each bucket by itself; ours are of everything up to its bound. */
function bucketCounts({ counts, count }: Histogram): readonly string[] {
  const own = counts.map((upTo, index) => upTo - (counts[index - 1] ?? 0));
  return [...own, count - (counts.at(-1) ?? 0)].map((one) => String(Math.max(0, one)));
}

interface Moment {
  readonly timeUnixNano: string;
  readonly startTimeUnixNano?: string;
}

/** What cannot be told apart by the resource is told apart by attributes. */
const attributesOf = (owner: Owner, labels: Labels): readonly OtlpAttribute[] =>
  otlpAttributes({
    ...(owner.kind === 'app' ? { app: owner.name, namespace: owner.namespace } : {}),
    ...Object.fromEntries(labels),
  });

function metricOf(family: Family, moment: Moment): OtlpMetric {
  const suffix = family.kind === 'info' ? '.info' : '';
  const head = { name: `${family.name}${suffix}`, description: family.help, unit: family.unit };
  const point = ({ owner, labels, value }: Point): NumberPoint => ({
    attributes: attributesOf(owner, labels),
    ...moment,
    asDouble: value,
  });
  switch (family.kind) {
    case 'gauge':
    case 'info':
      return { ...head, gauge: { dataPoints: family.points.map(point) } };
    case 'counter':
      return {
        ...head,
        sum: { dataPoints: family.points.map(point), aggregationTemporality: CUMULATIVE, isMonotonic: true },
      };
    case 'histogram': {
      const dataPoints = family.points.map(
        ({ owner, labels, histogram }: HistogramPoint): BucketPoint => ({
          attributes: attributesOf(owner, labels),
          ...moment,
          count: String(histogram.count),
          sum: histogram.sum,
          bucketCounts: bucketCounts(histogram),
          explicitBounds: histogram.bounds,
        }),
      );
      return { ...head, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
    }
    default:
      return family satisfies never;
  }
}

function momentOf(at: number, family: Family, process: ProcessReadings | null): Moment {
  const isSinceStart =
    process !== null &&
    process.startedAt > 0 &&
    (family.kind === 'histogram' || (family.kind === 'counter' && !OVER_ALL_LIVES.has(family.name)));
  return { ...(isSinceStart ? { startTimeUnixNano: nanos(process.startedAt) } : {}), timeUnixNano: nanos(at) };
}

/** The families of one owner: the same, with that owner's points alone. */
function familiesBy(families: readonly Family[]): ReadonlyMap<ProcessReadings | null, readonly Family[]> {
  const found = new Map<ProcessReadings | null, Family[]>();
  for (const family of families) {
    const points = new Map<ProcessReadings | null, (Point | HistogramPoint)[]>();
    for (const point of family.points) {
      const process = point.owner.kind === 'process' ? point.owner.process : null;
      const known = points.get(process);
      if (known === undefined) points.set(process, [point]);
      else known.push(point);
    }
    for (const [process, own] of points) {
      const known = found.get(process) ?? [];
      if (known.length === 0) found.set(process, known);
      known.push({ ...family, points: own } as Family);
    }
  }
  return found;
}

export function otlpMetrics(readings: Readings, { host, scope, resource }: OtlpContext): OtlpMetrics {
  const ofUpkeep = (): OtlpResource => ({
    attributes: otlpAttributes({
      'service.name': 'upkeep',
      'service.version': readings.daemon.version,
      'service.instance.id': host,
      'host.name': host,
      ...resource,
    }),
  });
  return {
    resourceMetrics: [...familiesBy(familiesOf(readings))].map(([process, families]) => ({
      resource:
        process === null
          ? ofUpkeep()
          : processResource(process, host, {
              ...(process.version === undefined ? {} : { 'service.version': process.version }),
              ...(process.pid > 0 ? { 'process.pid': process.pid } : {}),
              ...resource,
            }),
      scopeMetrics: [
        { scope, metrics: families.map((family) => metricOf(family, momentOf(readings.at, family, process))) },
      ],
    })),
  };
}
