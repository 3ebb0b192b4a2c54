/**
 * What is told of whole apps, of the daemon and of the machine. Without the sums per app an alert on an app would have to know how
 * many processes it should have.
 */
import type { ProcessReadings, Readings } from '../protocol/observation.ts';
import { type Family, NO_LABELS, type Owner, type Point, type Unit } from './family.ts';
import { STATUSES } from './process-families.ts';

const MS = 1000;
const PERCENT = 100;
const DAEMON: Owner = { kind: 'daemon' };

const single = (
  kind: 'gauge' | 'counter',
  name: string,
  unit: Unit,
  help: string,
  value: number | null | undefined,
): Family => ({
  kind,
  name: `upkeep.${name}`,
  unit,
  help,
  points: value === null || value === undefined ? [] : [{ owner: DAEMON, labels: NO_LABELS, value }],
});

export function daemonFamilies({ daemon, processes }: Readings): readonly Family[] {
  return [
    {
      kind: 'info',
      name: 'upkeep.daemon',
      unit: '',
      help: 'Version of the daemon.',
      points: [{ owner: DAEMON, labels: [['version', daemon.version]], value: 1 }],
    },
    single('gauge', 'daemon.start_time', 's', 'When the daemon was started, since the epoch.', daemon.startedAt / MS),
    single('counter', 'daemon.cpu', 's', 'CPU used by the daemon.', daemon.cpuSeconds),
    single('gauge', 'daemon.resident_memory', 'By', 'Memory that the daemon holds.', daemon.memoryBytes),
    single('gauge', 'daemon.processes', '', 'Processes in the list.', processes.length),
    single('counter', 'daemon.events', '', 'Number of the last event of this home.', daemon.lastEvent),
  ];
}

export function hostFamilies({ host }: Readings): readonly Family[] {
  if (host === null) return [];
  const perFileSystem = (name: string, unit: Unit, help: string, measure: (index: number) => number): Family => ({
    kind: 'gauge',
    name: `upkeep.host.filesystem.${name}`,
    unit,
    help,
    points: host.fileSystems.map(({ mount }, index) => ({
      owner: DAEMON,
      labels: [['mountpoint', mount]],
      value: measure(index),
    })),
  });
  return [
    single('gauge', 'host.cpu_utilization', '1', 'Share of all CPUs of the machine in use.', host.cpuPercent / PERCENT),
    single('gauge', 'host.memory_size', 'By', 'Memory of the machine.', host.memory.totalBytes),
    single('gauge', 'host.memory_available', 'By', 'Memory that programs can still get.', host.memory.availableBytes),
    single('gauge', 'host.temperature', 'Cel', 'Temperature of the machine.', host.temperature),
    perFileSystem('size', 'By', 'Size of a file system.', (index) => host.fileSystems[index]?.sizeBytes ?? 0),
    perFileSystem(
      'utilization',
      '1',
      'Share of a file system in use.',
      (index) => (host.fileSystems[index]?.usedPercent ?? 0) / PERCENT,
    ),
  ];
}

interface App {
  readonly owner: Owner;
  readonly processes: ProcessReadings[];
}

/** Apps that share name and namespace count as one: their labels could not tell them apart. */
function appsOf(processes: readonly ProcessReadings[]): readonly App[] {
  const apps = new Map<string, App>();
  for (const process of processes) {
    const { name, namespace } = process;
    const key = JSON.stringify([namespace, name]);
    const known = apps.get(key);
    if (known === undefined) apps.set(key, { owner: { kind: 'app', name, namespace }, processes: [process] });
    else known.processes.push(process);
  }
  return [...apps.values()];
}

export function appFamilies(processes: readonly ProcessReadings[]): readonly Family[] {
  const apps = appsOf(processes);
  const total = (
    kind: 'gauge' | 'counter',
    name: string,
    unit: Unit,
    help: string,
    of: (p: ProcessReadings) => number,
  ) => ({
    kind,
    name: `upkeep.app.${name}`,
    unit,
    help,
    points: apps.map(
      ({ owner, processes: own }): Point => ({
        owner,
        labels: NO_LABELS,
        value: own.reduce((sum, one) => sum + of(one), 0),
      }),
    ),
  });
  return [
    {
      kind: 'gauge',
      name: 'upkeep.app.processes',
      unit: '',
      help: 'Processes of an app by state.',
      points: apps.flatMap(({ owner, processes: own }) =>
        STATUSES.map((status) => ({
          owner,
          labels: [['status', status]],
          value: own.filter((one) => one.status === status).length,
        })),
      ),
    },
    total('gauge', 'ready', '', 'Processes of an app that are to get work.', (one) =>
      one.readiness === 'ready' ? 1 : 0,
    ),
    total('counter', 'restarts', '', 'Restarts of all processes of an app.', (one) => one.restarts),
    total('gauge', 'resident_memory', 'By', 'Memory that all processes of an app hold.', (one) => one.memoryBytes),
    total('gauge', 'cpu_usage', '1', 'Cores that all processes of an app use.', (one) => one.cpuPercent / PERCENT),
    total(
      'gauge',
      'requests_in_flight',
      '',
      'Requests of an app that wait for their answer.',
      (one) => one.node?.http?.inFlight ?? 0,
    ),
  ];
}
