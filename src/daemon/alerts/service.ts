/**
 * Alerts at work: feeds the machine with events, figures and the time, keeps what it knows on disk, and hands on what is to
 * be told. It runs beside supervision and never in its way: events are taken in a moment later, deliveries are not waited for.
 */
import { hostname } from 'node:os';
import { type AlertConfig, describeTarget, type Measure, maskedConfig } from '../../core/alerts/config.ts';
import { deadlineOf, keepOnly, listAlerts, onEvent, onFigures, onSeen, onTime } from '../../core/alerts/machine.ts';
import { type Source, testAlert } from '../../core/alerts/message.ts';
import { audible, endMutes, MOST_MUTES, type Mute } from '../../core/alerts/mute.ts';
import type { Change, Step } from '../../core/alerts/state.ts';
import { UpkeepError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Timer } from '../../platform/clock.ts';
import type { EventRecord } from '../../protocol/control.ts';
import type { AlertsStatus, AlertTest, AlertView } from '../../protocol/observation.ts';
import type { Daemon } from '../daemon.ts';
import { Couriers } from './couriers.ts';
import { deliver } from './deliver.ts';
import { type AlertState, readState, writeState } from './files.ts';
import { figuresOf, seenStates } from './observed.ts';

declare const __UPKEEP_VERSION__: string;

/** Events of one moment are taken in together, and cost one write. */
const GATHER_MS = 25;

/** For these the runtime counts requests. */
const OF_REQUESTS: ReadonlySet<Measure> = new Set(['requestP99Ms', 'errorShare']);

/** After one of these something may be gone that an alert is about. */
const MAY_REMOVE = new Set(['deleted', 'daemon-started']);

export class AlertService {
  readonly #daemon: Daemon;
  readonly #couriers: Couriers;
  readonly #abort = new AbortController();
  readonly #source: Source;
  readonly #unfollow: () => void;
  #config: AlertConfig;
  #alerts: AlertState['alerts'];
  #mutes: AlertState['mutes'];
  #events: EventRecord[] = [];
  #gathering: Timer | null = null;
  #timer: Timer | null = null;
  #unlook: (() => void) | null = null;

