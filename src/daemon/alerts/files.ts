/**
 * The two files of alerts in a home: what the user wants, and how far it has come. Private, because addresses of chat rooms are
 * secrets; replaced in one step, because the next daemon goes on from them.
 */
import type { AlertConfig } from '../../core/alerts/config.ts';
import type { Mute } from '../../core/alerts/mute.ts';
import type { Outbox } from '../../core/alerts/outbox.ts';
import { type Alerts, NO_ALERTS } from '../../core/alerts/state.ts';
import {
  type ReadOutcome,
  readWithLastGood,
  replaceFile,
  replaceFileKeepingLast,
} from '../../platform/durable-file.ts';

const FORMAT = 1;

export interface AlertState {
  readonly alerts: Alerts;
  /** By name of the destination. */
  readonly outboxes: Readonly<Record<string, Outbox>>;
  readonly mutes: readonly Mute[];
}

const EMPTY: AlertState = { alerts: NO_ALERTS, outboxes: {}, mutes: [] };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Only what is relied on at once: the config was read by our own config room. null: it is none. */
export function asConfig(value: unknown): AlertConfig | null {
  if (!isObject(value) || value.format !== FORMAT) return null;
  const { rules, destinations, groupMs } = value;
  if (!Array.isArray(rules) || !rules.every((rule) => isObject(rule) && isObject(rule.condition))) return null;
  if (!Array.isArray(destinations) || !destinations.every((one) => isObject(one) && isObject(one.target))) return null;
  return typeof groupMs === 'number' ? (value as unknown as AlertConfig) : null;
}

function parseConfig(text: string): AlertConfig {
  const config = asConfig(JSON.parse(text));
  if (config === null) throw new SyntaxError('it holds no alerts of this version');
  return config;
}

function parseState(text: string): AlertState {
  const value = JSON.parse(text) as unknown;
  if (!isObject(value) || value.format !== FORMAT || !isObject(value.alerts) || !isObject(value.outboxes))
    throw new SyntaxError('it holds no state of alerts of this version');
  const { alerts, outboxes, mutes = [] } = value as unknown as Partial<AlertState>;
  return { alerts: { ...NO_ALERTS, ...alerts }, outboxes: outboxes ?? {}, mutes };
}

export const readConfig = (path: string): ReadOutcome<AlertConfig> => readWithLastGood(path, parseConfig);

export const writeConfig = (path: string, config: AlertConfig): void =>
  replaceFileKeepingLast(path, `${JSON.stringify(config, null, 2)}\n`);

/** What cannot be read is set aside: numbers then begin anew. */
export function readState(path: string): { readonly state: AlertState; readonly note: string | null } {
  const outcome = readWithLastGood(path, parseState);
  if (outcome.kind === 'read') return { state: outcome.value, note: outcome.note };
  return { state: EMPTY, note: outcome.kind === 'unreadable' ? outcome.note : null };
}

/** Survives the death of the daemon; after a power cut the events tell what is missing. */
export const writeState = (path: string, state: AlertState): void =>
  replaceFile(path, JSON.stringify({ format: FORMAT, ...state }), false);
