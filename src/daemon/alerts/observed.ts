/**
 * What alerts read from the daemon besides its events: the figures of processes, and the state in which each is found. Without
 * the second an app that had been given up before alerts were turned on would never be told of.
 */

import type { Happening } from '../../core/alerts/rules.ts';
import type { Figures } from '../../core/alerts/state.ts';
import type { EventKind } from '../../core/events.ts';
import type { State } from '../../core/instance.ts';
import type { Daemon } from '../daemon.ts';
import type { Values } from '../observation/observation.ts';

export function figuresOf(values: readonly Values[]): readonly Figures[] {
  return values.map(({ runner, cpuPercent, memoryBytes, load }) => ({
    id: runner.slot.id,
    name: runner.spec.name,
    memoryBytes,
    cpuPercent,
    loopDelayP99Ms: load?.loopDelayP99Ms ?? null,
    requestP99Ms: load?.requestP99Ms ?? null,
    requestsPerSecond: load?.requestsPerSecond ?? null,
    errorsPerSecond: load?.errorsPerSecond ?? null,
  }));
}

/** As the events would have told it. */
export function seenStates(daemon: Daemon): readonly Happening[] {
  const at = daemon.clock.now();
  return daemon.registry.runners.flatMap(({ slot, spec, instance: { state } }) => {
    const seen = asEvent(state);
    return seen === null ? [] : [{ ...seen, number: 0, at, id: slot.id, name: spec.name }];
  });
}

function asEvent(state: State): { readonly kind: EventKind; readonly reason: string } | null {
  switch (state.kind) {
    case 'failed':
      return { kind: 'errored', reason: state.reason };
    case 'down':
      return { kind: 'stopped', reason: state.reason };
    case 'ready':
      if (state.unready !== undefined) return { kind: 'unready', reason: state.unready };
      return state.how === 'late'
        ? { kind: 'not-ready', reason: 'it was not ready in time' }
        : { kind: 'ready', reason: 'found so' };
    default:
      return null;
  }
}
