/**
 * What is seen of all processes over time: CPU and memory always, the inside with the heartbeat's question, requests while somebody
 * watches. Lists, exporters, alerts and crash records all read from here; otherwise each would measure in a way of its own.
 */
import { runningOf } from '../../core/instance.ts';
import { EXTENTS, type Grain, Rings, type StoredRings } from '../../core/rings.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { AgentReport, Look } from '../../protocol/agent.ts';
import type { HistorySpan, HistoryView, Load, Series } from '../../protocol/observation.ts';
import type { Runner } from '../../supervisor/runner.ts';
import type { InApps } from '../in-app.ts';
import { glanceOf } from '../measures.ts';
import type { Usage } from '../sampler.ts';
import type { HistoryFile } from './history-file.ts';
import { Tellings } from './tellings.ts';

/** A second after the heartbeat has asked: by then the answers are there. */
const AFTER_HEARTBEAT_MS = 1_000;
const EVERY_MS = EXTENTS.hour.stepMs;
/** Requests are counted for so long after somebody has last watched. */
const WATCHED_FOR_MS = 120_000;
/** What was told is the value of so many seconds: without watchers an app is asked only every thirty. */
const LONGEST_KEPT_MS = 30_000;
const WRITTEN_EVERY_MS = 300_000;

const SERIES: readonly Series[] = [
  'cpuPercent',
  'memoryBytes',
  'heapUsedBytes',
  'loopUtilization',
  'loopDelayP99Ms',
  'requestsPerSecond',
  'errorsPerSecond',
  'requestP99Ms',
];
const FOLDS = SERIES.map((name) => (name.endsWith('P99Ms') ? 'highest' : 'mean'));

/** The newest values of a process that runs. */
export interface Values {
  readonly runner: Runner;
  readonly at: number;
  /** Since the values before; null: this daemon has found it running, and sees it for the first time. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  /** null: nothing was told from inside. */
  readonly load: Load | null;
}

type Curve = Omit<HistoryView, 'id' | 'name'>;

export interface ObservationSurroundings {
  readonly clock: Clock;
  readonly inApps: InApps;
  readonly file: HistoryFile;
  runners(): readonly Runner[];
  /** By the pid of a running instance. */
  usage(): (pid: number) => Usage;
}

export class Observation {
  readonly #around: ObservationSurroundings;
  readonly #tellings = new Tellings();
  /** By the unique id of a slot: a history goes on with the next process in it. */
  readonly #rings = new Map<string, Rings>();
  readonly #cpu = new WeakMap<Runner, { readonly pid: number; readonly at: number; readonly cpuMs: number }>();
  readonly #listeners = new Set<(values: readonly Values[]) => void>();
  #isRecalled = false;
  #watchedUntil = 0;
  #writeAt = 0;
  #timer: Timer | null = null;

  constructor(around: ObservationSurroundings) {
    this.#around = around;
  }

