/**
 * What keys do in the pane that has the focus: scrolling and searching. Kept apart from the other keys, since these mean something
 * else in the table.
 */
import type { Key } from './keys.ts';
import { endOf, findEntry } from './log-buffer.ts';
import { type LogPane, layoutOf, type ScreenState } from './model.ts';

/** Sideways, places at once. */
const SIDE_STEP = 16;

/** How far a text is scrolled after a key; null: the key does not scroll. Its end is for the painter to find. */
export function scrolledText(top: number, key: Key, page: number): number | null {
  const steps: Readonly<Record<Key, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -(page - 1),
    'ctrl-b': -(page - 1),
    pagedown: page - 1,
    'ctrl-f': page - 1,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  const step = steps[key];
  return step === undefined ? null : Math.max(0, top + step);
}

/** null: the key means what it means everywhere. */
export function pressInPane(state: ScreenState, key: Key): ScreenState | null {
  const page = Math.max(2, layoutOf(state).paneRows ?? 2);
  if (state.pane === 'details') {
    const top = scrolledText(state.details.top, key, page);
    // Beyond the last line it would take as many keys to come back.
    const last = Math.max(0, state.details.lines.length - page);
    return top === null ? null : { ...state, details: { ...state.details, top: Math.min(top, last) } };
  }
  if (state.pane === 'graphs') return key === 't' ? { ...state, span: state.span === 'hour' ? 'day' : 'hour' } : null;
  if (key === '/') return { ...state, mode: { kind: 'search', before: state.log.search } };
  const log = pressInLog(state.log, key, page);
  return log === null ? null : { ...state, log, result: log.match === state.log.match ? state.result : null };
}

function pressInLog(log: LogPane, key: Key, page: number): LogPane | null {
  const { buffer, bottom, search } = log;
  const last = endOf(buffer) - 1;
  if (key === 'f' || key === ' ') return { ...log, bottom: bottom === null ? last : null };
  if (key === 'w') return { ...log, wraps: !log.wraps, left: 0 };
  if (key === 'left') return { ...log, left: Math.max(0, log.left - SIDE_STEP) };
  if (key === 'right') return { ...log, left: log.left + SIDE_STEP };
  if (key === 'end') return { ...log, bottom: null };
  if (key === 'n' || key === 'N') {
    if (search === '') return log;
    const step = key === 'n' ? -1 : 1;
    const match = findEntry(buffer, search, log.match === null ? (bottom ?? last) : log.match + step, step);
    return match === null ? log : { ...log, match, bottom: match };
  }
  const top = scrolledText(bottom ?? last, key, page);
  if (top === null) return null;
  // Downwards past the last line means: follow again.
  return top > last
    ? { ...log, bottom: null }
    : { ...log, bottom: Math.max(top, buffer.first + Math.min(page, buffer.entries.length) - 1) };
}
