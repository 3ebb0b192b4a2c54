/** Alerts at work in a daemon, over a clock that the test turns: what they cost, what they see, and that a bug in them stays theirs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertConfig } from '../../../src/core/alerts/config.ts';
import type { EventDetails, EventKind } from '../../../src/core/events.ts';
import { AlertService } from '../../../src/daemon/alerts/service.ts';
import type { Daemon } from '../../../src/daemon/daemon.ts';
import type { Values } from '../../../src/daemon/observation/observation.ts';
import { EventLog } from '../../../src/supervisor/event-log.ts';
import type { Runner } from '../../../src/supervisor/runner.ts';
import { TurnedClock } from '../../helpers/turned-clock.ts';
import { configOf, onlyRules } from '../core/alerts/samples.ts';

const MINUTE = 60_000;

/** What of a daemon alerts touch. */
class FakeDaemon {
  readonly clock = new TurnedClock();
  readonly paths: { readonly home: string; readonly alertState: string };
  readonly notes: string[] = [];
  readonly runners: Runner[] = [];
  readonly listeners = new Set<(values: readonly Values[]) => void>();
  watched = 0;
  readonly events: EventLog;
  readonly observation = {
    watch: () => void this.watched++,
    onValues: (listener: (values: readonly Values[]) => void) => {
      this.listeners.add(listener);
      return () => void this.listeners.delete(listener);
    },
  };
  readonly registry = {
    runners: this.runners,
    runner: (id: number) => this.runners.find(({ slot }) => slot.id === id),
    apps: [] as unknown[],
  };
  constructor(folder: string) {
    this.paths = { home: folder, alertState: join(folder, 'alerts-state.json') };
    this.events = new EventLog(join(folder, 'events.jsonl'));
  }
  note(text: string): void {
    this.notes.push(text);
  }
  tell(
    id: number | null,
    name: string | null,
    incarnation: number | null,
    kind: EventKind,
    reason: string,
    details?: EventDetails,
  ): void {
    this.events.append(this.clock.now(), {
      kind,
      id,
      name,
      incarnation,
      reason,
      ...(details === undefined ? {} : { details }),
    });
  }
  add(id: number, name: string, state: unknown = { kind: 'ready', how: 'listening' }): Runner {
    const runner = { slot: { id }, spec: { name }, instance: { state } } as unknown as Runner;
    this.runners.push(runner);
    return runner;
  }
  values(runner: Runner, memoryBytes: number): void {
    for (const listener of this.listeners)
      listener([{ runner, at: this.clock.now(), cpuPercent: 0, memoryBytes, load: null }]);
  }
  /** Kinds and reasons of what alerts told. */
  get told(): readonly string[] {
    return this.events
      .since(null)
      .events.filter(({ kind }) => kind.startsWith('alert-'))
      .map(({ kind, name, details }) => `${kind} ${details?.alert} ${name}`);
  }
}

let folder: string;
let daemon: FakeDaemon;
const services: AlertService[] = [];
const serve = (config: AlertConfig): AlertService => {
  const service = new AlertService(daemon as unknown as Daemon, config);
  services.push(service);
  return service;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-alerts-'));
  daemon = new FakeDaemon(folder);
});
afterEach(() => {
  for (const service of services.splice(0)) service.close();
  rmSync(folder, { recursive: true });
});

/** Messages are gathered for an hour, so that none is sent in these tests. */
const withHook = (rules: Readonly<Record<string, unknown>>): AlertConfig =>
  configOf({ defaults: false, rules, group_wait: '1h', destinations: { ops: { webhook: 'http://127.0.0.1:9/' } } });

describe('what alerts cost', () => {
  it('with nothing open no timer waits, and nobody listens to figures that no rule wants', () => {
    serve(configOf({}));
    expect([daemon.clock.waiting, daemon.listeners.size, daemon.watched]).toEqual([0, 0, 0]);
  });

  it('requests are counted only for rules about requests, and as long as there are some', () => {
    const service = serve(onlyRules({ memory: '1M' }));
    const api = daemon.add(0, 'api');
    daemon.values(api, 1);
    expect([daemon.listeners.size, daemon.watched]).toEqual([1, 0]);
    service.use(onlyRules({ p99: '1s' }));
    daemon.values(api, 1);
    expect([daemon.listeners.size, daemon.watched]).toEqual([1, 2]);
    service.use(onlyRules({ errored: true }));
    expect(daemon.listeners.size).toBe(0);
  });

  it('after its end nothing of it is left', () => {
    const service = serve(withHook({ errored: true, memory: '1M' }));
    daemon.add(0, 'api');
    daemon.tell(0, 'api', 1, 'errored', 'why');
    service.close();
    expect([daemon.clock.waiting, daemon.listeners.size]).toEqual([0, 0]);
  });
});

