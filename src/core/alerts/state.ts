/**
 * What is known of alerts at one moment: what is open, what was raised, what is over; and a working copy of it. Plain data, as it
 * is written to disk whole and read by the next daemon.
 */
import type { AlertRule, RuleKind, Severity } from './config.ts';

/** Cleared ones that are remembered. */
export const PAST_KEPT = 100;
/** A home with more than this at once has one trouble, not thousands. */
const MOST_OPEN = 2_000;
/** Of a reason: a program may have printed anything. */
const LONGEST_REASON = 2_000;

export interface Alert {
  /** Grows by one with each that is raised. */
  readonly number: number;
  readonly rule: RuleKind;
  readonly severity: Severity;
  readonly id: number | null;
  readonly name: string | null;
  readonly raisedAt: number;
  /** null: still raised. */
  readonly clearedAt: number | null;
  /** In words, with the figure that passed the line. */
  readonly reason: string;
  /** Why it is over; null: it is not. */
  readonly ended: string | null;
}

/** Something that is not well, or may become so. */
export interface Open {
  /** Key of the rule. */
  readonly rule: string;
  readonly id: number | null;
  readonly name: string | null;
  readonly reason: string;
  /** Since when the condition holds. */
  readonly sinceAt: number;
  /** Of a counted rule, newest last. */
  readonly times: readonly number[];
  /** Since when all has been well again; null: it is not. */
  readonly calmAt: number | null;
  /** null: pending. */
  readonly alert: Alert | null;
  /** When it was last told. */
  readonly toldAt: number;
}

export interface Alerts {
  readonly nextNumber: number;
  /** Number of the last event that was taken in. */
  readonly lastEvent: number;
  /** By rule and subject. */
  readonly open: Readonly<Record<string, Open>>;
  /** Newest first. */
  readonly past: readonly Alert[];
}

export const NO_ALERTS: Alerts = { nextNumber: 1, lastEvent: 0, open: {}, past: [] };

export interface Change {
  readonly what: 'raised' | 'cleared' | 'reminder';
  readonly alert: Alert;
}

export interface Step {
  readonly alerts: Alerts;
  readonly changes: readonly Change[];
}

/** Figures of a process; null: not known, or nothing of the kind happened. */
export interface Figures {
  readonly id: number;
  readonly name: string;
  readonly memoryBytes: number | null;
  readonly cpuPercent: number | null;
  readonly loopDelayP99Ms: number | null;
  readonly requestP99Ms: number | null;
  readonly requestsPerSecond: number | null;
  readonly errorsPerSecond: number | null;
}

/** A working copy: what a step changes, and what came of it. */
export class Draft {
  readonly open: Map<string, Open>;
  readonly changes: Change[] = [];
  nextNumber: number;
  lastEvent: number;
  past: readonly Alert[];

  constructor(alerts: Alerts) {
    this.open = new Map(Object.entries(alerts.open));
    this.nextNumber = alerts.nextNumber;
    this.lastEvent = alerts.lastEvent;
    this.past = alerts.past;
  }

  done(): Step {
    const { nextNumber, lastEvent, past, changes } = this;
    return { alerts: { nextNumber, lastEvent, open: Object.fromEntries(this.open), past }, changes };
  }

  set(key: string, open: Open): void {
    if (this.open.has(key) || this.open.size < MOST_OPEN) this.open.set(key, open);
  }

  raise(key: string, open: Open, rule: AlertRule, now: number): void {
    const { id, name } = open;
    const reason = open.reason.slice(0, LONGEST_REASON);
    const alert: Alert = {
      number: this.nextNumber++,
      rule: rule.kind,
      severity: rule.severity,
      id,
      name,
      raisedAt: now,
      clearedAt: null,
      reason,
      ended: null,
    };
    this.open.set(key, { ...open, alert, toldAt: now });
    this.changes.push({ what: 'raised', alert });
  }

  /** Ends it, whether it was raised or only pending. */
  end(key: string, ended: string, now: number): void {
    const alert = this.open.get(key)?.alert ?? null;
    this.open.delete(key);
    if (alert === null) return;
    const cleared: Alert = { ...alert, clearedAt: Math.max(now, alert.raisedAt), ended };
    this.past = [cleared, ...this.past].slice(0, PAST_KEPT);
    this.changes.push({ what: 'cleared', alert: cleared });
  }
}
