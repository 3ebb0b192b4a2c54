/** One sample of every state and event of the instance machine, for the tests that must see them all. */
import type { After, Event, Instance, Rules, Running, State } from '../../../src/core/instance.ts';

export const NOW = 1_000_000;

export const rules: Rules = {
  restart: {
    autorestart: true,
    minUptimeMs: 1_000,
    maxRestarts: 16,
    restartDelayMs: 0,
    backoffInitialMs: null,
    backoffMaxMs: 15_000,
    backoffResetMs: 30_000,
    stopExitCodes: [],
  },
  stop: { signal: 'SIGINT', killTimeoutMs: 1_600, drainTimeoutMs: 30_000, tree: true, withMessage: false },
  readiness: { waitReady: false, listenTimeoutMs: 3_000, succeedWithinMs: 60_000 },
  listenWithinMs: null,
};

export const INCARNATION = 3;
export const running: Running = {
  incarnation: INCARNATION,
  process: { pid: 42, startTime: '7', bootId: 'b' },
  launchedAt: NOW - 5_000,
  keeperLost: false,
};
const down: After = { kind: 'down', reason: 'stopped' };
const again: After = { kind: 'launch', reason: 'restarted', countsAsRestart: true };
const judged: After = { kind: 'judge', reason: 'its liveness probe failed', unstable: true };

export const states: Readonly<Record<string, State>> = {
  down: { kind: 'down', reason: 'new' },
  launching: { kind: 'launching', incarnation: INCARNATION, begun: true, sinceAt: NOW - 10, reason: 'r', after: null },
  'launching, then down': {
    kind: 'launching',
    incarnation: INCARNATION,
    begun: true,
    sinceAt: NOW - 10,
    reason: 'r',
    after: down,
  },
  starting: { kind: 'starting', running, readyBy: NOW + 1_000 },
  ready: { kind: 'ready', running, how: 'listening', readyAt: NOW - 4_000 },
  'ready, marked unready': { kind: 'ready', running, how: 'listening', readyAt: NOW - 4_000, unready: 'status 500' },
  'draining, then down': { kind: 'draining', running, sinceAt: NOW, killAt: NOW + 1_600, after: down },
  'draining, then launch': { kind: 'draining', running, sinceAt: NOW, killAt: NOW + 1_600, after: again },
  'draining, then judged': { kind: 'draining', running, sinceAt: NOW, killAt: NOW + 1_600, after: judged },
  killing: { kind: 'killing', running, giveUpAt: NOW + 5_000, after: down },
  reaping: {
    kind: 'reaping',
    incarnation: INCARNATION,
    pid: 42,
    launchedAt: NOW - 5_000,
    endedAt: NOW,
    exit: { kind: 'code', code: 1 },
    after: null,
    deadlineAt: NOW + 5_000,
  },
  'reaping, then down': {
    kind: 'reaping',
    incarnation: INCARNATION,
    pid: 42,
    launchedAt: NOW - 5_000,
    endedAt: NOW,
    exit: { kind: 'code', code: 1 },
    after: down,
    deadlineAt: NOW + 5_000,
  },
  'reaping, then judged': {
    kind: 'reaping',
    incarnation: INCARNATION,
    pid: 42,
    launchedAt: NOW - 5_000,
    endedAt: NOW,
    exit: { kind: 'code', code: 0 },
    after: judged,
    deadlineAt: NOW + 5_000,
  },
  backoff: { kind: 'backoff', untilAt: NOW + 100, reason: 'crashed' },
  failed: { kind: 'failed', reason: 'gave up', holdover: null },
  'failed, with a holdover': { kind: 'failed', reason: 'could not be killed', holdover: { running, after: down } },
  unknown: { kind: 'unknown', running, reason: 'cannot tell', recheckAt: NOW + 5_000, after: null },
};

export const events: Readonly<Record<string, Event>> = {
  start: { type: 'start' },
  stop: { type: 'stop', reason: 'by test' },
  restart: { type: 'restart', reason: 'by test', manual: true },
  turn: { type: 'turn', incarnation: INCARNATION },
  launched: { type: 'launched', incarnation: INCARNATION, process: running.process },
  'launch-failed': { type: 'launch-failed', incarnation: INCARNATION, reason: 'no', permanent: false },
  'launch-failed for good': { type: 'launch-failed', incarnation: INCARNATION, reason: 'no', permanent: true },
  'became-ready': { type: 'became-ready', incarnation: INCARNATION, how: 'listening' },
  'became-unready': { type: 'became-unready', incarnation: INCARNATION, reason: 'refused' },
  'not-live': { type: 'not-live', incarnation: INCARNATION, reason: 'its liveness probe failed', unstable: false },
  exited: { type: 'exited', incarnation: INCARNATION, exit: { kind: 'code', code: 1 } },
  'keeper-lost': { type: 'keeper-lost', incarnation: INCARNATION },
  busy: { type: 'busy', incarnation: INCARNATION },
  swept: { type: 'swept', incarnation: INCARNATION, left: 0 },
  'swept, some left': { type: 'swept', incarnation: INCARNATION, left: 2 },
  verified: { type: 'verified', incarnation: INCARNATION },
  due: { type: 'due' },
};

export const instanceIn = (state: State): Instance => ({
  state,
  ledger: {
    incarnation: INCARNATION,
    restarts: 1,
    history: { unstable: 0, recentEndsAt: [], previousDelayMs: 0 },
    createdAt: NOW - 10_000,
    lives: [],
  },
});
