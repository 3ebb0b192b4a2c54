/**
 * Alerts, rules and destinations as people read them. Kept apart from the commands, so that what a rule says is said in the
 * same words wherever it is shown.
 */
import type { AlertConfig, AlertRule, Severity } from '../../core/alerts/config.ts';
import { duration, size, subjectOf } from '../../core/alerts/words.ts';
import type { AlertView, DestinationView } from '../../protocol/observation.ts';
import { type Colors, colorsFor } from './colors.ts';
import { drawTable } from './table.ts';
import { localTime, plain } from './words.ts';

const painted = (colors: Colors, severity: Severity): string =>
  severity === 'critical' ? colors.red(severity) : severity === 'warning' ? colors.yellow(severity) : severity;

/** @param past shows those that are over; otherwise those that are raised */
export function alertTable(alerts: readonly AlertView[], past: boolean, now: number, hasColor: boolean): string {
  const colors = colorsFor(hasColor);
  const titles = past
    ? ['#', 'severity', 'rule', 'of', 'raised', 'lasted', 'reason']
    : ['#', 'severity', 'rule', 'of', 'raised', 'for', 'reason'];
  const rows = alerts.map((alert) => [
    String(alert.number),
    painted(colors, alert.severity),
    alert.rule,
    plain(subjectOf(alert)),
    localTime(alert.raisedAt).slice(0, 19),
    duration(Math.max(0, (alert.clearedAt ?? now) - alert.raisedAt)),
    plain(alert.reason).slice(0, 100),
  ]);
  return drawTable(
    titles.map((title) => ({ title })),
    rows,
    hasColor,
  );
}

export function destinationTable(destinations: readonly DestinationView[], now: number, hasColor: boolean): string {
  const colors = colorsFor(hasColor);
  const rows = destinations.map((one) => {
    const retry = one.retryAt === null ? '' : `, again in ${duration(Math.max(0, one.retryAt - now))}`;
    const state =
      one.failures === 0
        ? colors.green(one.sentAt === null ? 'nothing sent yet' : `sent ${localTime(one.sentAt).slice(0, 19)}`)
        : colors.red(`failed ${one.failures} times${retry}: ${plain(one.lastError ?? '').slice(0, 80)}`);
    const dropped = one.dropped === 0 ? '' : `, ${one.dropped} dropped`;
    return [one.name, plain(one.target), state, `${one.waiting}${dropped}`];
  });
  return drawTable(
    ['destination', 'where', 'state', 'waiting'].map((title) => ({ title })),
    rows,
    hasColor,
  );
}

export function ruleTable(config: AlertConfig, hasColor: boolean): string {
  const colors = colorsFor(hasColor);
  const rows = config.rules.map((rule) => [
    rule.key,
    painted(colors, rule.severity),
    conditionWords(rule),
    plain(appsOf(rule)),
  ]);
  return drawTable(
    ['rule', 'severity', 'raised when', 'apps'].map((title) => ({ title })),
    rows,
    hasColor,
  );
}

const appsOf = ({ apps, except }: AlertRule): string =>
  `${apps.join(', ')}${except.length === 0 ? '' : ` but ${except.join(', ')}`}`;

function conditionWords({ condition }: AlertRule): string {
  switch (condition.how) {
    case 'lasting':
      return condition.forMs === 0 ? 'at once' : `for ${duration(condition.forMs)}`;
    case 'counted':
      return condition.count === 1 ? 'at once' : `${condition.count} times within ${duration(condition.withinMs)}`;
    case 'measured': {
      const { measure, above, forMs } = condition;
      const isMs = measure === 'loopDelayP99Ms' || measure === 'requestP99Ms';
      const line = measure === 'memoryBytes' ? size(above) : isMs ? duration(above) : `${above} %`;
      return `above ${line} for ${duration(forMs)}`;
    }
  }
}