  /** To be called once, and after apps came or went: what was deleted is forgotten. */
  align(): void {
    const present = new Set(this.#around.runners().map(({ slot }) => slot.uniqueId));
    for (const key of this.#rings.keys()) if (!present.has(key)) this.#rings.delete(key);
    if (present.size === 0) {
      this.#timer?.cancel();
      this.#timer = null;
    } else if (this.#timer === null) this.#arm();
  }

  /** Ends the rhythm, and keeps what is known for the next daemon. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#recall();
    this.#around.file.write(this.#stored());
  }

  /** Somebody watches: for two minutes from now requests are counted. */
  watch(): void {
    const now = this.#around.clock.now();
    const isNew = now > this.#watchedUntil;
    this.#watchedUntil = now + WATCHED_FOR_MS;
    if (isNew) void this.#around.inApps.refresh(this.#around.runners());
  }

  /** Called every ten seconds with the newest values of all processes that run. @returns ends it */
  onValues(listener: (values: readonly Values[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The last minutes of a process, in steps of ten seconds; also of one that has just ended. At most an hour. */
  curveOf(runner: Runner, minutes: number): Curve {
    const { stepMs, length } = EXTENTS.hour;
    return this.#curve(runner, 'hour', Math.min(length, Math.ceil((minutes * 60_000) / stepMs)));
  }

  historyOf(runner: Runner, span: HistorySpan): HistoryView {
    return { id: runner.slot.id, name: runner.spec.name, ...this.#curve(runner, span, EXTENTS[span].length) };
  }

  loadOf(runner: Runner): Load | null {
    return this.#tellings.loadOf(runner, this.#around.clock.now());
  }

  /** What the heartbeat is to ask along. */
  lookFor(runner: Runner): Look | undefined {
    const now = this.#around.clock.now();
    const isWatched = now < this.#watchedUntil;
    if (!this.#tellings.isDue(runner, now, isWatched)) return undefined;
    return isWatched ? 'measures' : 'glance';
  }

  /** To be called after the report has come to `InApps`. */
  onReport(runner: Runner, incarnation: number, report: AgentReport): void {
    if (report.type !== 'pong' && report.type !== 'measured') return;
    const measures =
      report.type === 'measured' || report.measures !== undefined ? this.#around.inApps.measuresOf(runner) : null;
    const glance = measures === null ? glanceOf(report.type === 'pong' ? report.glance : null) : measures.glance;
    if (glance == null) return;
    const mark = { at: this.#around.clock.now(), glance, requests: measures?.detail?.requests ?? null };
    this.#tellings.hear(runner, incarnation, mark);
  }

  #arm(): void {
    const now = this.#around.clock.now();
    const next = (Math.floor((now - AFTER_HEARTBEAT_MS) / EVERY_MS) + 1) * EVERY_MS + AFTER_HEARTBEAT_MS;
    this.#timer = this.#around.clock.after(next - now, () => {
      this.#arm();
      this.#take();
    });
  }

  #take(): void {
    const { clock, runners, usage } = this.#around;
    const running = runners().filter((runner) => runningOf(runner.instance.state) !== null);
    const now = clock.now();
    const usageOf = usage();
    const values = running.map((runner) => this.#valuesOf(runner, usageOf, now));
    for (const { runner, cpuPercent, memoryBytes, load } of values) {
      this.#ringsOf(runner).put(now, [
        cpuPercent,
        memoryBytes,
        load?.heapUsedBytes ?? null,
        load?.loopUtilization ?? null,
        load?.loopDelayP99Ms ?? null,
        load?.requestsPerSecond ?? null,
        load?.errorsPerSecond ?? null,
        load?.requestP99Ms ?? null,
      ]);
      this.#tellings.turn(runner);
      this.#askWithoutHeartbeat(runner);
    }
    for (const listener of this.#listeners) listener(values);
    this.#writeNowAndThen(now);
  }

  #valuesOf(runner: Runner, usageOf: (pid: number) => Usage, now: number): Values {
    const running = runningOf(runner.instance.state);
    const pid = running?.process.pid ?? 0;
    const { cpuMs, memoryBytes, at } = usageOf(pid);
    const known = this.#cpu.get(runner);
    // Of one that is older than the last values nothing is known but what it has used in all its life.
    const isNew = running !== null && now - running.launchedAt <= EVERY_MS + AFTER_HEARTBEAT_MS;
    const before = known?.pid === pid ? known : isNew ? { at: running.launchedAt, cpuMs: 0 } : null;
    const cpuPercent =
      before === null || at <= before.at ? null : Math.max(0, ((cpuMs - before.cpuMs) / (at - before.at)) * 100);
    this.#cpu.set(runner, { pid, at, cpuMs });
    return { runner, at: now, cpuPercent, memoryBytes, load: this.#tellings.loadOf(runner, now, LONGEST_KEPT_MS) };
  }

  /** One whose event loop is not watched has a runtime all the same. */
  #askWithoutHeartbeat(runner: Runner): void {
    if (!this.#around.inApps.isOpen(runner)) return;
    const look = this.lookFor(runner);
    if (look !== undefined) runner.say({ type: 'ping', n: 0, look });
  }

  #ringsOf(runner: Runner): Rings {
    const key = runner.slot.uniqueId;
    const rings = this.#rings.get(key) ?? new Rings(FOLDS);
    this.#rings.set(key, rings);
    return rings;
  }

  #curve(runner: Runner, grain: Grain, steps: number): Curve {
    this.#recall();
    const { endAt, columns } = this.#ringsOf(runner).read(grain, this.#around.clock.now());
    const series = Object.fromEntries(SERIES.map((name, i) => [name, (columns[i] ?? []).slice(-steps).map(shown)]));
    return { stepMs: EXTENTS[grain].stepMs, endAt, series: series as unknown as HistoryView['series'] };
  }

  /** What an earlier daemon kept: read when it is wanted, or before it is written over. */
  #recall(): void {
    if (this.#isRecalled) return;
    this.#isRecalled = true;
    const stored = this.#around.file.read();
    for (const runner of this.#around.runners()) {
      const rings = stored.get(runner.slot.uniqueId);
      if (rings !== undefined) this.#ringsOf(runner).recall(rings, this.#around.clock.now());
    }
  }

  #stored(): ReadonlyMap<string, StoredRings> {
    return new Map([...this.#rings].flatMap(([key, { stored }]) => (stored === null ? [] : [[key, stored] as const])));
  }

  #writeNowAndThen(now: number): void {
    if (this.#writeAt === 0) this.#writeAt = now + WRITTEN_EVERY_MS;
    if (now < this.#writeAt) return;
    this.#writeAt = now + WRITTEN_EVERY_MS;
    this.#recall();
    void this.#around.file.writeBeside(this.#stored());
  }
}

/** Of large values the rest is noise of their four bytes. */
const shown = (value: number | null): number | null =>
  value === null ? null : Math.abs(value) >= 1_000 ? Math.round(value) : Math.round(value * 1_000) / 1_000;
