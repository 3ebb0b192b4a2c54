/**
 * Everything that decides what the screen shows, as plain data. Without it what a key does could only be tested in a terminal.
 */
import type { HostView } from '../../core/host.ts';
import type { InstanceView } from '../../protocol/control.ts';
import type { HistorySpan, HistoryView } from '../../protocol/observation.ts';
import { filterRows, type Sort, sortRows } from './columns.ts';
import { EMPTY_LOG, type LogBuffer } from './log-buffer.ts';

export type PaneKind = 'log' | 'graphs' | 'details';

export type Verb = 'restart' | 'reload' | 'stop' | 'start' | 'scale';

/** Something that is done to processes, once it is confirmed. */
export interface Order {
  readonly verb: Verb;
  readonly ids: readonly number[];
  /** What it is done to, in words: `api (0)`, `all 4 of api`. */
  readonly label: string;
  /** Of `scale`: `4`, `+1`, `-1`. */
  readonly count?: string;
}

/** What the keys mean at the moment. */
export type Mode =
  | { readonly kind: 'browse' }
  /** `before` comes back if it is left by Esc. */
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'search'; readonly before: string }
  | { readonly kind: 'scale'; readonly id: number; readonly text: string }
  /** `whole`: the same for all instances of the app; null: it has only this one. */
  | { readonly kind: 'confirm'; readonly order: Order; readonly whole: Order | null }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'message'; readonly title: string; readonly lines: readonly string[]; readonly top: number };

export interface LogPane {
  readonly buffer: LogBuffer;
  readonly search: string;
  /** Number of the last entry that is shown; null: the newest, whatever comes. */
  readonly bottom: number | null;
  /** Number of the entry that the search stands at. */
  readonly match: number | null;
  /** First place of each line that is shown; without effect while lines are wrapped. */
  readonly left: number;
  readonly wraps: boolean;
}

export interface ScreenState {
  readonly columns: number;
  readonly rows: number;
  readonly instances: readonly InstanceView[];
  readonly host: HostView | null;
  /** When the list was last read, ms since the epoch; null: not yet. */
  readonly readAt: number | null;
  /** Why nothing new comes. */
  readonly problem: string | null;
  readonly selected: number | null;
  /** Row that stands first in the table. */
  readonly top: number;
  readonly sort: Sort;
  readonly filter: string;
  readonly focus: 'table' | 'pane';
  readonly pane: PaneKind | null;
  readonly isZoomed: boolean;
  readonly log: LogPane;
  /** Lines of the details, and how far they are scrolled. */
  readonly details: { readonly lines: readonly string[]; readonly top: number };
  readonly span: HistorySpan;
  /** A history, or why there is none. */
  readonly history: HistoryView | string;
  readonly result: { readonly text: string; readonly isFailure: boolean } | null;
  readonly mode: Mode;
}

const EMPTY_PANE: LogPane = { buffer: EMPTY_LOG, search: '', bottom: null, match: null, left: 0, wraps: false };

export const openState = (start: Pick<ScreenState, 'columns' | 'rows' | 'sort' | 'pane'>): ScreenState => ({
  instances: [],
  host: null,
  readAt: null,
  problem: null,
  selected: null,
  top: 0,
  filter: '',
  focus: 'table',
  isZoomed: false,
  log: EMPTY_PANE,
  details: { lines: [], top: 0 },
  span: 'hour',
  history: 'no history yet',
  result: null,
  mode: { kind: 'browse' },
  ...start,
});

/** What the panes show of another process: nothing of the one before. Search and wrapping stay. */
export const emptyPanes = ({ log }: ScreenState): Pick<ScreenState, 'log' | 'details' | 'history'> => ({
  log: { ...EMPTY_PANE, search: log.search, wraps: log.wraps },
  details: { lines: [], top: 0 },
  history: 'no history yet',
});

export const rowsOf = (state: ScreenState): readonly InstanceView[] =>
  sortRows(filterRows(state.instances, state.filter), state.sort, state.readAt ?? 0);

export const selectedOf = (state: ScreenState): InstanceView | undefined =>
  state.instances.find(({ id }) => id === state.selected);

/** Lines of the screen by what stands in them. */
export interface Layout {
  readonly isTooSmall: boolean;
  /** Without the head; 0: no table. */
  readonly tableRows: number;
  /** Without its title; null: no pane. */
  readonly paneRows: number | null;
}

const LEAST_COLUMNS = 20;
const LEAST_ROWS = 5;
/** With fewer lines than this, table and pane take turns. */
const LEAST_SPLIT_ROWS = 14;
/** Title, foot. */
const FRAME_ROWS = 2;

export function layoutOf(state: ScreenState): Layout {
  const { columns, rows, pane, focus, isZoomed } = state;
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return { isTooSmall: true, tableRows: 0, paneRows: null };
  const room = rows - FRAME_ROWS;
  if (pane === null) return { isTooSmall: false, tableRows: room - 1, paneRows: null };
  if (isZoomed || rows < LEAST_SPLIT_ROWS)
    return focus === 'table'
      ? { isTooSmall: false, tableRows: room - 1, paneRows: null }
      : { isTooSmall: false, tableRows: 0, paneRows: room - 1 };
  // The head of the table and the title of the pane; the pane gets what the processes leave, and at least half.
  const shared = room - 2;
  const tableRows = Math.min(Math.max(1, state.instances.length), Math.floor(shared / 2));
  return { isTooSmall: false, tableRows, paneRows: shared - tableRows };
}

/** Chosen row and scrolling brought back to what there is: after each change of rows or size. */
export function settled(state: ScreenState): ScreenState {
  const rows = rowsOf(state);
  const at = rows.findIndex(({ id }) => id === state.selected);
  const selected = at === -1 ? (rows[Math.min(state.top, rows.length - 1)]?.id ?? null) : state.selected;
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === selected),
  );
  const { tableRows } = layoutOf(state);
  const shown = Math.max(1, tableRows);
  const top = Math.min(Math.max(state.top, index - shown + 1, 0), index, Math.max(0, rows.length - shown));
  const next = { ...state, selected, top };
  return selected === state.selected ? next : { ...next, ...emptyPanes(state) };
}
