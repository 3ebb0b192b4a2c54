/** The list as the reader wants it: which rows, in which order. */
import type { InstanceView } from '../../../protocol/control.ts';

export type SortKey = 'id' | 'name' | 'state' | 'cpu' | 'memory' | 'loop' | 'requests' | 'p99' | 'restarts' | 'uptime';

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export interface Column {
  readonly key: SortKey;
  readonly title: string;
  /** What a screen reader and the pointer are told. */
  readonly hint: string;
  readonly isNumber: boolean;
}

export const COLUMNS: readonly Column[] = [
  { key: 'name', title: 'Name', hint: 'Name of the app and number of the process', isNumber: false },
  { key: 'state', title: 'State', hint: 'State, and why', isNumber: false },
  { key: 'cpu', title: 'CPU', hint: 'Percent of one core, with children', isNumber: true },
  { key: 'memory', title: 'Memory', hint: 'Resident memory, with children', isNumber: true },
  { key: 'loop', title: 'Loop', hint: 'Event-loop utilisation: how much of the time the loop is busy', isNumber: true },
  { key: 'requests', title: 'Req/s', hint: 'Requests answered, a second', isNumber: true },
  { key: 'p99', title: 'p99', hint: 'Time in which 99 of 100 requests were answered', isNumber: true },
  { key: 'restarts', title: 'Restarts', hint: 'Restarts since it was started or reset', isNumber: true },
  { key: 'uptime', title: 'Up', hint: 'How long this process has been running', isNumber: true },
];

const upSince = (one: InstanceView): number => (one.pid === 0 ? Number.MAX_SAFE_INTEGER : one.startedAt);

const VALUES: Readonly<
  Record<SortKey, (one: InstanceView, urgency: (one: InstanceView) => number) => number | string>
> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  state: (one, urgency) => urgency(one),
  cpu: ({ cpuPercent }) => cpuPercent,
  memory: ({ memoryBytes }) => memoryBytes,
  loop: ({ load }) => load?.loopUtilization ?? -1,
  requests: ({ load }) => load?.requestsPerSecond ?? -1,
  p99: ({ load }) => load?.requestP99Ms ?? -1,
  restarts: ({ restarts }) => restarts,
  uptime: (one) => -upSince(one),
};

/** Those of which name, namespace, id, state or reason has all words of the filter. */
export function filtered(instances: readonly InstanceView[], filter: string): readonly InstanceView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return instances;
  return instances.filter((one) => {
    const text =
      `${one.name} ${one.namespace} ${one.id} ${one.status} ${one.readiness ?? ''} ${one.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function sorted(
  instances: readonly InstanceView[],
  { key, isDescending }: Sorting,
  urgency: (one: InstanceView) => number,
): readonly InstanceView[] {
  const value = VALUES[key];
  const turn = isDescending ? -1 : 1;
  return [...instances].sort((a, b) => {
    const [x, y] = [value(a, urgency), value(b, urgency)];
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y);
    return order === 0 ? a.name.localeCompare(b.name) || a.slot - b.slot || a.id - b.id : order * turn;
  });
}
