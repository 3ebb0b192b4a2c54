/**
 * Sees to it that each end nobody wanted leaves a crash record, and a loop of them only some. It decides at once and writes
 * later: the replacement of the process that crashed does not wait for it.
 */

import { readdirSync } from 'node:fs';
import {
  type CrashLoop,
  crashName,
  crashRulesOf,
  isCrash,
  nameInCrash,
  nextInLoop,
  parseCrashName,
} from '../core/crash.ts';
import type { After } from '../core/instance.ts';
import type { AppSpec, Exit, Life, LogLine } from '../core/terms.ts';
import type { Clock } from '../platform/clock.ts';
import { memoryKills } from '../platform/memory-kills.ts';
import type { CrashRecord } from '../protocol/observation.ts';
import type { Slot } from '../supervisor/record.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { CrashFacts } from './crash-writer.ts';

/** A life that lasted this long went well, however it ended. */
const GOOD_AFTER_MS = 60_000;

export interface CrashSurroundings {
  readonly clock: Clock;
  readonly startedAt: number;
  /** `<home>/crashes`. */
  readonly folder: string;
  readonly run: string;
  readonly budgetBytes: number;
  lifeFolderOf(id: number, incarnation: number): string;
  linesOf(id: number, incarnation: number): Promise<readonly LogLine[]>;
  /** What runs in a slot beside a process that was to replace it; null: nothing does. */
  mainSpecOf(runner: Runner): AppSpec | null;
  /** The last minutes of a process that has just ended. */
  curveOf(runner: Runner): CrashRecord['curve'];
  tell(slot: Slot, spec: AppSpec, incarnation: number, kind: 'crash-record-failed', reason: string): void;
}

/** Of a life that began under this daemon. */
interface Begun {
  readonly incarnation: number;
  readonly spec: AppSpec;
  readonly generation: number;
}

/** Known at the end, and not any more when all has been read. */
interface Pending {
  readonly crash: string;
  readonly inRow: number;
  readonly nodeVersion: string | null;
  readonly blame: string | null;
  readonly blockedIn: readonly string[];
  readonly lastWork: CrashRecord['inFlight'];
  readonly curve: CrashRecord['curve'];
  readonly wasAsked: boolean;
}

interface OfLife<T> {
  readonly incarnation: number;
  readonly value: T;
}

export class Crashes {
  readonly #around: CrashSurroundings;
  readonly #begun = new WeakMap<Runner, Begun>();
  readonly #blamed = new WeakMap<Runner, OfLife<string>>();
  readonly #blocked = new WeakMap<Runner, OfLife<readonly string[]>>();
  readonly #loops = new WeakMap<Slot, CrashLoop>();
  readonly #pending = new Map<string, Pending>();
  /** With what those began that have ended and are not collected yet. */
  readonly #ended = new Map<string, Begun>();
  /** Lives whose end this daemon has seen. */
  readonly #seen = new WeakMap<Slot, Set<number>>();
  #kills = memoryKills();
  #writing: Promise<unknown> = Promise.resolve();
  #dropped = 0;

  constructor(around: CrashSurroundings) {
    this.#around = around;
  }

  /** A life is about to begin with the spec that its runner has now. */
  begins(runner: Runner): void {
    const { ledger } = runner.instance;
    this.#begun.set(runner, { incarnation: ledger.incarnation, spec: runner.spec, generation: runner.generation });
  }

  /** The present life is ended on its own account, though the order to end looks like any other. */
  blame(runner: Runner, reason: string): void {
    this.#blamed.set(runner, { incarnation: runner.instance.ledger.incarnation, value: reason });
  }

  /** @param frames innermost first */
  blockedIn(runner: Runner, frames: readonly string[]): void {
    this.#blocked.set(runner, { incarnation: runner.instance.ledger.incarnation, value: frames });
  }

  /** @returns the record that will be made of the end */
  exited(runner: Runner): string | null {
    const { state } = runner.instance;
    if (state.kind !== 'reaping') return null;
    const { incarnation, exit, after, endedAt } = state;
    const { slot } = runner;
    this.#see(slot, incarnation);
    const begun = this.#begunOf(runner, incarnation);
    this.#ended.set(keyOf(slot, incarnation), begun);
    const blame = this.#blameOf(runner, incarnation, after);
    if (crashRulesOf(begun.spec).keep === 0) return null;
    if (blame === null && !isCrash(exit, after, begun.spec.restart)) return null;
    const { loop, isRecorded } = nextInLoop(this.#loops.get(slot) ?? null, endedAt);
    this.#loops.set(slot, loop);
    if (!isRecorded) return null;
    const crash = crashName(endedAt, begun.spec.name, slot.id);
    const { lastWork } = runner;
    this.#pending.set(keyOf(slot, incarnation), {
      crash,
      inRow: loop.count,
      nodeVersion: runner.nodeVersion,
      blame,
      blockedIn: ofLife(this.#blocked.get(runner), incarnation) ?? [],
      lastWork: lastWork?.incarnation === incarnation ? toldWork(lastWork) : null,
      curve: this.#around.curveOf(runner),
      wasAsked: after !== null,
    });
    return crash;
  }

  /** All that the life said has been read; its folder is still there. */
  async collected(runner: Runner, incarnation: number): Promise<void> {
    const { slot } = runner;
    const key = keyOf(slot, incarnation);
    const pending = this.#pending.get(key) ?? null;
    const begun = this.#ended.get(key) ?? this.#begunOf(runner, incarnation);
    this.#pending.delete(key);
    this.#ended.delete(key);
    const life = runner.instance.ledger.lives.find((one) => one.incarnation === incarnation);
    if (life === undefined) return;
    try {
      if (pending !== null || this.#isDueAnyway(runner, life, begun.spec))
        await this.#record(runner, life, begun, pending);
      await this.#noteGood(slot, life, begun.spec);
    } catch (error) {
      this.#dropped++;
      const count = this.#dropped === 1 ? '' : ` (${this.#dropped} so far)`;
      const why = (error as Error).message;
      this.#around.tell(
        slot,
        begun.spec,
        incarnation,
        'crash-record-failed',
        `it could not be written${count}: ${why}`,
      );
    }
  }

