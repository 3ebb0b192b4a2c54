/**
 * The rules that there are: what each watches, which events begin and end it, and what it is by default. Without this table
 * the machine, the reader of configs and the docs would each know other rules.
 */
import type { EventDetails, EventKind } from '../events.ts';
import type { AlertRule, Condition, Measure, RuleKind, Severity } from './config.ts';

/** What the machine needs of an event. */
export interface Happening {
  readonly number: number;
  readonly at: number;
  readonly kind: string;
  readonly id: number | null;
  readonly name: string | null;
  readonly reason: string;
  readonly details?: EventDetails;
}

export interface Watching {
  /** Begins what lasts, or counts once. */
  readonly on: readonly EventKind[];
  /** It is over; also because somebody ended it on purpose, or because a graver alert takes its place. */
  readonly off: readonly EventKind[];
  /** Quiet counts only from one of these on: an app that waits for its next start is not well. Empty: from the last `on`. */
  readonly calmFrom: readonly EventKind[];
}

export interface RuleRow {
  readonly severity: Severity;
  /** On when the config says nothing of it. */
  readonly isDefault: boolean;
  readonly help: string;
  /** null: it only measures. */
  readonly events: Watching | null;
  /** Without `above`; null: `above` must be given. */
  readonly condition: Condition | null;
  /** What `above` means; null: it takes none. */
  readonly above: {
    readonly measure: Measure;
    readonly unit: 'size' | 'percent' | 'duration';
    readonly forMs: number;
  } | null;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const GONE: readonly EventKind[] = ['stopped', 'deleted'];

const counted = (count: number, withinMs: number, clearAfterMs: number): Condition => ({
  how: 'counted',
  count,
  withinMs,
  clearAfterMs,
});

export const RULES: Readonly<Record<RuleKind, RuleRow>> = {
  'crash-loop': {
    severity: 'critical',
    isDefault: true,
    help: 'a process ends by itself `count` times within `within`; over when it has been up for `clear_after`',
    events: { on: ['exited'], off: [...GONE, 'errored'], calmFrom: ['ready', 'adopted'] },
    condition: counted(3, 2 * MINUTE, 2 * MINUTE),
    above: null,
  },
  errored: {
    severity: 'critical',
    isDefault: true,
    help: 'its restarts were given up, or it cannot be started; over when it is ready again',
    events: { on: ['errored'], off: ['ready', ...GONE], calmFrom: [] },
    condition: { how: 'lasting', forMs: 0 },
    above: null,
  },
  restart: {
    severity: 'warning',
    isDefault: false,
    help: 'a process ends by itself, `count` times within `within`; over when it has been up for `clear_after`',
    events: { on: ['exited'], off: [...GONE, 'errored'], calmFrom: ['ready', 'adopted'] },
    condition: counted(1, 10 * MINUTE, MINUTE),
    above: null,
  },
  'not-ready': {
    severity: 'warning',
    isDefault: true,
    help: 'it runs and is not ready (late, or its readiness probe fails) for `for`; over when it is ready',
    events: { on: ['not-ready', 'unready'], off: ['ready', ...GONE, 'errored'], calmFrom: [] },
    condition: { how: 'lasting', forMs: 30 * SECOND },
    above: null,
  },
  'event-loop': {
    severity: 'warning',
    isDefault: true,
    help: 'its event loop does not turn (`event_loop_limit`); with `above`: the p99 of its delay is above that',
    events: { on: ['blocked'], off: ['unblocked', 'exited', 'adopted', ...GONE], calmFrom: [] },
    condition: { how: 'lasting', forMs: 0 },
    above: { measure: 'loopDelayP99Ms', unit: 'duration', forMs: MINUTE },
  },
  memory: {
    severity: 'warning',
    isDefault: true,
    help: 'it was replaced because it used more than `max_memory_restart`; with `above`: it uses more than that',
    events: { on: ['memory-limit'], off: [...GONE], calmFrom: [] },
    condition: counted(1, 10 * MINUTE, 10 * MINUTE),
    above: { measure: 'memoryBytes', unit: 'size', forMs: MINUTE },
  },
  cpu: {
    severity: 'warning',
    isDefault: false,
    help: 'it uses more than `above` percent of one core',
    events: null,
    condition: null,
    above: { measure: 'cpuPercent', unit: 'percent', forMs: 5 * MINUTE },
  },
  p99: {
    severity: 'warning',
    isDefault: false,
    help: 'one in a hundred of its answers takes longer than `above`',
    events: null,
    condition: null,
    above: { measure: 'requestP99Ms', unit: 'duration', forMs: MINUTE },
  },
  'error-rate': {
    severity: 'critical',
    isDefault: false,
    help: 'more than `above` percent of its answers have a status of 500 or higher, at `least` requests a second',
    events: null,
    condition: null,
    above: { measure: 'errorShare', unit: 'percent', forMs: MINUTE },
  },
  'reload-failed': {
    severity: 'warning',
    isDefault: true,
    help: 'a reload failed, and the old processes serve on; over when one succeeds',
    events: { on: ['reload-failed'], off: ['reloaded', 'deleted'], calmFrom: [] },
    condition: { how: 'lasting', forMs: 0 },
    above: null,
  },
  'log-loss': {
    severity: 'critical',
    isDefault: true,
    help: 'a log file cannot be written; over when it can',
    events: { on: ['log-lost'], off: ['log-recovered', 'daemon-started'], calmFrom: [] },
    condition: { how: 'lasting', forMs: 0 },
    above: null,
  },
  'disk-budget': {
    severity: 'warning',
    isDefault: true,
    help: 'the logs in use are larger than the disk budget, and nothing is left to delete',
    events: { on: ['disk-budget-exceeded'], off: ['disk-budget-held', 'daemon-started'], calmFrom: [] },
    condition: { how: 'lasting', forMs: 0 },
    above: null,
  },
  daemon: {
    severity: 'info',
    isDefault: true,
    help: 'the daemon was killed or crashed and was replaced; apps did not notice',
    events: { on: ['daemon-lost'], off: [], calmFrom: [] },
    condition: counted(1, 10 * MINUTE, 10 * MINUTE),
    above: null,
  },
};

export const RULE_KINDS = Object.keys(RULES) as readonly RuleKind[];

/** What an event means to a rule. */
export type Meaning = 'on' | 'off' | 'calm';

export function meaningOf(rule: AlertRule, event: Happening): Meaning | null {
  const { events } = RULES[rule.kind];
  if (events === null || rule.condition.how === 'measured') return null;
  // A candidate of a reload, or a process that makes room for it, is not the app: what becomes of it, the reload tells.
  if (event.details?.role !== undefined) return null;
  const kind = event.kind as EventKind;
  if (events.off.includes(kind)) return 'off';
  if (events.calmFrom.includes(kind)) return 'calm';
  if (!events.on.includes(kind)) return null;
  return kind === 'exited' && event.details?.asked !== false ? null : 'on';
}