  constructor(daemon: Daemon, config: AlertConfig) {
    this.#daemon = daemon;
    this.#config = config;
    const { paths, clock, events } = daemon;
    this.#source = { host: hostname(), home: paths.home, version: __UPKEEP_VERSION__ };
    const { state, note } = readState(paths.alertState);
    if (note !== null) daemon.note(note);
    this.#mutes = state.mutes;
    // Numbers of events may begin anew, as when their file was deleted; what was before alerts were on is history.
    const isNew = state.alerts.lastEvent === 0 || state.alerts.lastEvent > events.last;
    this.#alerts = isNew ? { ...state.alerts, lastEvent: events.last } : state.alerts;
    this.#couriers = new Couriers(config, state.outboxes, {
      clock,
      sender: { source: this.#source, env: process.env, signal: this.#abort.signal },
      save: () => this.#save(),
      changed: () => this.#arm(),
      tell: (kind, reason, details) => daemon.tell(null, null, null, kind, reason, details),
    });
    this.#unfollow = events.follow((event) => this.#gather(event));
    this.#guarded(() => {
      for (const event of events.since(this.#alerts.lastEvent).events) this.#take(onEvent(this.#alerts, config, event));
      this.#align();
    });
    this.#look();
  }

  use(config: AlertConfig): void {
    this.#config = config;
    this.#couriers.use(config);
    this.#guarded(() => this.#align());
    this.#save();
    this.#look();
  }

  list(): readonly AlertView[] {
    this.#flush();
    return listAlerts(this.#alerts);
  }

  status(): AlertsStatus {
    return { config: maskedConfig(this.#config), destinations: this.#couriers.views(), mutes: this.#mutes };
  }

  /** @param durationMs 0: what was muted with the same words is not any more; `*` ends all of them */
  mute(apps: readonly string[], durationMs: number): void {
    const now = this.#daemon.clock.now();
    const isEnded = (mute: Mute): boolean => apps.includes('*') || apps.some((one) => mute.apps.includes(one));
    if (durationMs > 0) {
      if (this.#mutes.length >= MOST_MUTES) throw tooManyMutes();
      this.#mutes = [...this.#mutes, { apps, sinceAt: now, untilAt: now + durationMs }];
    } else this.#mutes = this.#mutes.map((mute) => (isEnded(mute) ? { ...mute, untilAt: now } : mute));
    this.#save();
    this.#arm();
  }

  /** Straight to the destination, past its queue. */
  async test(wanted: string | null): Promise<readonly AlertTest[]> {
    const { destinations } = this.#config;
    const chosen = destinations.filter(({ name }) => wanted === null || name === wanted);
    if (chosen.length === 0)
      throw noDestination(
        wanted,
        destinations.map(({ name }) => name),
      );
    const at = this.#daemon.clock.now();
    const message = { number: 0, at, items: [{ what: 'test' as const, at, alert: testAlert(at) }] };
    const sender = { source: this.#source, env: process.env, signal: this.#abort.signal };
    return Promise.all(
      chosen.map(async (destination) => {
        const sent = await deliver(destination, message, sender);
        return {
          destination: destination.name,
          target: describeTarget(destination.target),
          tookMs: this.#daemon.clock.now() - at,
          failure: sent.ok ? null : sent.error,
        };
      }),
    );
  }

  /** The next daemon goes on from what is on disk. */
  close(): void {
    this.#guarded(() => this.#flush());
    this.#save();
    this.#unfollow();
    this.#unlook?.();
    for (const timer of [this.#gathering, this.#timer]) timer?.cancel();
    this.#abort.abort();
  }

  /** What was raised is over, and nobody is told; what was, and the numbers, stay. */
  turnOff(): void {
    const now = this.#daemon.clock.now();
    this.#alerts = keepOnly(this.#alerts, { ...this.#config, rules: [] }, () => false, now).alerts;
    this.#couriers.use({ ...this.#config, destinations: [] });
    this.#mutes = [];
    this.#alerts = { ...this.#alerts, lastEvent: 0 };
    this.#unfollow();
    this.#events = [];
    this.close();
  }

  #gather(event: EventRecord): void {
    this.#events.push(event);
    this.#gathering ??= this.#daemon.clock.after(GATHER_MS, () => {
      this.#gathering = null;
      this.#flush();
    });
  }

  #flush(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length === 0) return;
    this.#guarded(() => {
      for (const event of events) this.#take(onEvent(this.#alerts, this.#config, event));
      if (events.some(({ kind }) => MAY_REMOVE.has(kind))) this.#prune();
    });
    this.#arm();
  }

  /** On disk first, then told: who reads of an alert finds it raised after any crash. */
  #take({ alerts, changes }: Step): void {
    const before = this.#alerts;
    this.#alerts = alerts;
    if (changes.length > 0) this.#send(changes);
    // That an event was seen which changed nothing need not be kept: to see it again changes nothing either.
    if (changes.length > 0 || !sameOpen(before, alerts)) this.#save();
    for (const { what, alert } of changes) {
      if (what === 'reminder') continue;
      const { number, rule, severity, id, name } = alert;
      const reason = what === 'raised' ? `${rule}: ${alert.reason}` : `${rule}: ${alert.ended ?? ''}`;
      this.#daemon.tell(id, name, null, `alert-${what}`, reason, { alert: number, rule, severity });
    }
  }

  #send(changes: readonly Change[]): void {
    const now = this.#daemon.clock.now();
    this.#couriers.take(audible(this.#mutes, changes, now), now);
  }

  /** What a mute hid and still stands is told when it is over. */
  #endMutes(now: number): void {
    const { mutes, changes } = endMutes(this.#mutes, this.#alerts, now);
    if (mutes === this.#mutes) return;
    this.#mutes = mutes;
    this.#send(changes);
    this.#save();
  }

  #prune(): void {
    const { registry, clock } = this.#daemon;
    const isThere = ({ id, name }: { readonly id: number | null; readonly name: string | null }): boolean =>
      id === null
        ? name === null || registry.apps.some((app) => app.spec.name === name)
        : registry.runner(id)?.spec.name === name;
    this.#take(keepOnly(this.#alerts, this.#config, isThere, clock.now()));
  }

  /** What is so now, though no event that was heard told it. */
  #align(): void {
    this.#prune();
    for (const seen of seenStates(this.#daemon)) this.#take(onSeen(this.#alerts, this.#config, seen));
    this.#arm();
  }

  /** Figures are looked at only while a rule wants them, and requests are counted only for rules about requests. */
  #look(): void {
    this.#unlook?.();
    this.#unlook = null;
    const measures = this.#config.rules.flatMap(({ condition }) =>
      condition.how === 'measured' ? [condition.measure] : [],
    );
    if (measures.length === 0) return;
    const { observation, clock } = this.#daemon;
    const keepCounting = (): void => {
      if (measures.some((measure) => OF_REQUESTS.has(measure))) observation.watch();
    };
    keepCounting();
    this.#unlook = observation.onValues((values) => {
      keepCounting();
      this.#guarded(() => this.#take(onFigures(this.#alerts, this.#config, figuresOf(values), clock.now())));
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#abort.signal.aborted) return;
    const { clock } = this.#daemon;
    this.#timer?.cancel();
    this.#timer = null;
    const now = clock.now();
    this.#guarded(() => {
      this.#endMutes(now);
      const due = deadlineOf(this.#alerts, this.#config);
      if (due !== null && due <= now) this.#take(onTime(this.#alerts, this.#config, now));
    });
    const times = [
      deadlineOf(this.#alerts, this.#config),
      this.#couriers.work(now),
      ...this.#mutes.map(({ untilAt }) => untilAt),
    ].filter((at) => at !== null);
    if (times.length === 0) return;
    this.#timer = clock.after(Math.max(1, Math.min(...times) - now), () => this.#arm());
  }

  #save(): void {
    try {
      writeState(this.#daemon.paths.alertState, {
        alerts: this.#alerts,
        outboxes: this.#couriers.outboxes,
        mutes: this.#mutes,
      });
    } catch (error) {
      // A full disk: this daemon goes on from its memory, the next one from the events.
      this.#daemon.note(`cannot write ${this.#daemon.paths.alertState}: ${(error as Error).message}`);
    }
  }

  /** A bug in alerts must not end the supervisor of everything. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#daemon.note(`alerts: this is a bug in upkeep: ${(error as Error).stack}`);
    }
  }
}

const sameOpen = (a: AlertState['alerts'], b: AlertState['alerts']): boolean => {
  const keys = Object.keys(a.open);
  return keys.length === Object.keys(b.open).length && keys.every((key) => a.open[key] === b.open[key]);
};

const tooManyMutes = (): UpkeepError =>
  new UpkeepError({
    code: 'BAD_REQUEST',
    message: `more than ${MOST_MUTES} mutes at once`,
    hint: '`upkeep alerts unmute` ends them',
  });

function noDestination(wanted: string | null, names: readonly string[]): UpkeepError {
  if (wanted === null)
    return new UpkeepError({
      code: 'NOT_FOUND',
      message: 'no destination is configured',
      hint: 'add one under `destinations` in the file, then `upkeep alerts use FILE`',
    });
  const meant = nearest(wanted, names);
  return new UpkeepError({
    code: 'NOT_FOUND',
    message: `no destination is named ${wanted}`,
    hint: meant === null ? `there are ${names.join(', ') || 'none'}` : `did you mean ${meant}?`,
  });
}
