/**
 * The stream of what happens: the list, the events, and whether anybody answers. Without one line for all parts of the page each
 * would open its own, and browsers allow six to a server.
 */

import type { EventRecord } from '../../protocol/control.ts';
import type { EventsPage, Overview, StreamEvents } from '../api.ts';
import { ask, isRefused } from './ask.ts';
import { HIDDEN_MS } from './parts/rested.ts';
import { Store } from './store.ts';

export type Connection = 'connecting' | 'live' | 'lost';

const EVENTS_KEPT = 1000;
/** Of a curve in the list: two minutes, at one a second. */
const POINTS_KEPT = 120;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

export interface Daemon {
  readonly isUp: boolean;
  readonly why: string | null;
}

export const connection = new Store<Connection>('connecting');
export const overview = new Store<Overview | null>(null);
export const daemon = new Store<Daemon>({ isUp: true, why: null });
/** Oldest first. */
export const events = new Store<readonly EventRecord[]>([]);

/** CPU of the last minutes by process, for the curves in the list. */
export const curves = new Map<number, number[]>();

let source: EventSource | null = null;
let waitMs = FIRST_WAIT_MS;

function takeOverview(view: Overview): void {
  const seen = new Set<number>();
  for (const { id, cpuPercent } of view.instances) {
    seen.add(id);
    const curve = curves.get(id) ?? [];
    curve.push(cpuPercent);
    if (curve.length > POINTS_KEPT) curve.shift();
    curves.set(id, curve);
  }
  for (const id of curves.keys()) if (!seen.has(id)) curves.delete(id);
  if (view.daemon !== null) daemon.set({ isUp: true, why: null });
  else if (daemon.value.isUp) daemon.set({ isUp: false, why: null });
  overview.set(view);
}

/** The stream and the answer to what was before may come in either order. */
function takeEvents(fresh: readonly EventRecord[]): void {
  const seen = new Set(events.value.map(({ number }) => number));
  const unseen = fresh.filter(({ number }) => !seen.has(number));
  if (unseen.length === 0) return;
  events.set([...events.value, ...unseen].sort((a, b) => a.number - b.number).slice(-EVENTS_KEPT));
}

/** What happened before the page was opened, or while its line was broken. */
async function catchUp(): Promise<void> {
  const last = events.value.at(-1)?.number;
  try {
    takeEvents((await ask<EventsPage>(`/api/events${last === undefined ? '' : `?after=${last}`}`)).events);
  } catch {
    // The stream tells of the failure.
  }
}

function listen<K extends keyof StreamEvents>(
  from: EventSource,
  kind: K,
  take: (value: StreamEvents[K]) => void,
): void {
  from.addEventListener(kind, (event) => take(JSON.parse((event as MessageEvent<string>).data) as StreamEvents[K]));
}

let hiding: ReturnType<typeof setTimeout> | null = null;

/** Begins to listen, as long as somebody looks. */
export function begin(): void {
  document.addEventListener('visibilitychange', () => {
    if (hiding !== null) clearTimeout(hiding);
    hiding = document.hidden ? setTimeout(rest, HIDDEN_MS) : null;
    if (!document.hidden && source === null && !isRefused.value) connect();
  });
  connect();
}

function rest(): void {
  source?.close();
  source = null;
}

function connect(): void {
  source?.close();
  const last = events.value.at(-1)?.number;
  const fresh = new EventSource(`/api/stream${last === undefined ? '' : `?after=${last}`}`);
  source = fresh;
  fresh.addEventListener('open', () => {
    waitMs = FIRST_WAIT_MS;
    connection.set('live');
    void catchUp();
  });
  listen(fresh, 'overview', takeOverview);
  listen(fresh, 'event', (event) => takeEvents([event]));
  listen(fresh, 'daemon', (state) => daemon.set(state));
  fresh.addEventListener('error', () => {
    if (fresh !== source) return;
    connection.set('lost');
    rest();
    void again();
  });
}

/** A stream cannot say why it was refused: a question can. */
async function again(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  try {
    takeOverview(await ask<Overview>('/api/overview'));
  } catch {
    if (!isRefused.value) return again();
    return;
  }
  connect();
}
