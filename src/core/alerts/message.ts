/**
 * What a destination is sent: the generic form for programs, and the same in lines for people. Without a version in it, and
 * one place that makes it, a receiver could not tell which fields it may rely on.
 */
import { SEVERITIES, type Severity } from './config.ts';
import type { Item, Message } from './outbox.ts';
import type { Alert } from './state.ts';
import { duration, subjectOf } from './words.ts';

/** Raised when a field changes its meaning or goes; a new field does not raise it. */
const MESSAGE_VERSION = 1;
/** Lines of a message for people; the others are counted. */
const MOST_LINES = 15;
const LONGEST_REASON = 400;

/** Whose alerts they are. */
export interface Source {
  readonly host: string;
  /** Folder of the home. */
  readonly home: string;
  /** Version of Upkeep. */
  readonly version: string;
}

/** The body of a generic webhook, and what a command gets on stdin. */
export interface GenericMessage {
  readonly version: typeof MESSAGE_VERSION;
  readonly source: Source;
  /** Name of the destination in the config. */
  readonly destination: string;
  /** Number of the message to this destination; the same again after a failure. */
  readonly message: number;
  readonly sentAt: string;
  /** One line. */
  readonly summary: string;
  readonly alerts: readonly GenericAlert[];
}

export interface GenericAlert {
  /** `test`: there is no alert, somebody tries the destination. */
  readonly state: 'raised' | 'cleared' | 'reminder' | 'test';
  /** The same in `raised`, `reminder` and `cleared`. */
  readonly number: number;
  readonly rule: string;
  readonly severity: Severity;
  readonly app: string | null;
  /** Of the process; null: it is about the app, or the home. */
  readonly id: number | null;
  readonly reason: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
  /** Why it is over; null: it is not. */
  readonly ended: string | null;
}

const iso = (at: number): string => new Date(at).toISOString();

const shortened = (text: string): string =>
  text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON - 1)}…` : text;

export function genericMessage(message: Message, destination: string, source: Source): GenericMessage {
  return {
    version: MESSAGE_VERSION,
    source,
    destination,
    message: message.number,
    sentAt: iso(message.at),
    summary: summaryOf(message, source),
    alerts: message.items.map(({ what, alert }) => ({
      state: what,
      number: alert.number,
      rule: alert.rule,
      severity: alert.severity,
      app: alert.name,
      id: alert.id,
      reason: alert.reason,
      raisedAt: iso(alert.raisedAt),
      clearedAt: alert.clearedAt === null ? null : iso(alert.clearedAt),
      ended: alert.ended,
    })),
  };
}

const WORDS: Readonly<Record<Item['what'], string>> = {
  raised: 'raised',
  cleared: 'over',
  reminder: 'still raised',
  test: 'test',
};

/** `api (0): errored: …`, without a line break. */
export function lineOf({ what, alert }: Item): string {
  const subject = subjectOf(alert);
  if (what === 'test') return oneLine(alert.reason);
  if (what !== 'cleared') return oneLine(`${subject}: ${alert.rule}: ${shortened(alert.reason)}`);
  const after = duration((alert.clearedAt ?? alert.raisedAt) - alert.raisedAt);
  return oneLine(`${subject}: ${alert.rule} is over after ${after}: ${shortened(alert.ended ?? '')}`);
}

/** A reason may hold whatever a program has printed. */
const oneLine = (text: string): string => text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();

/** What the line of one alert leaves out. */
export function detailOf({ alert }: Item): string {
  const { number, severity, raisedAt, clearedAt } = alert;
  const until = clearedAt === null ? '' : `, over ${iso(clearedAt)}`;
  return `${severity} · raised ${iso(raisedAt)}${until} · alert ${number}`;
}

/** What the whole message says in one line. */
export function summaryOf({ items }: Message, { host }: Source): string {
  const first = items[0];
  if (items.length === 1 && first !== undefined) return `[${host}] ${lineOf(first)}`;
  const counts = (['raised', 'reminder', 'cleared', 'test'] as const).flatMap((what) => {
    const count = items.filter((item) => item.what === what).length;
    return count === 0 ? [] : [`${count} ${WORDS[what]}`];
  });
  return `[${host}] ${items.length} alerts: ${counts.join(', ')}`;
}

/** At most `most` items, and how many more there are. */
export function named(
  items: readonly Item[],
  most = MOST_LINES,
): { readonly shown: readonly Item[]; readonly more: number } {
  return { shown: items.slice(0, most), more: Math.max(0, items.length - most) };
}

/** The gravest of what is not over; null: all is. */
export function gravest(items: readonly Item[]): Severity | null {
  const raised = items
    .filter(({ what }) => what === 'raised' || what === 'reminder')
    .map(({ alert }) => alert.severity);
  return SEVERITIES.findLast((severity) => raised.includes(severity)) ?? null;
}

/** The alert that a test sends. */
export const testAlert = (at: number): Alert => ({
  number: 0,
  rule: 'daemon',
  severity: 'info',
  id: null,
  name: null,
  raisedAt: at,
  clearedAt: null,
  reason: 'This is a test of an alert destination: nothing has happened.',
  ended: null,
});
