/**
 * The inside of Node processes under the names of OpenTelemetry's conventions for Node and V8. Without them dashboards that were
 * made for those names would show nothing of apps that run here.
 */
import type { NodeReadings } from '../protocol/observation.ts';
import {
  type Family,
  type HistogramPoint,
  type Labels,
  NO_LABELS,
  type Owner,
  type Point,
  type Unit,
} from './family.ts';
import type { Owned } from './process-families.ts';

interface Inside {
  readonly node: NodeReadings;
  readonly owner: Owner;
}

const DELAYS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const;
const DELAY_WORDS: Readonly<Record<(typeof DELAYS)[number], string>> = {
  min: 'Shortest delay',
  max: 'Longest delay',
  mean: 'Mean delay',
  stddev: 'Standard deviation of the delay',
  p50: 'Median delay',
  p90: '90th percentile of the delay',
  p99: '99th percentile of the delay',
};

export function nodeFamilies(owned: readonly Owned[]): readonly Family[] {
  const inside = owned.flatMap(({ process: { node }, owner }) => (node === null ? [] : [{ node, owner }]));
  const gauge = (name: string, unit: Unit, help: string, measure: (node: NodeReadings) => number | null): Family => ({
    kind: 'gauge',
    name,
    unit,
    help,
    points: inside.flatMap(({ node, owner }) => {
      const value = measure(node);
      return value === null ? [] : [{ owner, labels: NO_LABELS, value }];
    }),
  });
  return [
    gauge(
      'nodejs.eventloop.utilization',
      '1',
      'Share of time in which the event loop was busy, lately.',
      (node) => node.loopUtilization ?? null,
    ),
    {
      kind: 'counter',
      name: 'nodejs.eventloop.time',
      unit: 's',
      help: 'Time that the event loop was active and idle.',
      points: inside.flatMap(({ node, owner }) => [
        { owner, labels: [['nodejs.eventloop.state', 'active']], value: node.loopActiveSeconds },
        { owner, labels: [['nodejs.eventloop.state', 'idle']], value: node.loopIdleSeconds },
      ]),
    },
    ...DELAYS.map((which) =>
      gauge(
        `nodejs.eventloop.delay.${which}`,
        's',
        `${DELAY_WORDS[which]} of the event loop, lately.`,
        ({ loopDelay }) => loopDelay?.[which] ?? null,
      ),
    ),
    {
      kind: 'histogram',
      name: 'v8js.gc.duration',
      unit: 's',
      help: 'Duration of garbage collections by kind.',
      points: inside.flatMap(collections),
    },
    ...heapFamilies(inside),
    gauge(
      'upkeep.node.heap_limit',
      'By',
      'Heap at which the process ends for lack of memory.',
      (n) => n.heapLimitBytes,
    ),
    gauge('upkeep.node.heap_used', 'By', 'Heap in use.', (n) => n.heapUsedBytes),
    gauge('upkeep.node.heap_size', 'By', 'Heap taken from the system.', (n) => n.heapTotalBytes),
    gauge(
      'upkeep.node.external_memory',
      'By',
      'Memory of buffers and the like outside the heap.',
      (n) => n.externalBytes,
    ),
    gauge('upkeep.node.active_handles', '', 'Sockets, timers and the like that are open.', (n) => n.activeHandles),
    gauge('upkeep.node.active_requests', '', 'Operations that the event loop waits for.', (n) => n.activeRequests),
  ];
}

const collections = ({ node, owner }: Inside): HistogramPoint[] =>
  Object.entries(node.gc).map(([kind, histogram]) => ({ owner, labels: [['v8js.gc.type', kind]], histogram }));

type HeapSpace = NodeReadings['heapSpaces'][number];

function heapFamilies(inside: readonly Inside[]): readonly Family[] {
  const spaces = inside.map(({ node, owner }) => ({
    owner,
    // Those that this process has no use for would be half of all that is told.
    spaces: node.heapSpaces
      .filter(({ sizeBytes }) => sizeBytes > 0)
      .map((space) => ({ space, labels: [['v8js.heap.space.name', space.name]] as Labels })),
  }));
  const family = (name: string, help: string, measure: (space: HeapSpace) => number): Family => ({
    kind: 'gauge',
    name: `v8js.memory.heap.${name}`,
    unit: 'By',
    help,
    points: spaces.flatMap(({ owner, spaces: own }): Point[] =>
      own.map(({ space, labels }) => ({ owner, labels, value: measure(space) })),
    ),
  });
  return [
    family('space.size', 'Size of a space of the heap.', (space) => space.sizeBytes),
    family('used', 'Of a space of the heap, in use.', (space) => space.usedBytes),
    family('space.available_size', 'Of a space of the heap, still free.', (space) => space.availableBytes),
    family('space.physical_size', 'Of a space of the heap, held in memory.', (space) => space.physicalBytes),
  ];
}
