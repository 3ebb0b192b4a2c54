/**
 * What waits for one destination: gathered into messages, tried again with growing waits, never more often than allowed.
 * A message that was composed stays as it is until it was taken, so that who got it twice can see that by its number.
 */
import { type Destination, isAtLeast } from './config.ts';
import { isMeant } from './patterns.ts';
import type { Alert, Change } from './state.ts';

/** More do not wait: the oldest go, and are counted. */
const MOST_WAITING = 1_000;
/** Told in one message; the others wait for the next. */
export const MOST_IN_MESSAGE = 100;
/** What was not taken for so long is dropped. */
export const GIVE_UP_MS = 86_400_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
/** A receiver may ask to be left alone, but not for longer. */
export const LONGEST_PATIENCE_MS = 3_600_000;

export interface Item {
  readonly what: 'raised' | 'cleared' | 'reminder' | 'test';
  readonly alert: Alert;
  readonly at: number;
}

export interface Message {
  /** Grows by one with each message to this destination. */
  readonly number: number;
  readonly at: number;
  readonly items: readonly Item[];
}

export interface Outbox {
  readonly nextNumber: number;
  readonly waiting: readonly Item[];
  /** Composed, and not taken yet. */
  readonly message: Message | null;
  /** Failures in a row. */
  readonly failures: number;
  readonly lastError: string | null;
  readonly retryAt: number | null;
  /** Of messages that were taken, within the time of the rate. */
  readonly sentAt: readonly number[];
  /** How many were dropped since the beginning. */
  readonly dropped: number;
}

export const EMPTY_OUTBOX: Outbox = {
  nextNumber: 1,
  waiting: [],
  message: null,
  failures: 0,
  lastError: null,
  retryAt: null,
  sentAt: [],
  dropped: 0,
};

/** Whether the destination wants to know of it. */
export function isWanted(destination: Destination, { what, alert }: Change): boolean {
  if (what === 'cleared' && !destination.recovery) return false;
  if (!isAtLeast(alert.severity, destination.severity)) return false;
  if (destination.rules !== null && !destination.rules.includes(alert.rule)) return false;
  return isMeant(destination, alert.name);
}

/** What was raised and is over before anybody was told is told in one. */
export function put(outbox: Outbox, change: Change, at: number): Outbox {
  const item: Item = { ...change, at };
  const others =
    change.what === 'raised'
      ? outbox.waiting
      : outbox.waiting.filter(({ alert }) => alert.number !== change.alert.number);
  const waiting = [...others, item];
  const surplus = Math.max(0, waiting.length - MOST_WAITING);
  return { ...outbox, waiting: waiting.slice(surplus), dropped: outbox.dropped + surplus };
}

/** When the next attempt is due; null: nothing waits. What lies too far ahead was written before the clock was set back. */
export function dueAt(outbox: Outbox, { atMost, perMs }: Destination, groupMs: number, now: number): number | null {
  if (outbox.message !== null) return Math.min(outbox.retryAt ?? now, now + LONGEST_PATIENCE_MS);
  const first = outbox.waiting[0];
  if (first === undefined) return null;
  const recent = outbox.sentAt.filter((at) => at <= now).slice(-atMost);
  const freeAt = recent.length < atMost ? 0 : (recent[0] ?? 0) + perMs;
  return Math.max(Math.min(first.at, now) + groupMs, freeAt);
}

/** Makes a message of all that waits, unless one is on its way already. */
export function compose(outbox: Outbox, now: number): Outbox {
  if (outbox.message !== null || outbox.waiting.length === 0) return outbox;
  const { waiting, nextNumber } = outbox;
  // What is raised now matters more than what is over.
  const byWeight = [
    ...waiting.filter(({ what }) => what !== 'cleared'),
    ...waiting.filter(({ what }) => what === 'cleared'),
  ];
  const message = { number: nextNumber, at: now, items: byWeight.slice(0, MOST_IN_MESSAGE) };
  return { ...outbox, nextNumber: nextNumber + 1, waiting: byWeight.slice(MOST_IN_MESSAGE), message };
}

export function taken(outbox: Outbox, { perMs }: Destination, now: number): Outbox {
  const sentAt = [...outbox.sentAt.filter((at) => now - at < perMs), now];
  return { ...outbox, message: null, failures: 0, lastError: null, retryAt: null, sentAt };
}

/** @param afterMs the least wait that the destination asks for; null: it says nothing */
export function failed(outbox: Outbox, error: string, now: number, afterMs: number | null): Outbox {
  const { message } = outbox;
  if (message === null) return outbox;
  if (now - message.at >= GIVE_UP_MS) {
    const dropped = outbox.dropped + message.items.length;
    return { ...outbox, message: null, retryAt: null, lastError: error, dropped };
  }
  const failures = outbox.failures + 1;
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
  return { ...outbox, failures, lastError: error, retryAt: now + Math.max(waitMs, afterMs ?? 0) };
}
