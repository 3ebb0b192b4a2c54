/**
 * What an app has told of itself in its present life: metrics, actions that it offers, settings. It is bounded and keeps no
 * name as a key of an object, for an app may send anything, and as much of it as it likes.
 */

/** More than these are counted, not kept. */
const MOST_METRICS = 200;
const MOST_ACTIONS = 200;
const MOST_SETTINGS = 100;
const LONGEST_NAME = 200;
/** Of a value as JSON. */
const LONGEST_METRIC = 1_000;
const LONGEST_ACTION = 10_000;
const LONGEST_SETTING = 20_000;

/** A measurement of the app's own: `value` and what the app says of it, such as its unit. */
export type Metric = Readonly<Record<string, unknown>> & { readonly value: unknown };

export interface OfferedAction {
  readonly name: string;
  /** As the app calls it: `custom`, `internal`, `scoped`. */
  readonly type: string;
  /** How many arguments its function takes; null: unknown. */
  readonly arity: number | null;
  readonly options: unknown;
}

export interface InApp {
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly actions: ReadonlyMap<string, OfferedAction>;
  readonly settings: ReadonlyMap<string, unknown>;
  /** What was not kept for want of room. */
  readonly dropped: number;
}

export const NOTHING_SAID: InApp = { metrics: new Map(), actions: new Map(), settings: new Map(), dropped: 0 };

const fits = (value: unknown, longest: number): boolean => (JSON.stringify(value)?.length ?? 0) <= longest;

interface Room {
  readonly most: number;
  readonly longest: number;
}

/** New entries take the place of old ones of the same name. @returns how many were dropped */
function put<T>(into: Map<string, T>, entries: Iterable<readonly [string, T]>, { most, longest }: Room): number {
  let dropped = 0;
  for (const [name, value] of entries) {
    const hasRoom = into.has(name) || into.size < most;
    if (hasRoom && name.length <= LONGEST_NAME && fits(value, longest)) into.set(name, value);
    else dropped++;
  }
  return dropped;
}

export function withMetrics(inApp: InApp, metrics: Iterable<readonly [string, Metric]>): InApp {
  const merged = new Map(inApp.metrics);
  const dropped = put(merged, metrics, { most: MOST_METRICS, longest: LONGEST_METRIC });
  return { ...inApp, metrics: merged, dropped: inApp.dropped + dropped };
}

/** An action that is offered again stays as it was, in its place. */
export function withAction(inApp: InApp, action: OfferedAction): InApp {
  if (inApp.actions.has(action.name)) return inApp;
  const actions = new Map(inApp.actions);
  const dropped = put(actions, [[action.name, action]], { most: MOST_ACTIONS, longest: LONGEST_ACTION });
  return { ...inApp, actions, dropped: inApp.dropped + dropped };
}

export function withSettings(inApp: InApp, settings: Iterable<readonly [string, unknown]>): InApp {
  const merged = new Map(inApp.settings);
  const dropped = put(merged, settings, { most: MOST_SETTINGS, longest: LONGEST_SETTING });
  return { ...inApp, settings: merged, dropped: inApp.dropped + dropped };
}
