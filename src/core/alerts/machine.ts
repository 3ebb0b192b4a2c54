/**
 * Decides what is raised: one small machine for each rule and what it is about, fed with events, figures and the time. Kept
 * pure, so that a night of flapping can be tested in a millisecond, and so that the next daemon goes on from what is on disk.
 *
 *            on (counted: the n-th within a while)
 *   nothing ──────────────► pending ──for──► raised ──off · calm for clear_after──► cleared (kept in `past`)
 *      ▲   off · aged out      │                │
 *      └───────────────────────┘
 */
import type { AlertConfig, AlertRule } from './config.ts';
import { isMeant } from './patterns.ts';
import { type Happening, type Meaning, meaningOf, RULES } from './rules.ts';
import { type Alert, type Alerts, Draft, type Figures, type Open, type Step } from './state.ts';
import { aboveLine, duration } from './words.ts';

const subjectKey = ({ id, name, details }: Pick<Happening, 'id' | 'name' | 'details'>): string =>
  id !== null ? `#${id}` : name !== null ? `@${name}` : typeof details?.path === 'string' ? details.path : '';

const ruleOf = (config: AlertConfig, open: Open): AlertRule | undefined =>
  config.rules.find((rule) => rule.key === open.rule);

/** What time alone brings about. */
function advance(draft: Draft, config: AlertConfig, now: number): void {
  for (const [key, open] of draft.open) {
    const rule = ruleOf(config, open);
    if (rule === undefined) continue;
    const { condition } = rule;
    if (open.alert === null) {
      if (condition.how !== 'counted' && now - open.sinceAt >= condition.forMs) draft.raise(key, open, rule, now);
      else if (condition.how === 'counted' && now - (open.times.at(-1) ?? 0) > condition.withinMs)
        draft.open.delete(key);
      continue;
    }
    if (condition.how !== 'lasting' && open.calmAt !== null && now - open.calmAt >= condition.clearAfterMs) {
      draft.end(key, `well again for ${duration(condition.clearAfterMs)}`, now);
      continue;
    }
    if (config.remindMs === null || now - open.toldAt < config.remindMs) continue;
    draft.open.set(key, { ...open, toldAt: now });
    draft.changes.push({ what: 'reminder', alert: open.alert });
  }
}

export function onTime(alerts: Alerts, config: AlertConfig, now: number): Step {
  const draft = new Draft(alerts);
  advance(draft, config, now);
  return draft.done();
}

/** When `onTime` has something to do next; null: never. */
export function deadlineOf(alerts: Alerts, config: AlertConfig): number | null {
  let first: number | null = null;
  const consider = (at: number): void => {
    first = first === null ? at : Math.min(first, at);
  };
  for (const open of Object.values(alerts.open)) {
    const condition = ruleOf(config, open)?.condition;
    if (condition === undefined) continue;
    if (open.alert === null) {
      if (condition.how === 'counted') consider((open.times.at(-1) ?? 0) + condition.withinMs + 1);
      else consider(open.sinceAt + condition.forMs);
      continue;
    }
    if (condition.how !== 'lasting' && open.calmAt !== null) consider(open.calmAt + condition.clearAfterMs);
    if (config.remindMs !== null) consider(open.toldAt + config.remindMs);
  }
  return first;
}

/** Takes in an event, once: one that was taken in before changes nothing. */
export function onEvent(alerts: Alerts, config: AlertConfig, event: Happening): Step {
  if (event.number <= alerts.lastEvent) return { alerts, changes: [] };
  return onSeen({ ...alerts, lastEvent: event.number }, config, event);
}

/** Takes in what was found to be so, whatever its number. */
export function onSeen(alerts: Alerts, config: AlertConfig, event: Happening): Step {
  const draft = new Draft(alerts);
  advance(draft, config, event.at);
  for (const rule of config.rules) {
    const meaning = meaningOf(rule, event);
    if (meaning === null) continue;
    for (const key of keysOf(draft, rule, event, meaning)) take(draft, key, rule, event, meaning);
  }
  return draft.done();
}

/** A word about the home as a whole ends what is said of its parts. */
function keysOf(draft: Draft, rule: AlertRule, event: Happening, meaning: Meaning): readonly string[] {
  const subject = subjectKey(event);
  if (subject !== '' || meaning === 'on') return [`${rule.key} ${subject}`];
  return [...draft.open].filter(([, open]) => open.rule === rule.key).map(([key]) => key);
}