  /** Given up: the last of a loop is of interest. Ended under an earlier daemon, which did not live to record it. */
  #isDueAnyway({ slot, instance }: Runner, life: Life, spec: AppSpec): boolean {
    if (life.crashed !== true || crashRulesOf(spec).keep === 0) return false;
    const isSeen = this.#seen.get(slot)?.has(life.incarnation) === true;
    return !isSeen || (instance.state.kind === 'failed' && instance.ledger.lives[0] === life);
  }

  async #record(runner: Runner, life: Life, begun: Begun, pending: Pending | null): Promise<void> {
    const { slot } = runner;
    const { spec, generation } = begun;
    const { incarnation, endedAt, exit, verdict } = life;
    const isLast = runner.instance.ledger.incarnation === incarnation;
    const facts: Omit<CrashFacts, 'changed'> = {
      crash: pending?.crash ?? crashName(endedAt, spec.name, slot.id),
      at: endedAt,
      id: slot.id,
      name: spec.name,
      namespace: spec.namespace,
      incarnation,
      exit,
      reason: pending?.blame ?? verdict,
      inRow: pending?.inRow ?? this.#loops.get(slot)?.count ?? 1,
      generation,
      version: spec.version,
      nodeVersion: pending?.nodeVersion ?? (isLast ? runner.nodeVersion : null),
      pid: life.pid,
      startedAt: life.startedAt,
      curve: pending?.curve ?? null,
      spec,
      lifeFolder: this.#around.lifeFolderOf(slot.id, incarnation),
      keep: crashRulesOf(spec).keep,
      blockedIn: pending?.blockedIn ?? [],
      lastWork: pending?.lastWork ?? null,
      notes: this.#notesOf(life),
    };
    const before = this.#kills;
    const isFromOutside = pending === null ? true : !pending.wasAsked;
    if (isKill(exit)) this.#kills = memoryKills();
    const after = this.#kills;
    const writing = this.#writing.then(async () => {
      const [{ writeCrash }, { memoryNote }, { changesSinceGoodStart }] = await Promise.all([
        import('./crash-writer.ts'),
        import('./memory-note.ts'),
        import('./good-starts.ts'),
      ]);
      const changed = changesSinceGoodStart(this.#around.run, slot.id, spec, this.#around.mainSpecOf(runner));
      await writeCrash(
        { ...facts, changed },
        {
          folder: this.#around.folder,
          budgetBytes: this.#around.budgetBytes,
          linesOf: this.#around.linesOf,
          memoryNoteOf: ({ pid }, lines) => memoryNote({ exit, pid, isFromOutside, lines, before, after }),
        },
      );
    });
    this.#writing = writing.catch(() => {});
    await writing;
  }

  /** Another order may have come first: then that is why it ended. */
  #blameOf(runner: Runner, incarnation: number, after: After | null): string | null {
    const blame = ofLife(this.#blamed.get(runner), incarnation);
    const isOrder = runner.role !== 'main' || (after?.kind === 'launch' && after.reason === blame);
    return after !== null && isOrder ? blame : null;
  }

  #notesOf({ startedAt }: Life): readonly string[] {
    if (startedAt >= this.#around.startedAt) return [];
    return [
      'it had been started under an earlier daemon: what it printed under that one is in its log files, and how its use of CPU and memory went is not known',
    ];
  }

  async #noteGood(slot: Slot, life: Life, spec: AppSpec): Promise<void> {
    const livedMs = life.endedAt - life.startedAt;
    const isGood = life.crashed === true ? livedMs >= GOOD_AFTER_MS : livedMs >= spec.restart.minUptimeMs;
    if (!isGood || crashRulesOf(spec).keep === 0) return;
    const { noteGoodStart } = await import('./good-starts.ts');
    noteGoodStart(this.#around.run, slot.id, spec);
  }

  #begunOf(runner: Runner, incarnation: number): Begun {
    const begun = this.#begun.get(runner);
    if (begun?.incarnation === incarnation) return begun;
    return { incarnation, spec: runner.spec, generation: runner.generation };
  }

  #see(slot: Slot, incarnation: number): void {
    const seen = this.#seen.get(slot) ?? new Set();
    this.#seen.set(slot, seen.add(incarnation));
    // Older ones are collected long ago.
    if (seen.size > 20) seen.delete(seen.values().next().value as number);
  }

  /** The newest record of a process; null: there is none. */
  newestOf(slot: Slot, name: string): string | null {
    return (
      namesIn(this.#around.folder)
        .filter((folder) => {
          const parts = parseCrashName(folder);
          return parts?.id === slot.id && parts.app === nameInCrash(name);
        })
        .sort()
        .at(-1) ?? null
    );
  }
}

const keyOf = (slot: Slot, incarnation: number): string => `${slot.id}/${incarnation}`;

const ofLife = <T>(noted: OfLife<T> | undefined, incarnation: number): T | null =>
  noted?.incarnation === incarnation ? noted.value : null;

const toldWork = ({ toldAt, work, more }: NonNullable<CrashRecord['inFlight']>): CrashRecord['inFlight'] => ({
  toldAt,
  work,
  more,
});

const isKill = (exit: Exit): boolean => exit.kind === 'signal' && exit.signal === 'SIGKILL';

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // there is none yet
  }
}
