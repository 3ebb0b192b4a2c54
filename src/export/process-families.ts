/**
 * What is told of each process from outside, of the requests that it answers, and what it tells of itself. Without it as a table
 * the promise that every process is told of in the same way would rest on nothing.
 */
import type { ProcessReadings } from '../protocol/observation.ts';
import { type Family, type Labels, NO_LABELS, type Owner, type Point, type Unit } from './family.ts';

export interface Owned {
  readonly process: ProcessReadings;
  readonly owner: Owner;
}

const MS = 1000;
/** All words that a process's state can have; each is a point of its own, so that a state that is left goes to 0. */
export const STATUSES = ['online', 'launching', 'stopping', 'stopped', 'errored', 'waiting restart'] as const;

const isAlive = ({ pid }: ProcessReadings): boolean => pid > 0;

/** One point of each process; null: it has none. */
function points(owned: readonly Owned[], measure: (process: ProcessReadings) => number | null): Point[] {
  const found: Point[] = [];
  for (const { process, owner } of owned) {
    const value = measure(process);
    if (value !== null && Number.isFinite(value)) found.push({ owner, labels: NO_LABELS, value });
  }
  return found;
}

export function processFamilies(owned: readonly Owned[]): readonly Family[] {
  const one = (
    kind: 'gauge' | 'counter',
    name: string,
    unit: Unit,
    help: string,
    measure: (process: ProcessReadings) => number | null,
  ): Family => ({ kind, name: `upkeep.process.${name}`, unit, help, points: points(owned, measure) });
  const alive =
    (measure: (process: ProcessReadings) => number | null) =>
    (process: ProcessReadings): number | null =>
      isAlive(process) ? measure(process) : null;
  return [
    {
      kind: 'info',
      name: 'upkeep.process',
      unit: '',
      help: 'What runs: version of the app, generation of its spec, version of Node, pid.',
      points: owned.map(({ process, owner }) => ({ owner, labels: infoOf(process), value: 1 })),
    },
    {
      kind: 'gauge',
      name: 'upkeep.process.status',
      unit: '',
      help: '1 for the state that the process is in, 0 for the others.',
      points: owned.flatMap(({ process, owner }) =>
        STATUSES.map((status) => ({
          owner,
          labels: [['status', status]] as const,
          value: process.status === status ? 1 : 0,
        })),
      ),
    },
    one('gauge', 'up', '', '1 if the process is online.', ({ status }) => (status === 'online' ? 1 : 0)),
    one('gauge', 'ready', '', '1 if the process is to get work.', ({ readiness }) =>
      readiness === null ? null : readiness === 'ready' ? 1 : 0,
    ),
    one(
      'gauge',
      'start_time',
      's',
      'When the process was started, since the epoch.',
      alive(({ startedAt }) => (startedAt > 0 ? startedAt / MS : null)),
    ),
    one(
      'counter',
      'restarts',
      '',
      'Restarts since the process was first started or reset.',
      ({ restarts }) => restarts,
    ),
    one(
      'counter',
      'cpu',
      's',
      'CPU used by the process and its children.',
      alive(({ cpuSeconds }) => cpuSeconds),
    ),
    one(
      'gauge',
      'resident_memory',
      'By',
      'Memory that the process and its children hold.',
      alive(({ memoryBytes }) => memoryBytes),
    ),
    one(
      'gauge',
      'open_fds',
      '',
      'Open files and sockets of the process.',
      alive(({ openFiles }) => openFiles),
    ),
    one(
      'gauge',
      'generation',
      '',
      "Generation of the app's spec; grows with each reload.",
      ({ generation }) => generation,
    ),
    one(
      'counter',
      'log_lost',
      'By',
      'Output that could not be written to its log since the daemon started.',
      ({ logBytesLost }) => logBytesLost,
    ),
    ...httpFamilies(owned),
  ];
}

function infoOf({ version, generation, pid, node }: ProcessReadings): Labels {
  return [
    ['version', version ?? ''],
    ['generation', String(generation)],
    ['node_version', node?.nodeVersion ?? ''],
    ['pid', pid > 0 ? String(pid) : ''],
  ];
}

function httpFamilies(owned: readonly Owned[]): readonly Family[] {
  const answering = owned.flatMap(({ process: { node }, owner }) =>
    node === null || node.http === null ? [] : [{ http: node.http, owner }],
  );
  return [
    {
      kind: 'gauge',
      name: 'upkeep.http.requests_in_flight',
      unit: '',
      help: 'Requests that wait for their answer.',
      points: answering.map(({ http, owner }) => ({ owner, labels: NO_LABELS, value: http.inFlight })),
    },
    {
      kind: 'counter',
      name: 'upkeep.http.responses',
      unit: '',
      help: 'Requests answered, by the class of their status.',
      points: answering.flatMap(({ http, owner }) =>
        Object.entries(http.answered).map(([digit, value]) => ({ owner, labels: [['code', `${digit}xx`]], value })),
      ),
    },
    {
      kind: 'histogram',
      name: 'upkeep.http.request_duration',
      unit: 's',
      help: 'Time from a request to the end of its answer.',
      points: answering.map(({ http, owner }) => ({ owner, labels: NO_LABELS, histogram: http.durations })),
    },
  ];
}

/** A name of the app's own as a part of ours. Two that become the same stay apart by the label `metric`. */
export const customName = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/[^a-zA-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  return `upkeep.custom.${plain === '' ? 'unnamed' : plain}`;
};

export function customFamilies(owned: readonly Owned[]): readonly Family[] {
  const byName = new Map<string, Point[]>();
  for (const { process, owner } of owned) {
    for (const [metric, value] of Object.entries(process.custom)) {
      if (!Number.isFinite(value)) continue;
      const name = customName(metric);
      const found = byName.get(name) ?? [];
      if (found.length === 0) byName.set(name, found);
      found.push({ owner, labels: [['metric', metric]], value });
    }
  }
  return [...byName].map(([name, found]) => ({
    kind: 'gauge',
    name,
    unit: '',
    help: 'A number that apps tell of themselves; the label metric has its name as they give it.',
    points: found,
  }));
}
