/**
 * What a key does to the screen, as a function of both. Without it the meaning of keys would be spread over the parts of the
 * screen, and two parts would take the same key.
 */
import { COLUMNS, type Sort } from './columns.ts';
import { helpHeight, type Key } from './keys.ts';
import { countMatches, endOf, findEntry } from './log-buffer.ts';
import { emptyPanes, layoutOf, type Mode, type Order, rowsOf, type ScreenState, selectedOf, settled } from './model.ts';
import { orderFor, wholeApp } from './orders.ts';
import { pressInPane, scrolledText } from './press-pane.ts';

/** What the screen cannot do by itself. */
export type Wish =
  | { readonly kind: 'end' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'carry-out'; readonly order: Order };

export interface Pressed {
  readonly state: ScreenState;
  readonly wish: Wish | null;
}

const BROWSE: Mode = { kind: 'browse' };
const LONGEST_INPUT = 200;

const to = (state: ScreenState, wish: Wish | null = null): Pressed => ({ state: settled(state), wish });

export function press(state: ScreenState, key: Key): Pressed {
  const pressed = pressIn(state, key);
  // Whoever shows the screen fills the panes of the other process.
  return pressed.state.selected === state.selected
    ? pressed
    : { ...pressed, state: { ...pressed.state, ...emptyPanes(pressed.state) } };
}

function pressIn(state: ScreenState, key: Key): Pressed {
  if (key === 'ctrl-c') return to(state, { kind: 'end' });
  if (key === 'ctrl-z') return to(state, { kind: 'suspend' });
  if (key === 'ctrl-l') return to(state, { kind: 'redraw' });
  const { mode } = state;
  switch (mode.kind) {
    case 'browse':
      return pressBrowsing(state, key);
    case 'filter':
      return pressFilter(state, mode, key);
    case 'search':
      return pressSearch(state, mode, key);
    case 'scale':
      return pressScale(state, mode, key);
    case 'confirm':
      return pressConfirm(state, mode, key);
    case 'help':
    case 'message': {
      const room = Math.max(1, state.rows - 2);
      const last = Math.max(0, (mode.kind === 'help' ? helpHeight() : mode.lines.length + 1) - room);
      const top = scrolledText(mode.top, key, room);
      if (top !== null) return to({ ...state, mode: { ...mode, top: Math.min(top, last) } });
      return to({ ...state, mode: BROWSE });
    }
  }
}

/** A line of input after a key; null: the key is none of a text. */
function edited(text: string, key: Key): string | null {
  if (key === 'backspace' || key === 'delete') return [...text].slice(0, -1).join('');
  if (key === 'ctrl-u') return '';
  return [...key].length === 1 && text.length < LONGEST_INPUT ? text + key : null;
}

function pressFilter(state: ScreenState, { before }: { readonly before: string }, key: Key): Pressed {
  if (key === 'enter') return to({ ...state, mode: BROWSE });
  if (key === 'escape') return to({ ...state, filter: before, mode: BROWSE });
  // The rows that are found can be walked while it is typed.
  if (key === 'up' || key === 'down') return to(moved(state, key));
  const filter = edited(state.filter, key);
  return to(filter === null ? state : { ...state, filter });
}

function pressSearch(state: ScreenState, { before }: { readonly before: string }, key: Key): Pressed {
  const { log } = state;
  if (key === 'escape') return to({ ...state, log: { ...log, search: before, match: null }, mode: BROWSE });
  if (key === 'enter') {
    const match = findEntry(log.buffer, log.search, log.bottom ?? endOf(log.buffer) - 1, -1);
    const count = countMatches(log.buffer, log.search);
    const result =
      log.search === ''
        ? null
        : match === null
          ? { text: `no line of the log has "${log.search}"`, isFailure: true }
          : {
              text: `${count} ${count === 1 ? 'line has' : 'lines have'} "${log.search}"; n older, N newer`,
              isFailure: false,
            };
    return to({ ...state, log: { ...log, match, bottom: match ?? log.bottom }, result, mode: BROWSE });
  }
  const search = edited(log.search, key);
  return to(search === null ? state : { ...state, log: { ...log, search, match: null } });
}

function pressScale(state: ScreenState, mode: Extract<Mode, { kind: 'scale' }>, key: Key): Pressed {
  if (key === 'escape') return to({ ...state, mode: BROWSE });
  if (key !== 'enter') {
    const text = edited(mode.text, key);
    return to(text === null || !/^[+-]?\d{0,5}$/.test(text) ? state : { ...state, mode: { ...mode, text } });
  }
  const view = state.instances.find(({ id }) => id === mode.id);
  if (view === undefined || !/\d/.test(mode.text)) return to({ ...state, mode: BROWSE });
  return to({
    ...state,
    mode: { kind: 'confirm', order: orderFor(state.instances, 'scale', view, mode.text), whole: null },
  });
}

