/**
 * The list of apps on disk: durable before anything is done about it, with a last good copy. Without it a daemon that
 * dies would forget what it was asked to keep up.
 */
import { fail, ok, type Result } from '../core/errors.ts';
import type { AppSpec } from '../core/terms.ts';
import { readWithLastGood, replaceFileKeepingLast } from '../platform/durable-file.ts';
import type { Slot } from '../supervisor/record.ts';

/** Raised when an older daemon could not read the file rightly. What is only added does not raise it: older ones keep it. */
export const STATE_FORMAT = 1;

export interface StoredApp {
  readonly key: string;
  readonly spec: AppSpec;
  readonly watching: boolean;
  readonly slots: readonly Slot[];
  /** Absent in files of older versions. */
  readonly generation?: number;
}

export interface StoredState {
  readonly format: number;
  readonly nextId: number;
  readonly apps: readonly StoredApp[];
  /** Instances that an orderly end of the daemon stopped, to be started by the next one. */
  readonly resume: readonly number[];
}

const EMPTY: StoredState = { format: STATE_FORMAT, nextId: 0, apps: [], resume: [] };

function parse(text: string): StoredState {
  const state = JSON.parse(text) as Partial<StoredState>;
  if (typeof state.format !== 'number' || !Array.isArray(state.apps) || typeof state.nextId !== 'number')
    throw new SyntaxError('it is not a list of apps');
  if (state.format > STATE_FORMAT)
    throw new RangeError(`it was written by a newer Upkeep (format ${state.format}, this one reads ${STATE_FORMAT})`);
  return { ...EMPTY, ...state, resume: state.resume ?? [] };
}

const KNOWN_KEYS = new Set(['format', 'nextId', 'apps', 'resume']);
const KNOWN_APP_KEYS = new Set(['key', 'spec', 'watching', 'slots', 'generation']);

const without = (known: ReadonlySet<string>, one: object): object =>
  Object.fromEntries(Object.entries(one).filter(([name]) => !known.has(name)));

export class Store {
  readonly #path: string;
  #lastText: string | null = null;
  /** What a newer build wrote beside what this one knows: it finds it again when it comes back. */
  #unknown: object = {};
  readonly #unknownOf = new Map<string, object>();

  constructor(path: string) {
    this.#path = path;
  }

  /** The last good state, and what the user should be told about how it was found. */
  load(): { readonly state: StoredState; readonly note: string | null } {
    const outcome = readWithLastGood(this.#path, parse);
    switch (outcome.kind) {
      case 'read':
        this.#keepUnknown(outcome.value);
        return { state: outcome.value, note: outcome.note };
      case 'absent':
        return { state: EMPTY, note: null };
      case 'unreadable':
        return { state: EMPTY, note: outcome.note };
    }
  }

  #keepUnknown(state: StoredState): void {
    this.#unknown = without(KNOWN_KEYS, state);
    for (const app of state.apps) {
      const unknown = without(KNOWN_APP_KEYS, app);
      if (Object.keys(unknown).length > 0) this.#unknownOf.set(app.key, unknown);
    }
  }

  /** Durable when this returns ok; otherwise the file is as it was. */
  save(state: Omit<StoredState, 'format'>): Result<null> {
    const apps = state.apps.map((app) => ({ ...this.#unknownOf.get(app.key), ...app }));
    const text = JSON.stringify({ ...this.#unknown, format: STATE_FORMAT, ...state, apps });
    if (text === this.#lastText) return ok(null);
    try {
      replaceFileKeepingLast(this.#path, text);
      this.#lastText = text;
      return ok(null);
    } catch (error) {
      return fail(
        'IO_FAILED',
        `cannot write ${this.#path}: ${(error as Error).message}`,
        'free space or check the permissions, then try again; nothing was changed',
      );
    }
  }
}