function take(draft: Draft, key: string, rule: AlertRule, event: Happening, meaning: Meaning): void {
  const open = draft.open.get(key);
  switch (meaning) {
    case 'on':
      if (!isMeant(rule, event.name)) return;
      if (rule.condition.how === 'counted') count(draft, key, rule, rule.condition, event);
      else if (open === undefined) begin(draft, key, rule, event);
      return;
    case 'off':
      draft.end(key, event.reason === '' ? event.kind : `${event.kind}: ${event.reason}`, event.at);
      return;
    case 'calm':
      if (open !== undefined && open.calmAt === null) draft.open.set(key, { ...open, calmAt: event.at });
  }
}

const opened = (rule: AlertRule, { id, name, reason, at }: Happening): Open => ({
  rule: rule.key,
  id,
  name,
  reason,
  sinceAt: at,
  times: [],
  calmAt: null,
  alert: null,
  toldAt: at,
});

function begin(draft: Draft, key: string, rule: AlertRule, event: Happening): void {
  const open = opened(rule, event);
  if (rule.condition.how === 'lasting' && rule.condition.forMs === 0) draft.raise(key, open, rule, event.at);
  else draft.set(key, open);
}

function count(
  draft: Draft,
  key: string,
  rule: AlertRule,
  { count: wanted, withinMs }: { readonly count: number; readonly withinMs: number },
  event: Happening,
): void {
  const before = draft.open.get(key) ?? opened(rule, event);
  const times = [...before.times.filter((at) => event.at - at <= withinMs), event.at].slice(-wanted);
  const calmFrom = RULES[rule.kind].events?.calmFrom ?? [];
  const calmAt = calmFrom.length === 0 ? event.at : null;
  const often = wanted > 1 ? `ended ${wanted} times within ${duration(event.at - (times[0] ?? event.at))}; last: ` : '';
  if (before.alert !== null) draft.set(key, { ...before, times, calmAt });
  else if (times.length >= wanted)
    draft.raise(key, { ...before, times, calmAt, reason: `${often}${event.reason}` }, rule, event.at);
  else draft.set(key, { ...before, times, calmAt });
}

/** Takes in the newest figures of all processes that run; one that is missing does not run. */
export function onFigures(alerts: Alerts, config: AlertConfig, figures: readonly Figures[], now: number): Step {
  const draft = new Draft(alerts);
  for (const rule of config.rules) {
    const { condition } = rule;
    if (condition.how !== 'measured') continue;
    const above = new Set<string>();
    for (const one of figures) {
      if (!isMeant(rule, one.name)) continue;
      const value = figureOf(one, condition);
      if (value === null || value <= condition.above) continue;
      const key = `${rule.key} #${one.id}`;
      above.add(key);
      const reason = aboveLine(condition.measure, value, condition.above, condition.forMs);
      const before = draft.open.get(key);
      if (before === undefined) draft.set(key, { ...opened(rule, { ...one, number: 0, kind: '', reason, at: now }) });
      else draft.open.set(key, { ...before, calmAt: null, ...(before.alert === null ? { reason } : {}) });
    }
    for (const [key, open] of draft.open) {
      if (open.rule !== rule.key || above.has(key)) continue;
      if (open.alert === null) draft.open.delete(key);
      else if (open.calmAt === null) draft.open.set(key, { ...open, calmAt: now });
    }
  }
  advance(draft, config, now);
  return draft.done();
}

function figureOf(figures: Figures, condition: Extract<AlertRule['condition'], { how: 'measured' }>): number | null {
  if (condition.measure !== 'errorShare') return figures[condition.measure];
  const { requestsPerSecond, errorsPerSecond } = figures;
  if (requestsPerSecond === null || requestsPerSecond <= 0) return null;
  if (requestsPerSecond < condition.leastRequestsPerSecond) return null;
  return ((errorsPerSecond ?? 0) / requestsPerSecond) * 100;
}

/** Ends what no rule looks at any more or what is about nothing that is there. */
export function keepOnly(
  alerts: Alerts,
  config: AlertConfig,
  isThere: (subject: { readonly id: number | null; readonly name: string | null }) => boolean,
  now: number,
): Step {
  const draft = new Draft(alerts);
  for (const [key, open] of draft.open) {
    const rule = ruleOf(config, open);
    if (rule === undefined || !isMeant(rule, open.name)) draft.end(key, 'its rule is gone', now);
    else if (!isThere(open)) draft.end(key, 'it is not there any more', now);
  }
  return draft.done();
}

/** Raised ones first, newest first; then those that are over. */
export function listAlerts(alerts: Alerts): readonly Alert[] {
  const raised = Object.values(alerts.open).flatMap(({ alert }) => alert ?? []);
  return [...raised.sort((a, b) => b.number - a.number), ...alerts.past];
}