function pressConfirm(state: ScreenState, { order, whole }: Extract<Mode, { kind: 'confirm' }>, key: Key): Pressed {
  if (key === 'y' || key === 'Y') return to({ ...state, mode: BROWSE }, { kind: 'carry-out', order });
  if ((key === 'a' || key === 'A') && whole !== null)
    return to({ ...state, mode: BROWSE }, { kind: 'carry-out', order: whole });
  if (key === 'n' || key === 'N' || key === 'escape' || key === 'q' || key === 'enter')
    return to({ ...state, mode: BROWSE, result: { text: 'nothing done', isFailure: false } });
  return to(state);
}

const VERBS: Readonly<Record<Key, Exclude<Order['verb'], 'scale'>>> = {
  r: 'restart',
  R: 'reload',
  s: 'stop',
  S: 'start',
};
const SORTS: Readonly<Record<Key, Sort>> = {
  P: { key: 'cpu', descends: true },
  M: { key: 'memory', descends: true },
  T: { key: 'uptime', descends: true },
  N: { key: 'name', descends: false },
};
const PANES = { l: 'log', g: 'graphs', d: 'details' } as const;

function pressBrowsing(state: ScreenState, key: Key): Pressed {
  if (state.focus === 'pane' && state.pane !== null) {
    const inPane = pressInPane(state, key);
    if (inPane !== null) return to(inPane);
  }
  if (key === 'q') return to(state, { kind: 'end' });
  if (key === 'escape') return pressEscape(state);
  if (key === '?') return to({ ...state, mode: { kind: 'help', top: 0 } });
  if (key === '/') return to({ ...state, mode: { kind: 'filter', before: state.filter } });
  if (key === 'l' || key === 'g' || key === 'd') return to(withPane(state, PANES[key]));
  if ((key === 'tab' || key === 'backtab' || key === 'enter') && state.pane !== null)
    return to({ ...state, focus: state.focus === 'table' ? 'pane' : 'table' });
  if (key === 'z') return to({ ...state, isZoomed: !state.isZoomed });
  if (key === 'o') return to({ ...state, sort: { ...state.sort, descends: !state.sort.descends } });
  if (key === '<' || key === '>') return to({ ...state, sort: neighbourSort(state.sort, key === '<' ? -1 : 1) });
  const sort = SORTS[key];
  if (sort !== undefined) return to({ ...state, sort });
  const verb = VERBS[key];
  const view = selectedOf(state);
  if (view !== undefined && verb !== undefined) {
    const order = orderFor(state.instances, verb, view);
    return to({ ...state, mode: { kind: 'confirm', order, whole: wholeApp(state.instances, verb, view) } });
  }
  if (view !== undefined && key === 'c') return to({ ...state, mode: { kind: 'scale', id: view.id, text: '' } });
  return to(moved(state, key));
}

/** One thing back at a time; with nothing left to go back to it ends, as q does. */
function pressEscape(state: ScreenState): Pressed {
  if (state.filter !== '') return to({ ...state, filter: '' });
  if (state.focus === 'pane' || state.isZoomed) return to({ ...state, focus: 'table', isZoomed: false });
  return to(state, { kind: 'end' });
}

function withPane(state: ScreenState, pane: NonNullable<ScreenState['pane']>): ScreenState {
  if (state.pane === pane) return { ...state, pane: null, focus: 'table', isZoomed: false };
  const opened: ScreenState = { ...state, pane };
  // Where there is no room for both, what was asked for is shown.
  return layoutOf(opened).paneRows === null ? { ...opened, focus: 'pane' } : opened;
}

/** By the columns in their order, round at the ends. */
function neighbourSort({ key }: Sort, step: number): Sort {
  const at = COLUMNS.findIndex((column) => column.key === key);
  const next = COLUMNS[(at + step + COLUMNS.length) % COLUMNS.length];
  return next === undefined ? { key, descends: false } : { key: next.key, descends: next.descendsFirst };
}

/** Another row chosen. */
function moved(state: ScreenState, key: Key): ScreenState {
  const rows = rowsOf(state);
  const at = rows.findIndex(({ id }) => id === state.selected);
  const page = Math.max(1, layoutOf(state).tableRows - 1);
  const steps: Readonly<Record<Key, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -page,
    'ctrl-b': -page,
    pagedown: page,
    'ctrl-f': page,
    home: -rows.length,
    end: rows.length,
  };
  const step = steps[key];
  if (step === undefined) return state;
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (next === undefined || next.id === state.selected) return state;
  return { ...state, selected: next.id, result: null };
}
