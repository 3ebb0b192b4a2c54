/** Readings as a daemon gives them, made up. */
import type { Histogram, NodeReadings, ProcessReadings, Readings } from '../../../src/protocol/observation.ts';

const durations: Histogram = { bounds: [0.005, 0.1, 1], counts: [3, 8, 9], count: 10, sum: 4.25 };

export const someNode: NodeReadings = {
  nodeVersion: '22.1.0',
  heapUsedBytes: 20_000_000,
  heapTotalBytes: 30_000_000,
  heapLimitBytes: 2_000_000_000,
  heapSpaces: [
    { name: 'new_space', sizeBytes: 1_048_576, usedBytes: 500_000, availableBytes: 548_576, physicalBytes: 1_000_000 },
    {
      name: 'old_space',
      sizeBytes: 9_000_000,
      usedBytes: 8_000_000,
      availableBytes: 900_000,
      physicalBytes: 8_900_000,
    },
  ],
  externalBytes: 1_500_000,
  activeHandles: 4,
  activeRequests: 0,
  loopActiveSeconds: 12.5,
  loopIdleSeconds: 987.5,
  loopUtilization: 0.25,
  loopDelay: { min: 0.001, max: 0.2, mean: 0.011, stddev: 0.004, p50: 0.01, p90: 0.012, p99: 0.05 },
  gc: { minor: { bounds: [0.01, 0.1, 1, 10], counts: [40, 41, 41, 41], count: 41, sum: 0.08 } },
  http: { inFlight: 2, answered: { 2: 8, 5: 2 }, durations },
};

export const someProcess = (over: Partial<ProcessReadings> = {}): ProcessReadings => ({
  id: 0,
  appKey: 'k0',
  name: 'api',
  namespace: 'default',
  slot: 0,
  status: 'online',
  pid: 4242,
  startedAt: 1_764_000_000_500,
  restarts: 3,
  version: '1.2.3',
  cpuSeconds: 5.25,
  cpuPercent: 50,
  memoryBytes: 64_000_000,
  openFiles: 21,
  generation: 2,
  readiness: 'ready',
  logBytesLost: 0,
  node: someNode,
  custom: {},
  ...over,
});

export const someReadings = (processes: readonly ProcessReadings[] = [someProcess()]): Readings => ({
  at: 1_764_000_100_000,
  processes,
  host: {
    at: 1_764_000_099_000,
    spanMs: 1000,
    cpuPercent: 25,
    temperature: 41,
    memory: { totalBytes: 8_000_000_000, availableBytes: 4_000_000_000 },
    disk: null,
    interfaces: [],
    fileSystems: [{ mount: '/', sizeBytes: 100_000_000_000, usedPercent: 40 }],
  },
  daemon: {
    pid: 99,
    version: '0.1.0',
    startedAt: 1_763_000_000_000,
    memoryBytes: 50_000_000,
    cpuSeconds: 1.5,
    lastEvent: 17,
  },
});
