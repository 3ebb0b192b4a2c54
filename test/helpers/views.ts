/** Views of processes as a daemon sends them, for tests that need many and no daemon. */
import type { InstanceView } from '../../src/protocol/control.ts';

export const NOW = 1_700_000_000_000;

export function viewOf(id: number, fields: Partial<InstanceView> = {}): InstanceView {
  return {
    id,
    appKey: `app-${id}`,
    name: `app-${id}`,
    namespace: 'default',
    slot: 0,
    execMode: 'fork',
    version: '1.0.0',
    username: 'somebody',
    watching: false,
    status: 'online',
    state: 'ready',
    reason: 'listening',
    pid: 1000 + id,
    keeperPid: 2000 + id,
    incarnation: 1,
    uniqueId: `unique-${id}`,
    createdAt: NOW - 3_600_000,
    startedAt: NOW - 3_600_000,
    dueAt: null,
    restarts: 0,
    unstableRestarts: 0,
    previousDelayMs: 0,
    lastExit: null,
    memoryBytes: 50_000_000,
    cpuPercent: 1,
    logBytesLost: 0,
    nodeVersion: '20.20.2',
    generation: 0,
    readiness: 'ready',
    health: null,
    load: null,
    ...fields,
  };
}
