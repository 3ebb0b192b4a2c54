/**
 * Alerts, rules and destinations as people read them. Kept apart from the commands, so that what a rule says is said in the
 * same words wherever it is shown.
 */
import { type AlertConfig, type AlertRule, describeTarget, type Severity } from '../../core/alerts/config.ts';
import { duration, size, subjectOf } from '../../core/alerts/words.ts';
import type { AlertView, DestinationView } from '../../protocol/observation.ts';
import type { Output } from '../output.ts';
import { type Colors, colorsFor } from './colors.ts';
import { drawTable, textWidth } from './table.ts';
import { localTime, plain } from './words.ts';

/** How it is to look. */
type Look = Pick<Output, 'hasColor' | 'columns'>;

/** A reason that is cut to less says nothing. */
const LEAST_REASON = 20;

const painted = (colors: Colors, severity: Severity): string =>
  severity === 'critical' ? colors.red(severity) : severity === 'warning' ? colors.yellow(severity) : severity;

/** @param past shows those that are over; otherwise those that are raised */
export function alertTable(alerts: readonly AlertView[], past: boolean, now: number, look: Look): string {
  const colors = colorsFor(look.hasColor);
  const rows = alerts.map((alert) => {
    const lasted = duration(Math.max(0, (alert.clearedAt ?? now) - alert.raisedAt));
    const [whose, reason] = [plain(subjectOf(alert)), plain(alert.reason)];
    return past
      ? [String(alert.number), alert.rule, whose, localTime(alert.raisedAt).slice(0, 19), lasted, reason]
      : [String(alert.number), painted(colors, alert.severity), alert.rule, whose, lasted, reason];
  });
  const titles = past
    ? ['#', 'rule', 'of', 'raised', 'lasted', 'reason']
    : ['#', 'severity', 'rule', 'of', 'for', 'reason'];
  return fittedTable(titles, rows, look);
}

/** The last column gets what the terminal has left for it; a pipe gets all of it. */
function fittedTable(titles: readonly string[], rows: readonly (readonly string[])[], look: Look): string {
  const widest = titles.map((title, i) => Math.max(...[title, ...rows.map((row) => row[i] ?? '')].map(textWidth)));
  const others = widest.slice(0, -1).reduce((sum, width) => sum + width + 3, 1);
  const left = Math.max(LEAST_REASON, (look.columns ?? Number.POSITIVE_INFINITY) - others - 4);
  const last = Math.min(left, widest.at(-1) ?? 0) + 2;
  const columns = titles.map((title, i) => (i === titles.length - 1 ? { title, width: last } : { title }));
  return drawTable(columns, rows, look.hasColor);
}

/** How each does. */
export function destinationTable(destinations: readonly DestinationView[], now: number, look: Look): string {
  const colors = colorsFor(look.hasColor);
  const rows = destinations.map((one) => {
    const retry = one.retryAt === null ? '' : `, again in ${duration(Math.max(0, one.retryAt - now))}`;
    const state =
      one.failures === 0
        ? colors.green(one.sentAt === null ? 'nothing sent yet' : `sent ${localTime(one.sentAt).slice(0, 19)}`)
        : colors.red(`failed ${one.failures} times${retry}: ${plain(one.lastError ?? '')}`);
    const dropped = one.dropped === 0 ? '' : `, ${one.dropped} dropped`;
    return [one.name, `${one.waiting}${dropped}`, state];
  });
  return fittedTable(['destination', 'waiting', 'state'], rows, look);
}

/** Where each goes, and what goes there. */
export function targetTable(config: AlertConfig, look: Look): string {
  const rows = config.destinations.map((one) => {
    const kinds = one.rules === null ? 'all rules' : one.rules.join(', ');
    const apps = one.apps.includes('*') && one.except.length === 0 ? '' : ` of ${plain(appsOf(one))}`;
    const least = one.severity === 'info' ? '' : `, from ${one.severity} on`;
    return [one.name, `${kinds}${apps}${least}`, plain(describeTarget(one.target))];
  });
  return fittedTable(['destination', 'what', 'where'], rows, look);
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

const appsOf = ({ apps, except }: Pick<AlertRule, 'apps' | 'except'>): string =>
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
