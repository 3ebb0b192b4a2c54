/** Configs, events and figures for the tests of alerts. */
import { readAlerts } from '../../../../src/config/alert-config.ts';
import type { AlertConfig } from '../../../../src/core/alerts/config.ts';
import type { Happening } from '../../../../src/core/alerts/rules.ts';
import type { Alerts, Change, Figures } from '../../../../src/core/alerts/state.ts';
import type { EventDetails, EventKind } from '../../../../src/core/events.ts';

/** As a user would write it. */
export function configOf(content: Readonly<Record<string, unknown>>): AlertConfig {
  const read = readAlerts(content, 'test');
  if (!read.ok) throw new Error(read.failure.message);
  return read.value;
}

/** Only these rules. */
export const onlyRules = (rules: Readonly<Record<string, unknown>>): AlertConfig =>
  configOf({ defaults: false, rules, remind_every: 0 });

let number = 0;

export const happened = (
  at: number,
  kind: EventKind,
  of: { readonly id?: number | null; readonly name?: string | null; readonly details?: EventDetails } = {},
): Happening => ({
  number: ++number,
  at,
  kind,
  id: of.id === undefined ? 0 : of.id,
  name: of.name === undefined ? 'api' : of.name,
  reason: `because of ${kind}`,
  ...(of.details === undefined ? {} : { details: of.details }),
});

/** An end that nobody asked for. */
export const crashed = (at: number, id = 0, name = 'api'): Happening =>
  happened(at, 'exited', { id, name, details: { asked: false, code: 1, signal: null, lived: 10 } });

export const figures = (of: Partial<Figures> = {}): Figures => ({
  id: 0,
  name: 'api',
  memoryBytes: null,
  cpuPercent: null,
  loopDelayP99Ms: null,
  requestP99Ms: null,
  requestsPerSecond: null,
  errorsPerSecond: null,
  ...of,
});

export const raisedIn = (alerts: Alerts): readonly string[] =>
  Object.values(alerts.open).flatMap(({ alert }) => (alert === null ? [] : [alert.rule]));

export const told = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ what, alert }) => `${what} ${alert.number} ${alert.rule}`);
