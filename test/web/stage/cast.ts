/**
 * A made-up host for pictures and for what real processes do not do on demand: a day of history, three hundred processes, names
 * made to harm. Everything has the types of the real server's answers.
 */
import type { InstanceDetail, InstanceView } from '../../../src/protocol/control.ts';
import type { AlertView, CrashRecord, HistorySpan, HistoryView, Series } from '../../../src/protocol/observation.ts';

/** Numbers that look like chance and are the same each time. */
export function chance(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export const HOSTILE = '<img src=x onerror="document.title=\'harmed\'">';

const MB = 1024 * 1024;
const MINUTE_MS = 60_000;

export function instance(id: number, name: string, changes: Partial<InstanceView> = {}): InstanceView {
  const random = chance(id + 7);
  return {
    id,
    appKey: `k-${name}`,
    name,
    namespace: 'default',
    slot: 0,
    execMode: 'cluster',
    version: '2.4.1',
    username: 'deploy',
    watching: false,
    status: 'online',
    state: 'ready',
    reason: 'listening',
    pid: 4200 + id * 17,
    keeperPid: 4199 + id * 17,
    incarnation: 3,
    uniqueId: `u-${id}`,
    createdAt: Date.now() - 9 * 24 * 60 * MINUTE_MS,
    startedAt: Date.now() - (50 + id * 63) * MINUTE_MS,
    dueAt: null,
    restarts: 0,
    unstableRestarts: 0,
    previousDelayMs: 0,
    lastExit: null,
    memoryBytes: (70 + random() * 90) * MB,
    cpuPercent: random() * 30,
    logBytesLost: 0,
    nodeVersion: '22.21.0',
    generation: 4,
    readiness: 'ready',
    health: null,
    load: {
      heapUsedBytes: (40 + random() * 30) * MB,
      loopUtilization: 0.05 + random() * 0.4,
      loopDelayP99Ms: 2 + random() * 12,
      requestsPerSecond: random() * 220,
      errorsPerSecond: 0,
      requestP99Ms: 12 + random() * 60,
    },
    ...changes,
  };
}

const IDLE = {
  heapUsedBytes: 21 * MB,
  loopUtilization: 0.01,
  loopDelayP99Ms: 1.2,
  requestsPerSecond: null,
  errorsPerSecond: null,
  requestP99Ms: null,
};
const DOWN = { pid: 0, memoryBytes: 0, cpuPercent: 0, readiness: null, load: null } as const;

export function cast(): InstanceView[] {
  const now = Date.now();
  return [
    ...[0, 1, 2, 3].map((slot) => instance(slot, 'api', { slot, restarts: slot === 2 ? 1 : 0 })),
    instance(4, 'storefront', { slot: 0, version: '11.0.3' }),
    instance(5, 'storefront', {
      slot: 1,
      version: '11.0.3',
      readiness: 'unready',
      reason: 'readiness probe http /health: 503 Service Unavailable, 4 times in a row',
      health: {
        blocked: null,
        probes: [
          {
            kind: 'readiness',
            check: 'http /health',
            verdict: 'failing',
            failures: 4,
            why: '503 Service Unavailable',
            checkedAt: now - 3000,
          },
        ],
      },
    }),
    instance(6, 'mailer', {
      execMode: 'fork',
      ...DOWN,
      status: 'errored',
      state: 'failed',
      reason: 'gave up after 16 unstable ends: exit code 1',
      restarts: 16,
      unstableRestarts: 16,
      lastExit: { kind: 'code', code: 1 },
    }),
    instance(7, 'thumbnails', {
      execMode: 'fork',
      ...DOWN,
      status: 'waiting restart',
      state: 'backoff',
      reason: 'killed by SIGKILL; next start after 4.8 s',
      dueAt: now + 4000,
      restarts: 3,
      unstableRestarts: 3,
    }),
    instance(8, 'reports', {
      execMode: 'fork',
      nodeVersion: null,
      load: null,
      reason: 'alive for 1 s',
      cpuPercent: 3.1,
    }),
    instance(9, 'queue', { execMode: 'fork', load: IDLE, cpuPercent: 0.3, reason: 'said that it is ready' }),
    instance(10, 'nightly', {
      execMode: 'fork',
      ...DOWN,
      status: 'stopped',
      state: 'down',
      reason: 'stopped by command',
    }),
    instance(11, 'search', {
      reason: 'listening',
      health: {
        probes: [],
        blocked: {
          sinceAt: now - 7200,
          untilAt: null,
          frames: ['tokenize (/srv/search/src/tokens.js:88:14)', 'index (/srv/search/src/index.js:41:9)'],
          whyNoStack: null,
        },
      },
    }),
  ];
}

export const crowd = (count: number): InstanceView[] =>
  Array.from({ length: count }, (_, id) => instance(id, `service-${Math.floor(id / 3)}`, { slot: id % 3 }));

export const detailOf = (view: InstanceView): InstanceDetail => ({
  ...view,
  spec: {
    name: view.name,
    namespace: view.namespace,
    execMode: view.execMode,
    instances: 1,
    script: `/srv/${view.name}/dist/server.js`,
    args: ['--port', '3000'],
    interpreter: '/usr/bin/node',
    interpreterName: 'node',
    interpreterArgs: [],
    isNode: true,
    runtime: true,
    sourceMaps: true,
    cwd: `/srv/${view.name}`,
    env: { inherited: {}, declared: {} },
    instanceVar: 'NODE_APP_INSTANCE',
    incrementVar: null,
    uid: null,
    gid: null,
    username: 'deploy',
    pidFile: null,
    autostart: true,
    restart: {
      autorestart: true,
      minUptimeMs: 1000,
      maxRestarts: 16,
      restartDelayMs: 0,
      backoffInitialMs: null,
      backoffMaxMs: 15_000,
      backoffResetMs: 30_000,
      stopExitCodes: [],
    },
    stop: { signal: 'SIGINT', killTimeoutMs: 1600, drainTimeoutMs: 30_000, tree: true, withMessage: false },
    readiness: { waitReady: false, listenTimeoutMs: 3000, succeedWithinMs: 60_000 },
    reload: { order: 'start-first', maxSurge: 1, minHealthyMs: 0 } as InstanceDetail['spec']['reload'],
    log: {
      outFile: `/home/deploy/.upkeep/logs/${view.name}-out.log`,
      errorFile: null,
      combinedFile: null,
      merge: false,
      format: 'raw',
      dateFormat: null,
      disabled: false,
      maxSizeBytes: 10 * MB,
      maxAgeMs: 0,
      keep: 10,
      compress: true,
    },
    watch: null,
    cron: null,
    maxMemoryBytes: 300 * MB,
    version: view.version,
    declared: { exec_mode: 'cluster', instances: 4, max_memory_restart: '300M' },
  },
  paths: { out: `/home/deploy/.upkeep/logs/${view.name}-out.log`, err: null, combined: null, pidFile: '/x.pid' },
  instanceEnv: {},
});

/** A day with its quiet night, and a busy hour. */
export function history(view: InstanceView, span: HistorySpan): HistoryView {
  const stepMs = span === 'hour' ? 10_000 : 120_000;
  const length = span === 'hour' ? 360 : 720;
  const random = chance(view.id * 31 + length);
  const isDown = view.pid === 0;
  let drift = 0;
  const shape = Array.from({ length }, (_, index) => {
    drift = drift * 0.9 + (random() - 0.5) * 0.35;
    const wave =
      span === 'hour' ? 0.55 + 0.25 * Math.sin(index / 40) : 0.45 + 0.4 * Math.sin((index / length) * 6.3 - 2);
    const peak = index > length * 0.72 && index < length * 0.76 ? 0.8 : 0;
    return Math.max(0.03, wave + drift + peak);
  });
  const series = (of: (busy: number, index: number) => number): (number | null)[] =>
    shape.map((busy, index) => (isDown ? null : of(busy, index)));
  const served = (of: (busy: number, index: number) => number) =>
    view.load?.requestsPerSecond == null ? shape.map(() => null) : series(of);
  const values: Record<Series, (number | null)[]> = {
    cpuPercent: series((busy) => busy * 32),
    memoryBytes: series((busy, index) => (92 + busy * 14 + ((index * 0.09) % 38)) * MB),
    heapUsedBytes: series((busy, index) => (38 + busy * 6 + ((index * 1.7) % 26)) * MB),
    loopUtilization: series((busy) => Math.min(0.97, busy * 0.38)),
    loopDelayP99Ms: series((busy) => 1.5 + busy * busy * 11),
    requestsPerSecond: served((busy) => busy * 180),
    errorsPerSecond: served((busy) => (busy > 1.15 ? busy * 2 : 0)),
    requestP99Ms: served((busy) => 14 + busy * busy * 48),
  };
  return { id: view.id, name: view.name, stepMs, endAt: Math.floor(Date.now() / stepMs) * stepMs, series: values };
}

export const alerts = (): AlertView[] => [
  {
    number: 12,
    rule: 'crash-loop',
    severity: 'critical',
    ended: null,
    id: 6,
    name: 'mailer',
    raisedAt: Date.now() - 11 * MINUTE_MS,
    clearedAt: null,
    reason: '16 unstable ends within 60 s, the last with exit code 1',
  },
];

export const clearedAlert = (): AlertView => ({
  number: 9,
  rule: 'p99',
  severity: 'warning',
  ended: 'p99 was below 800 ms again',
  id: 0,
  name: 'api',
  raisedAt: Date.now() - 95 * MINUTE_MS,
  clearedAt: Date.now() - 88 * MINUTE_MS,
  reason: 'p99 of 1.24 s was above 800 ms for 60 s',
});

export function crashes(): CrashRecord[] {
  const at = Date.now() - 11 * MINUTE_MS;
  const view = instance(6, 'mailer');
  const { id: _id, name: _name, ...curve } = history(view, 'hour');
  const tail = Object.fromEntries(Object.entries(curve.series).map(([key, values]) => [key, values.slice(-30)]));
  const base = { namespace: 'default', id: 6, name: 'mailer', incarnation: 17 };
  const told = { inRow: 16, upkeepVersion: '0.1.0', notes: [], errors: [], stackFrom: null };
  return [
    {
      ...base,
      ...told,
      crash: '2026-11-25T10-00-00-000-mailer-6',
      at,
      exit: { kind: 'code', code: 1 },
      reason: 'gave up after 16 unstable ends',
      headline: "TypeError: Cannot read properties of undefined (reading 'address')",
      generation: 4,
      version: '1.9.0',
      nodeVersion: '22.21.0',
      pid: 5120,
      startedAt: at - 840,
      lastLines: [
        { ...base, stream: 'out', at: at - 420, text: '{"level":30,"msg":"queue connected","queue":"mail"}' },
        {
          ...base,
          stream: 'err',
          at: at - 4,
          text: "TypeError: Cannot read properties of undefined (reading 'address')",
        },
      ],
      stackFrom: 'runtime',
      errors: [
        {
          name: 'TypeError',
          message: "Cannot read properties of undefined (reading 'address')",
          code: null,
          stack: ['    at render (/srv/mailer/src/templates/receipt.ts:44:27)'],
        },
        {
          name: 'RowMissing',
          message: 'no customer 8841',
          code: 'E_ROW',
          stack: ['    at one (/srv/mailer/src/db.ts:20:11)'],
        },
      ],
      notes: ['No heap snapshot was asked for.'],
      stack: [
        "TypeError: Cannot read properties of undefined (reading 'address')",
        '    at render (/srv/mailer/src/templates/receipt.ts:44:27)',
        '    at send (/srv/mailer/src/send.ts:18:16)',
        '    at Queue.process (/srv/mailer/node_modules/bull/lib/queue.js:1161:28)',
      ],
      curve: { ...curve, series: tail as unknown as HistoryView['series'] },
      inFlight: {
        toldAt: at - 2,
        more: 0,
        work: [{ protocol: 'http/1', method: 'POST', path: '/send/receipt', remote: '10.0.4.17', openMs: 312 }],
      },
      memoryNote: null,
      changed: [
        { key: 'env.TEMPLATE_VERSION', before: '7', after: '8' },
        { key: 'env.SMTP_PASSWORD', before: null, after: 'changed' },
      ],
      files: [{ name: 'report.json', bytes: 48_211 }],
    },
    {
      ...base,
      ...told,
      id: 7,
      name: 'thumbnails',
      crash: '2026-11-25T09-12-00-000-thumbnails-7',
      at: at - 48 * MINUTE_MS,
      exit: { kind: 'signal', signal: 'SIGKILL', number: 9 },
      reason: 'the kernel ended it for want of memory',
      headline: null,
      generation: 1,
      version: 'N/A',
      nodeVersion: null,
      pid: 2210,
      startedAt: at - 120 * MINUTE_MS,
      lastLines: [],
      stack: [],
      curve: null,
      inFlight: null,
      memoryNote: 'The kernel killed a process of this group for want of memory (oom_kill rose from 0 to 1).',
      changed: [],
      files: [],
    },
  ];
}
