/**
 * The two files of alerts in a home: what the user wants, and how far it has come. Private, because addresses of chat rooms are
 * secrets; replaced in one step, because the next daemon goes on from them.
 */
import type { AlertConfig } from '../../core/alerts/config.ts';
import type { Mute } from '../../core/alerts/mute.ts';
import type { Outbox } from '../../core/alerts/outbox.ts';
import { configProblem, stateProblem } from '../../core/alerts/shape.ts';
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

function parseConfig(text: string): AlertConfig {
  const config: unknown = JSON.parse(text);
  const wrong = configProblem(config);
  if (wrong !== null) throw new SyntaxError(`it holds no alerts of this version: ${wrong}`);
  return config as AlertConfig;
}

function parseState(text: string): AlertState {
  const state: unknown = JSON.parse(text);
  const wrong = stateProblem(state);
  if (wrong !== null) throw new SyntaxError(`it holds no state of alerts of this version: ${wrong}`);
  const { alerts, outboxes, mutes = [] } = state as AlertState;
  return { alerts: { ...NO_ALERTS, ...alerts }, outboxes, mutes };
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
