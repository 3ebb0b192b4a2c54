/**
 * What an app tells of itself in the shape of PM2's record: `axm_monitor`, `axm_actions`, `axm_options`. Dashboards and
 * exporters read these names; without them they would show an app without metrics.
 */
import type { Measures } from '../protocol/agent.ts';
import type { InAppView, InstanceDetail } from '../protocol/control.ts';

const MEBIBYTE = 1024 * 1024;

interface AxmMetric extends Readonly<Record<string, unknown>> {
  readonly value: unknown;
  readonly type: string;
  readonly unit?: string;
  readonly historic: boolean;
}

interface AxmAction {
  readonly action_name: string;
  readonly action_type: string;
  readonly arity: number | null;
  readonly opts?: unknown;
}

const metric = (value: unknown, type: string, unit?: string): AxmMetric =>
  unit === undefined ? { value, type, historic: true } : { value, type, unit, historic: true };

const fixed = (value: number): string => value.toFixed(2);

/** What the runtime measures, under the names and in the units of PM2's automatic metrics. */
export function automaticMetrics(measures: Measures): Readonly<Record<string, AxmMetric>> {
  const { heapUsedBytes, heapTotalBytes, activeRequests, activeHandles, loop, http } = measures;
  return {
    'Used Heap Size': metric(fixed(heapUsedBytes / MEBIBYTE), 'internal/v8/heap/used', 'MiB'),
    'Heap Usage': metric(
      heapTotalBytes === 0 ? 0 : Number(fixed((heapUsedBytes / heapTotalBytes) * 100)),
      'internal/v8/heap/usage',
      '%',
    ),
    'Heap Size': metric(fixed(heapTotalBytes / MEBIBYTE), 'internal/v8/heap/total', 'MiB'),
    ...(loop === null
      ? {}
      : {
          'Event Loop Latency p95': metric(fixed(loop.p95Ms), 'internal/libuv/latency/p95', 'ms'),
          'Event Loop Latency': metric(fixed(loop.meanMs), 'internal/libuv/latency/p50', 'ms'),
        }),
    'Active handles': metric(activeHandles, 'internal/libuv/handles'),
    'Active requests': metric(activeRequests, 'internal/libuv/requests'),
    ...(http === null
      ? {}
      : {
          HTTP: metric(http.perMinute, 'internal/http/builtin/reqs', 'req/min'),
          'HTTP P95 Latency': metric(Math.round(http.p95Ms), 'internal/http/builtin/latency/p95', 'ms'),
          'HTTP Mean Latency': metric(Math.round(http.meanMs), 'internal/http/builtin/latency/p50', 'ms'),
        }),
  };
}

const NOTHING: InAppView = { metrics: {}, actions: [], settings: {}, dropped: 0, measures: null, abilities: [] };

/** An ability that only serves the daemon is not shown. */
const isCallable = (ability: string): boolean => ability.startsWith('km:') || ability.startsWith('internal:');

/** The app's own metrics and actions win over ours of the same name: it brings the library that we stand in for. */
export function axmFields(one: InstanceDetail): {
  readonly axm_actions: readonly AxmAction[];
  readonly axm_monitor: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly value: unknown }>>;
  readonly axm_options: Readonly<Record<string, unknown>>;
  readonly axm_dynamic: Readonly<Record<string, never>>;
} {
  const { metrics, actions, settings, measures, abilities } = one.inApp ?? NOTHING;
  const ownNames = new Set(actions.map(({ name }) => name));
  const builtIn = abilities.filter((name) => isCallable(name) && !ownNames.has(name));
  return {
    axm_actions: [
      ...builtIn.map((name) => ({ action_name: name, action_type: 'internal', arity: 1, opts: null })),
      ...actions.map(({ name, type, arity, options }) => ({
        action_name: name,
        action_type: type,
        arity,
        ...(options === null ? {} : { opts: options }),
      })),
    ],
    axm_monitor: { ...(measures === null ? {} : automaticMetrics(measures)), ...metrics },
    axm_options: { module_name: one.name, module_version: one.spec.version, ...settings },
    axm_dynamic: {},
  };
}
