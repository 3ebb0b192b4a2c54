/**
 * The lines of the chosen process that are kept for the log pane, numbered so that a place in them stays the same while new ones
 * come. Without the numbers a paused log would creep away under the reader.
 */
import { contains } from './colored.ts';

export interface LogEntry {
  readonly stream: 'out' | 'err';
  /** Already safe to show. */
  readonly text: string;
  /** The same without colours, for the search. */
  readonly bare: string;
}

export interface LogBuffer {
  /** Number of the first entry: so many were dropped before it. */
  readonly first: number;
  readonly entries: readonly LogEntry[];
}

/** More are dropped, oldest first. */
export const LINES_KEPT = 5000;
/** Dropped at once, so that a flood does not copy the whole for each batch. */
const SLACK = 1000;

export const EMPTY_LOG: LogBuffer = { first: 0, entries: [] };

export const endOf = ({ first, entries }: LogBuffer): number => first + entries.length;

export function withEntries(log: LogBuffer, added: readonly LogEntry[]): LogBuffer {
  const entries = [...log.entries, ...added];
  const surplus = entries.length - LINES_KEPT;
  if (surplus <= SLACK) return { ...log, entries };
  return { first: log.first + surplus, entries: entries.slice(surplus) };
}

export const entryAt = (log: LogBuffer, number: number): LogEntry | undefined => log.entries[number - log.first];

/**
 * The nearest entry that has the search, from `from` on in one direction, going round at the ends; null: none has it.
 * @param step -1: towards older ones
 */
export function findEntry(log: LogBuffer, search: string, from: number, step: -1 | 1): number | null {
  const count = log.entries.length;
  if (search === '' || count === 0) return null;
  const start = Math.min(count - 1, Math.max(0, from - log.first));
  for (let tried = 0; tried < count; tried++) {
    const index = (((start + step * tried) % count) + count) % count;
    if (contains(log.entries[index]?.bare ?? '', search)) return log.first + index;
  }
  return null;
}

export const countMatches = (log: LogBuffer, search: string): number =>
  search === '' ? 0 : log.entries.reduce((sum, { bare }) => sum + Number(contains(bare, search)), 0);
