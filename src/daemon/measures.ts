/**
 * What a runtime says of its process, checked: it speaks from inside a program that nobody vouches for, and what it says is shown
 * to clients as numbers.
 */
import type { Detail, Durations, Glance, HeapSpace, LoopDelay, Measures, Requests } from '../protocol/agent.ts';
import { COLLECTION_BOUNDS_MS, LATENCY_BOUNDS_MS } from '../protocol/latency.ts';

const MOST_ABILITIES = 20;
const MOST_HEAP_SPACES = 30;
const LONGEST_NAME = 60;
const COLLECTIONS = ['major', 'minor', 'incremental', 'weakcb'];
const STATUS_CLASSES = 5;

export const abilitiesOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MOST_ABILITIES) : [];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** The named numbers of an object; null if one of them is none. */
function numbersOf<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, number> | null {
  if (!isObject(value)) return null;
  const found = {} as Record<Name, number>;
  for (const name of names) {
    const number = value[name];
    if (!isCount(number)) return null;
    found[name] = number;
  }
  return found;
}

/** null: not in our language. */
export function measuresOf(value: unknown): Measures | null {
  const base = numbersOf(value, ['heapUsedBytes', 'heapTotalBytes', 'activeRequests', 'activeHandles']);
  if (base === null) return null;
  const { loop, http, glance, detail } = value as Record<string, unknown>;
  const glanced = glanceOf(glance);
  const detailed = detailOf(detail);
  return {
    ...base,
    loop: numbersOf(loop, ['meanMs', 'p95Ms']),
    http: numbersOf(http, ['perMinute', 'meanMs', 'p95Ms']),
    ...(glanced === null ? {} : { glance: glanced }),
    ...(detailed === null ? {} : { detail: detailed }),
  };
}

export function glanceOf(value: unknown): Glance | null {
  const base = numbersOf(value, ['heapUsedBytes', 'heapTotalBytes', 'externalBytes', 'loopActiveMs', 'loopIdleMs']);
  if (base === null) return null;
  const { delayP99Ms } = value as Record<string, unknown>;
  return { ...base, delayP99Ms: isCount(delayP99Ms) ? delayP99Ms : null };
}

function detailOf(value: unknown): Detail | null {
  if (!isObject(value) || !isCount(value.heapLimitBytes)) return null;
  const { heapLimitBytes, heapSpaces, delay, collections, requests } = value;
  return {
    heapLimitBytes,
    heapSpaces: Array.isArray(heapSpaces)
      ? heapSpaces.slice(0, MOST_HEAP_SPACES).flatMap((one) => spaceOf(one) ?? [])
      : [],
    delay: delayOf(delay),
    collections: Object.fromEntries(
      COLLECTIONS.flatMap((kind) => {
        const durations = isObject(collections) ? durationsOf(collections[kind], COLLECTION_BOUNDS_MS) : null;
        return durations === null ? [] : [[kind, durations] as const];
      }),
    ),
    requests: requestsOf(requests),
  };
}

function spaceOf(value: unknown): HeapSpace | null {
  const base = numbersOf(value, ['sizeBytes', 'usedBytes', 'availableBytes', 'physicalBytes']);
  const name = isObject(value) ? value.name : null;
  return base === null || typeof name !== 'string' ? null : { name: name.slice(0, LONGEST_NAME), ...base };
}

const delayOf = (value: unknown): LoopDelay | null =>
  numbersOf(value, ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']);

function durationsOf(value: unknown, bounds: readonly number[]): Durations | null {
  if (!isObject(value) || !isCount(value.sumMs)) return null;
  const counts = countsOf(value.counts, bounds.length + 1);
  return counts === null ? null : { counts, sumMs: value.sumMs };
}

const countsOf = (value: unknown, length: number): readonly number[] | null =>
  Array.isArray(value) && value.length === length && value.every(isCount) ? value : null;

function requestsOf(value: unknown): Requests | null {
  const base = numbersOf(value, ['counting', 'inFlight']);
  if (base === null) return null;
  const { answered, durations } = value as Record<string, unknown>;
  const classes = countsOf(answered, STATUS_CLASSES);
  const latencies = durationsOf(durations, LATENCY_BOUNDS_MS);
  return classes === null || latencies === null ? null : { ...base, answered: classes, durations: latencies };
}
