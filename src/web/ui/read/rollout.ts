/**
 * A reload as the numbered events tell it: which process has its successor, which waits for it. Without it a page would show the
 * old processes until the new ones are there, and nothing in between.
 */
import type { EventRecord } from '../../../protocol/control.ts';

export type Phase =
  /** It is to be replaced. */
  | 'waiting'
  /** Its successor was started beside it. */
  | 'starting'
  /** Its successor serves. */
  | 'ready'
  /** It ends. */
  | 'draining'
  | 'replaced'
  | 'failed';

export interface Step {
  readonly id: number;
  readonly phase: Phase;
  readonly reason: string;
  readonly at: number | null;
  /** The old one has ended; where the new one is started after it, that comes first. */
  readonly isOldGone: boolean;
}

export interface Rollout {
  readonly steps: readonly Step[];
  readonly end: { readonly isGood: boolean; readonly reason: string; readonly at: number } | null;
}

export interface Watched {
  readonly name: string;
  readonly ids: readonly number[];
}

const PHASES: Readonly<Record<string, Phase>> = {
  started: 'starting',
  ready: 'ready',
  stopping: 'draining',
  'launch-failed': 'failed',
  errored: 'failed',
};

/** Where a reload is that began after the event `since`. */
export function rolloutOf(events: readonly EventRecord[], { name, ids }: Watched, since: number): Rollout {
  const steps = new Map<number, Step>(
    ids.map((id) => [id, { id, phase: 'waiting', reason: '', at: null, isOldGone: false }]),
  );
  let end: Rollout['end'] = null;
  for (const event of events) {
    if (event.number <= since || event.name !== name) continue;
    if (event.id === null) {
      if (event.kind === 'reloaded' || event.kind === 'reload-failed')
        end = { isGood: event.kind === 'reloaded', reason: event.reason, at: event.at };
      continue;
    }
    const before = steps.get(event.id);
    if (before === undefined) continue;
    const phase = nextPhase(before, event.kind);
    if (phase === null) continue;
    const isOldGone = before.isOldGone || phase === 'replaced';
    steps.set(event.id, { id: event.id, phase, reason: event.reason, at: event.at, isOldGone });
  }
  return { steps: [...steps.values()], end };
}

/** null: it says nothing of a reload. */
function nextPhase({ phase, isOldGone }: Step, kind: string): Phase | null {
  if (kind === 'stopped' || kind === 'exited')
    return phase === 'draining' ? 'replaced' : phase === 'starting' ? 'failed' : null;
  if (kind === 'ready' && isOldGone) return 'replaced';
  return PHASES[kind] ?? null;
}

/** A reload of which nothing was heard for so long is over, though its end was not told. */
const FORGOTTEN_MS = 10 * 60_000;

/**
 * The number of the event before a reload that seems to be going on: it was told, or a process was started beside one that
 * runs (older daemons tell no more), and neither `reloaded` nor `reload-failed` has come since. null: none.
 */
export function runningSince(events: readonly EventRecord[], { name, ids }: Watched, now: number): number | null {
  const meant = new Set(ids);
  const up = new Set<number>();
  let begun: number | null = null;
  let heardAt = 0;
  for (const event of events) {
    if (event.name !== name) continue;
    heardAt = event.at;
    if (event.kind === 'reloaded' || event.kind === 'reload-failed') begun = null;
    if (event.kind === 'reload-begun' || event.kind === 'reload-resumed') begun = event.number - 1;
    if (event.id === null || !meant.has(event.id)) continue;
    if (event.kind === 'started' && up.has(event.id) && begun === null) begun = event.number - 1;
    if (event.kind === 'ready' || event.kind === 'adopted') up.add(event.id);
    // What is replaced ends while its successor is up.
    if ((event.kind === 'exited' || event.kind === 'stopped') && begun === null) up.delete(event.id);
  }
  return now - heardAt < FORGOTTEN_MS ? begun : null;
}
