/**
 * The list of apps on disk: durable before anything is done about it, with a last good copy. Without it a daemon that
 * dies would forget what it was asked to keep up.
 */
import { fail, ok, type Result } from '../core/errors.ts';
import { flag, listOf, object, orAbsent, text, whole } from '../core/shape.ts';
import { specProblem } from '../core/spec-shape.ts';
import type { AppSpec } from '../core/terms.ts';
import { readWithLastGood, replaceFileKeepingLast } from '../platform/durable-file.ts';
import { type Slot, slotShape } from '../supervisor/record.ts';

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

const shape = object({
  nextId: whole(0),
  apps: listOf(object({ key: text, watching: flag, slots: listOf(slotShape), generation: orAbsent(whole(0)) })),
  resume: orAbsent(listOf(whole(0))),
});

function parse(json: string): StoredState {
  const state = JSON.parse(json) as Partial<StoredState>;
  if (typeof state?.format !== 'number' || !Array.isArray(state.apps) || typeof state.nextId !== 'number')
    throw new SyntaxError('it is not a list of apps');
  if (state.format > STATE_FORMAT)
    throw new RangeError(`it was written by a newer Upkeep (format ${state.format}, this one reads ${STATE_FORMAT})`);
  const wrong =
    shape(state, 'the list') ?? state.apps.map(({ spec }, i) => specProblem(spec, `apps[${i}].spec`)).find(Boolean);
  if (typeof wrong === 'string') throw new SyntaxError(wrong);
  const { apps } = state as StoredState;
  const ids = apps.flatMap(({ slots }) => slots.map(({ id }) => id));
  if (new Set(ids).size < ids.length || new Set(apps.map(({ key }) => key)).size < apps.length)
    throw new SyntaxError('two of its processes, or two of its apps, are the same');
  // A number that was given out twice would give two processes one folder.
  const nextId = ids.reduce((next, id) => Math.max(next, id + 1), state.nextId);
  return { ...EMPTY, ...state, nextId, resume: state.resume ?? [] };
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

  /** The file may be gone: the next save writes it, whatever was written before. */
  forget(): void {
    this.#lastText = null;
  }

  /** Durable when this returns ok; otherwise the file is as it was. */
  save(state: Omit<StoredState, 'format'>): Result<null> {
    const apps = state.apps.map((app) => ({ ...this.#unknownOf.get(app.key), ...app }));
    const json = JSON.stringify({ ...this.#unknown, format: STATE_FORMAT, ...state, apps });
    if (json === this.#lastText) return ok(null);
    try {
      replaceFileKeepingLast(this.#path, json);
      this.#lastText = json;
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
