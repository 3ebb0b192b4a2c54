/**
 * Events that are put together from what several parts know: notes of the log thread, changed configs, a predecessor that
 * left no word. Without one place for them each part would word them in its own way, and some would be told twice.
 */

import type { EventKind } from '../core/events.ts';
import { configChanges } from '../core/spec-differences.ts';
import type { AppSpec } from '../core/terms.ts';
import type { Note } from '../logs/pump-messages.ts';
import type { EventRecord } from '../protocol/control.ts';
import type { Daemon } from './daemon.ts';

/** Names beyond this are counted. */
const MOST_KEYS_NAMED = 12;

/** What of the log thread's notes is an event; the rest stands in the daemon's log only. */
const LOG_EVENTS: Readonly<Partial<Record<Note['kind'], EventKind>>> = {
  'disk-recovered': 'log-recovered',
  'thread-restarted': 'log-thread-restarted',
  'disk-budget': 'disk-budget',
  'disk-budget-exceeded': 'disk-budget-exceeded',
  'disk-budget-held': 'disk-budget-held',
};

export function tellLogNote(daemon: Daemon, { kind, path, text, isLosing, details }: Note): void {
  const event = isLosing === true ? 'log-lost' : LOG_EVENTS[kind];
  if (event === undefined) {
    daemon.note(`${kind}${path === undefined ? '' : ` ${path}`}: ${text}`);
    return;
  }
  const ofPath = path === undefined ? {} : { path };
  const more = { ...ofPath, ...(isLosing === true ? { full: kind === 'disk-full' } : {}), ...details };
  daemon.tell(null, null, null, event, text, Object.keys(more).length === 0 ? undefined : more);
}

/** To be called before `app` gets its new spec. */
export function tellChanges(daemon: Daemon, before: AppSpec, after: AppSpec, generation: number): void {
  // Names only: an event that told values would write secrets into a file that people send around.
  const keys = configChanges(before, after).map(({ key }) => key);
  if (keys.length === 0) return;
  const named = keys.slice(0, MOST_KEYS_NAMED).join(', ');
  const more = keys.length - MOST_KEYS_NAMED;
  const reason = more > 0 ? `${named} and ${more} more` : named;
  daemon.tell(null, after.name, null, 'config-changed', reason, { keys: keys.join(','), generation });
}

const ENDS = new Set(['daemon-ended', 'daemon-updated']);

/** The event of a predecessor's start, if nothing says that it was told to end. */
export function lostPredecessor(events: readonly EventRecord[]): EventRecord | null {
  const last = events.findLast(({ kind }) => kind === 'daemon-started' || ENDS.has(kind));
  return last === undefined || ENDS.has(last.kind) ? null : last;
}