describe('what alerts see', () => {
  it('figures raise, a daemon later they are still raised, and then over once', () => {
    const api = daemon.add(0, 'api');
    const config = onlyRules({ memory: { above: '1M', for: 0, clear_after: '1m' } });
    const first = serve(config);
    daemon.values(api, 2 * 1024 ** 2);
    first.close();
    const second = serve(config);
    daemon.values(api, 2 * 1024 ** 2);
    daemon.values(api, 1);
    daemon.clock.turn(MINUTE);
    expect(second.list()).toHaveLength(1);
    expect(daemon.told).toEqual(['alert-raised 1 api', 'alert-cleared 1 api']);
  });

  it('events that came while nobody took them in, because the daemon died at once', () => {
    const config = onlyRules({ crash_loop: { count: 2 } });
    const crash = (): void => daemon.tell(0, 'api', 1, 'exited', 'exit code 1', { asked: false });
    daemon.add(0, 'api', { kind: 'backoff', untilAt: 0, reason: 'why' });
    serve(config);
    crash();
    daemon.clock.turn(1000);
    // This one is not taken in any more by the first.
    crash();
    expect(daemon.told).toEqual([]);
    expect(serve(config).list()).toMatchObject([{ rule: 'crash-loop', name: 'api' }]);
    services.shift()?.turnOff();
  });

  it('an app that had been given up before alerts were on', () => {
    daemon.add(0, 'api', { kind: 'failed', reason: 'gave up after 16 ends' });
    const service = serve(onlyRules({ errored: true }));
    expect(service.list()).toMatchObject([
      { rule: 'errored', name: 'api', reason: 'gave up after 16 ends', clearedAt: null },
    ]);
  });

  it('one that became well while nobody looked', () => {
    const api = daemon.add(0, 'api', { kind: 'failed', reason: 'why' });
    serve(onlyRules({ errored: true })).close();
    Object.assign(api.instance, { state: { kind: 'ready', how: 'listening' } });
    expect(serve(onlyRules({ errored: true })).list()).toMatchObject([{ ended: 'ready: found so' }]);
  });

  it('an app that is gone has no alert any more', () => {
    daemon.add(0, 'api', { kind: 'failed', reason: 'why' });
    const service = serve(onlyRules({ errored: true }));
    daemon.runners.length = 0;
    daemon.tell(1, 'other', null, 'deleted', 'deleted by command');
    daemon.clock.turn(1000);
    expect(service.list()).toMatchObject([{ ended: 'it is not there any more' }]);
  });
});

describe('besides', () => {
  it('what was muted and still stands waits to be sent when the mute is over', () => {
    const service = serve(withHook({ errored: true }));
    const waiting = (): number | undefined => service.status().destinations[0]?.waiting;
    daemon.add(0, 'api');
    service.mute(['a*'], 10 * MINUTE);
    daemon.tell(0, 'api', 1, 'errored', 'why');
    daemon.clock.turn(10 * MINUTE - 1);
    expect([service.list().length, waiting(), service.status().mutes.length]).toEqual([1, 0, 1]);
    daemon.clock.turn(1);
    expect([waiting(), service.status().mutes.length]).toEqual([1, 0]);
  });

  it('a mute outlives the daemon, and can be ended by its words', () => {
    serve(withHook({ errored: true })).mute(['api'], 10 * MINUTE);
    services.splice(0)[0]?.close();
    const service = serve(withHook({ errored: true }));
    expect(service.status().mutes).toHaveLength(1);
    service.mute(['web'], 0);
    expect(service.status().mutes).toHaveLength(1);
    service.mute(['api'], 0);
    expect(service.status().mutes).toHaveLength(0);
  });

  it('a bug in alerts is written down and costs the daemon nothing', () => {
    const config = onlyRules({ errored: true });
    serve({ ...config, rules: [{ ...config.rules[0], kind: 'nonsense' } as unknown as AlertConfig['rules'][number]] });
    daemon.tell(0, 'api', 1, 'errored', 'why');
    daemon.clock.turn(1000);
    expect(daemon.notes.join()).toContain('alerts: this is a bug in upkeep');
  });
});
