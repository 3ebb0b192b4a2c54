/**
 * What is to be shipped where, and how far that has come: two files for each destination, below `<home>/ship/`. Without the files
 * the headers that hold secrets would stand in a process's arguments, and a new process would begin from the present.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamName } from '../core/terms.ts';
import type { LogPlace } from '../logs/backlog-pieces.ts';
import { replaceFile } from '../platform/durable-file.ts';

export interface ShipOrder {
  readonly number: number;
  readonly url: string;
  /** Of logs; metrics are of everything. */
  readonly targets: readonly string[];
  readonly logs: boolean;
  readonly metrics: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Between two sendings of metrics. */
  readonly intervalMs: number;
  /** Attributes that are added to the resource of everything that is sent by OTLP. */
  readonly resource: Readonly<Record<string, string>>;
}

/** Whose lines a file holds. */
export interface LogOrigin {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  readonly isJson: boolean;
}

/** How far a file has been shipped. Its origin stays known when its app is deleted. */
export interface ShippedPlace extends LogPlace {
  readonly origin: LogOrigin;
  /** What was written to a file since then has not been read; ms since the epoch. */
  readonly asOf: number;
}

export interface ShipState {
  readonly savedAt: number;
  readonly places: readonly ShippedPlace[];
  readonly lines: Count;
  readonly readings: Count;
  /** Times that files were gone before they were shipped. */
  readonly gaps: number;
  readonly lastSentAt: number | null;
  /** null: the last attempt went well. */
  readonly trouble: { readonly since: number; readonly why: string } | null;
}

export interface Count {
  readonly sent: number;
  /** What the receiver will never take. */
  readonly refused: number;
  /** What had no room while the receiver was away. */
  readonly dropped: number;
}

const NOTHING: Count = { sent: 0, refused: 0, dropped: 0 };
export const NEW_STATE: ShipState = {
  savedAt: 0,
  places: [],
  lines: NOTHING,
  readings: NOTHING,
  gaps: 0,
  lastSentAt: null,
  trouble: null,
};

export const shipName = (number: number): string => `upkeep-ship-${number}`;
export const isShipName = (name: string): boolean => /^upkeep-ship-\d+$/.test(name);

const folderOf = (home: string): string => join(home, 'ship');
const orderFile = (home: string, number: number): string => join(folderOf(home), `${number}.json`);
const stateFile = (home: string, number: number): string => join(folderOf(home), `${number}.state.json`);

/** The file is this user's alone: headers are secrets. */
export function writeOrder(home: string, order: ShipOrder): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  chmodSync(folderOf(home), 0o700);
  replaceFile(orderFile(home, order.number), `${JSON.stringify(order, null, 2)}\n`, true);
}

export const readOrder = (home: string, number: number): ShipOrder | null =>
  parsedFile<ShipOrder>(orderFile(home, number), 'url');

export function readOrders(home: string): readonly ShipOrder[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(home));
  } catch {
    return [];
  }
  const numbers = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b).flatMap((number) => readOrder(home, number) ?? []);
}

export function removeOrder(home: string, number: number): void {
  rmSync(orderFile(home, number), { force: true });
  rmSync(stateFile(home, number), { force: true });
}

export const writeState = (home: string, number: number, state: ShipState): void =>
  replaceFile(stateFile(home, number), `${JSON.stringify(state)}\n`, false);

/** null: nothing has been shipped yet. */
export const readState = (home: string, number: number): ShipState | null =>
  parsedFile<ShipState>(stateFile(home, number), 'places');

/** @param needed a key that a whole file has */
function parsedFile<T extends object>(path: string, needed: keyof T & string): T | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null && needed in value ? (value as T) : null;
  } catch {
    return null;
  }
}
