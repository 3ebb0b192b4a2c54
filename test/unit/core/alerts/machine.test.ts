/** When an alert is raised and when it is over: by rule, and under any interleaving. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertConfig } from '../../../../src/core/alerts/config.ts';
import { deadlineOf, keepOnly, listAlerts, onEvent, onFigures, onTime } from '../../../../src/core/alerts/machine.ts';
import type { Happening } from '../../../../src/core/alerts/rules.ts';
import { type Alerts, type Change, type Figures, NO_ALERTS, PAST_KEPT } from '../../../../src/core/alerts/state.ts';
import { configOf, crashed, figures, happened, onlyRules, raisedIn, told } from './samples.ts';

const MINUTE = 60_000;

/** Feeds one thing after the other, and keeps what was to be told. */
class Feed {
  alerts: Alerts = NO_ALERTS;
  readonly changes: Change[] = [];
  readonly config: AlertConfig;
  constructor(config: AlertConfig) {
    this.config = config;
  }
  event(...events: readonly Happening[]): this {
    for (const event of events) this.#take(onEvent(this.alerts, this.config, event));
    return this;
  }
  figures(at: number, ...all: readonly Figures[]): this {
    return this.#take(onFigures(this.alerts, this.config, all, at));
  }
  time(at: number): this {
    return this.#take(onTime(this.alerts, this.config, at));
  }
  get told(): readonly string[] {
    return told(this.changes);
  }
  #take(step: { alerts: Alerts; changes: readonly Change[] }): this {
    this.alerts = step.alerts;
    this.changes.push(...step.changes);
    return this;
  }
}

describe('crash_loop', () => {
  const config = onlyRules({ crash_loop: { count: 3, within: '1m', clear_after: '2m' } });

  it('is raised at the third end within the time, once, and says how often', () => {
    const feed = new Feed(config).event(crashed(0), crashed(1000), crashed(2000), crashed(3000));
    expect(feed.told).toEqual(['raised 1 crash-loop']);
    expect(feed.changes[0]?.alert.reason).toBe('ended 3 times within 2 s; last: because of exited');
  });

  it('is not raised by ends that are further apart, nor by ends that were asked for', () => {
    const asked = happened(100, 'exited', { details: { asked: true, code: 0, signal: null, lived: 10 } });
    expect(new Feed(config).event(crashed(0), crashed(50_000), crashed(100_000), crashed(150_000)).told).toEqual([]);
    expect(
      new Feed(config).event(asked, { ...asked, number: asked.number + 1 }, crashed(200), crashed(300)).told,
    ).toEqual([]);
  });

  it('is over when the app has been up for clear_after, not while it waits for its next start', () => {
    const feed = new Feed(config).event(crashed(0), crashed(1), crashed(2), happened(3, 'backing-off'));
    feed.time(10 * MINUTE);
    expect(raisedIn(feed.alerts)).toEqual(['crash-loop']);
    feed.event(happened(10 * MINUTE, 'ready')).time(12 * MINUTE - 1);
    expect(raisedIn(feed.alerts)).toEqual(['crash-loop']);
    feed.time(12 * MINUTE);
    expect(feed.told).toEqual(['raised 1 crash-loop', 'cleared 1 crash-loop']);
    expect(feed.changes[1]?.alert).toMatchObject({ clearedAt: 12 * MINUTE, ended: 'well again for 2 min' });
  });

  it('is not over when it ends again meanwhile', () => {
    const feed = new Feed(config).event(crashed(0), crashed(1), crashed(2), happened(3, 'ready'));
    feed.event(crashed(MINUTE)).time(5 * MINUTE);
    expect(raisedIn(feed.alerts)).toEqual(['crash-loop']);
  });

  it('counts each process on its own, and gives way when the app is given up', () => {
    const both = new Feed(onlyRules({ crash_loop: { count: 2 }, errored: true }));
    both.event(crashed(0, 0), crashed(1, 1));
    expect(both.told).toEqual([]);
    both.event(crashed(2, 1), happened(3, 'errored', { id: 1 }));
    expect(both.told).toEqual(['raised 1 crash-loop', 'cleared 1 crash-loop', 'raised 2 errored']);
  });

  it('leaves a candidate of a reload to the reload', () => {
    const candidate = { asked: false, code: 1, signal: null, lived: 1, role: 'candidate' };
    const feed = new Feed(onlyRules({ crash_loop: { count: 1 }, errored: true }));
    feed.event(
      happened(0, 'exited', { details: candidate }),
      happened(1, 'errored', { details: { role: 'candidate' } }),
    );
    expect(feed.told).toEqual([]);
  });
});

describe('what lasts', () => {
  it.each([
    ['errored', 'errored', 'errored', 'ready'],
    ['event_loop', 'event-loop', 'blocked', 'unblocked'],
    ['event_loop', 'event-loop', 'blocked', 'exited'],
    ['errored', 'errored', 'errored', 'stopped'],
    ['errored', 'errored', 'errored', 'deleted'],
  ] as const)('%s: raised by %s, over by %s', (rule, name, on, off) => {
    const feed = new Feed(onlyRules({ [rule]: true })).event(happened(0, on), happened(1, on), happened(2, off));
    expect(feed.told).toEqual([`raised 1 ${name}`, `cleared 1 ${name}`]);
  });

  it('not_ready waits for its `for`, and what is well before that is never told', () => {
    const config = onlyRules({ not_ready: { for: '30s' } });
    const short = new Feed(config).event(happened(0, 'unready'), happened(29_999, 'ready')).time(MINUTE);
    expect(short.told).toEqual([]);
    const long = new Feed(config).event(happened(0, 'unready')).time(29_999);
    expect(long.told).toEqual([]);
    expect(deadlineOf(long.alerts, config)).toBe(30_000);
    expect(long.time(30_000).event(happened(40_000, 'ready')).told).toEqual([
      'raised 1 not-ready',
      'cleared 1 not-ready',
    ]);
  });

  it('a failed reload is about the app, and over by one that succeeds', () => {
    const app = { id: null, name: 'api' };
    const feed = new Feed(onlyRules({ reload_failed: true }));
    feed.event(happened(0, 'reload-failed', app), happened(1, 'reloaded', { id: null, name: 'other' }));
    expect(raisedIn(feed.alerts)).toEqual(['reload-failed']);
    expect(feed.event(happened(2, 'reloaded', app)).told).toEqual([
      'raised 1 reload-failed',
      'cleared 1 reload-failed',
    ]);
  });

  it('log_loss is about a file; a new daemon ends it for all of them, as it opens them anew', () => {
    const home = { id: null, name: null };
    const of = (path: string) => ({ ...home, details: { path } });
    const feed = new Feed(onlyRules({ log_loss: true }));
    feed.event(
      happened(0, 'log-lost', of('/a')),
      happened(1, 'log-lost', of('/b')),
      happened(2, 'log-recovered', of('/a')),
    );
    expect(feed.told).toEqual(['raised 1 log-loss', 'raised 2 log-loss', 'cleared 1 log-loss']);
    expect(feed.event(happened(3, 'daemon-started', home)).told.slice(3)).toEqual(['cleared 2 log-loss']);
  });

  it('the daemon’s death is told, and is over by itself', () => {
    const home = { id: null, name: null };
    const feed = new Feed(onlyRules({ daemon: { clear_after: '1m' } }));
    feed.event(happened(0, 'daemon-lost', home)).time(MINUTE);
    expect(feed.told).toEqual(['raised 1 daemon', 'cleared 1 daemon']);
  });
});

describe('figures', () => {
  const config = onlyRules({ memory: { above: '100M', for: '1m', clear_after: '1m' } });
  const mega = 1024 * 1024;
  const using = (bytes: number): Figures => figures({ memoryBytes: bytes * mega });

  it('raises after `for` above the line, with both figures, and not for a peak', () => {
    const feed = new Feed(config).figures(0, using(200)).figures(30_000, using(50)).figures(60_000, using(200));
    expect(feed.figures(90_000, using(200)).told).toEqual([]);
    expect(feed.figures(120_000, using(812)).told).toEqual(['raised 1 memory']);
    expect(feed.changes[0]?.alert.reason).toBe('uses 812 MiB of memory, more than 100 MiB for 1 min');
  });

  it('is over after clear_after below the line, or when the process does not run any more', () => {
    const raised = (): Feed => new Feed(config).figures(0, using(200)).figures(MINUTE, using(200));
    const below = raised()
      .figures(2 * MINUTE, using(99))
      .figures(2.5 * MINUTE, using(150))
      .figures(3 * MINUTE, using(99));
    expect(below.figures(4 * MINUTE - 1, using(99)).told).toEqual(['raised 1 memory']);
    expect(below.figures(4 * MINUTE, using(99)).told).toEqual(['raised 1 memory', 'cleared 1 memory']);
    expect(
      raised()
        .figures(2 * MINUTE)
        .figures(3 * MINUTE).told,
    ).toEqual(['raised 1 memory', 'cleared 1 memory']);
  });

  it('judges the share of errors only at enough requests', () => {
    const share = onlyRules({ error_rate: { above: '5%', for: 0, least: 1 } });
    const at = (requestsPerSecond: number | null, errorsPerSecond: number | null): Figures =>
      figures({ requestsPerSecond, errorsPerSecond });
    expect(new Feed(share).figures(0, at(0.9, 0.9)).figures(1, at(null, null)).figures(2, at(100, 5)).told).toEqual([]);
    const feed = new Feed(share).figures(0, at(100, 5.1));
    expect(feed.changes[0]?.alert.reason).toBe('5.1 % of its answers are errors, more than 5 %');
  });

  it('several lines of one kind are separate alerts, and apps are chosen by pattern', () => {
    const two = onlyRules({
      p99: [
        { above: '100ms', for: 0, apps: 'web-*' },
        { above: '1s', for: 0, except: '/^web/' },
      ],
    });
    const slow = (name: string, id: number, ms: number): Figures => figures({ id, name, requestP99Ms: ms });
    const feed = new Feed(two).figures(
      0,
      slow('web-1', 1, 200),
      slow('web-2', 2, 2000),
      slow('api', 3, 500),
      slow('job', 4, 2000),
    );
    expect(feed.changes.map(({ alert }) => `${alert.name} ${alert.reason}`)).toEqual([
      'web-1 answers take 200 ms (p99), more than 100 ms',
      'web-2 answers take 2 s (p99), more than 100 ms',
      'job answers take 2 s (p99), more than 1 s',
    ]);
  });
});

describe('besides', () => {
  it('an alert that stays is told again, with its number', () => {
    const config = { ...onlyRules({ errored: true }), remindMs: 60_000 };
    const feed = new Feed(config).event(happened(0, 'errored')).time(59_999).time(60_000).time(119_999).time(120_000);
    expect(feed.told).toEqual(['raised 1 errored', 'reminder 1 errored', 'reminder 1 errored']);
  });

  it('an event that was taken in before changes nothing', () => {
    const event = happened(0, 'errored');
    const feed = new Feed(onlyRules({ errored: true })).event(event, happened(1, 'ready'), event);
    expect(feed.told).toEqual(['raised 1 errored', 'cleared 1 errored']);
  });

  it('what no rule looks at any more, and what is gone, is over', () => {
    const feed = new Feed(onlyRules({ errored: true })).event(
      happened(0, 'errored'),
      happened(1, 'errored', { id: 1 }),
    );
    const gone = keepOnly(feed.alerts, feed.config, ({ id }) => id === 1, 5);
    expect(told(gone.changes)).toEqual(['cleared 1 errored']);
    expect(told(keepOnly(feed.alerts, onlyRules({}), () => true, 5).changes)).toEqual([
      'cleared 1 errored',
      'cleared 2 errored',
    ]);
  });

  it('remembers a hundred that are over, newest first, behind those that are raised', () => {
    const feed = new Feed(onlyRules({ errored: true }));
    for (let i = 0; i < PAST_KEPT + 20; i++) feed.event(happened(i, 'errored'), happened(i, 'ready'));
    feed.event(happened(1000, 'errored'));
    const all = listAlerts(feed.alerts);
    expect(all).toHaveLength(PAST_KEPT + 1);
    expect(all.slice(0, 2).map(({ number, clearedAt }) => [number, clearedAt === null])).toEqual([
      [PAST_KEPT + 21, true],
      [PAST_KEPT + 20, false],
    ]);
  });
});

describe('whatever happens in whatever order', () => {
  const config = configOf({
    remind_every: '1m',
    rules: {
      crash_loop: { count: 2, within: '20s', clear_after: '10s' },
      not_ready: { for: '5s' },
      memory: [true, { above: 100, for: '5s', clear_after: '5s' }],
      restart: { clear_after: '3s', within: '5s' },
    },
  });
  const KINDS = [
    'errored',
    'ready',
    'unready',
    'not-ready',
    'stopped',
    'deleted',
    'blocked',
    'unblocked',
    'backing-off',
    'memory-limit',
    'adopted',
    'daemon-lost',
    'daemon-started',
    'log-lost',
  ] as const;
  type Deed = { readonly afterMs: number } & (
    | { readonly do: 'event'; readonly kind: (typeof KINDS)[number]; readonly id: number }
    | { readonly do: 'crash'; readonly id: number }
    | { readonly do: 'figures'; readonly bytes: readonly (number | null)[] }
    | { readonly do: 'time' }
  );
  const afterMs = fc.integer({ min: 0, max: 12_000 });
  const id = fc.integer({ min: 0, max: 1 });
  const deed: fc.Arbitrary<Deed> = fc.oneof(
    fc.record({ do: fc.constant('event' as const), kind: fc.constantFrom(...KINDS), id, afterMs }),
    fc.record({ do: fc.constant('crash' as const), id, afterMs }),
    fc.record({
      do: fc.constant('figures' as const),
      bytes: fc.array(fc.constantFrom(null, 50, 150), { maxLength: 2 }),
      afterMs,
    }),
    fc.record({ do: fc.constant('time' as const), afterMs }),
  );
  const ABOUT_HOME = new Set(['daemon-lost', 'daemon-started']);

  /** @param between what is done to the state after each deed: a daemon that dies reads it from disk */
  function run(deeds: readonly Deed[], between: (alerts: Alerts) => Alerts): { feed: Feed; now: number } {
    const feed = new Feed(config);
    let now = 0;
    for (const one of deeds) {
      now += one.afterMs;
      if (one.do === 'event')
        feed.event(happened(now, one.kind, ABOUT_HOME.has(one.kind) ? { id: null, name: null } : { id: one.id }));
      else if (one.do === 'crash') feed.event(crashed(now, one.id));
      else if (one.do === 'figures')
        feed.figures(now, ...one.bytes.map((memoryBytes, i) => figures({ id: i, memoryBytes })));
      else feed.time(now);
      feed.alerts = between(feed.alerts);
    }
    return { feed, now };
  }

  it('numbers grow, each is raised once and over at most once, and what is raised is what was not over', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const { feed } = run(deeds, (alerts) => alerts);
        const raised = feed.changes.filter(({ what }) => what === 'raised').map(({ alert }) => alert.number);
        const over = feed.changes.filter(({ what }) => what === 'cleared').map(({ alert }) => alert.number);
        expect(raised).toEqual(raised.map((_, i) => i + 1));
        expect(new Set(over).size).toBe(over.length);
        const open = Object.values(feed.alerts.open).flatMap(({ alert }) => alert?.number ?? []);
        expect(open.sort((a, b) => a - b)).toEqual(raised.filter((number) => !over.includes(number)));
        for (const { what, alert } of feed.changes) expect(what === 'cleared').toBe(alert.clearedAt !== null);
      }),
    );
  });

  it('never two at once of one rule and process', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const up = new Set<string>();
        for (const { what, alert } of run(deeds, (alerts) => alerts).feed.changes) {
          // Two rules of memory are two.
          const key = `${alert.rule} ${alert.id} ${alert.rule === 'memory' ? alert.reason.startsWith('uses') : ''}`;
          if (what === 'raised') expect(up.has(key)).toBe(false);
          if (what === 'raised') up.add(key);
          if (what === 'cleared') expect(up.delete(key)).toBe(true);
        }
      }),
    );
  });

  it('a daemon that dies after any step goes on from the disk as if it had lived', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const lived = run(deeds, (alerts) => alerts).feed;
        const died = run(deeds, (alerts) => JSON.parse(JSON.stringify(alerts)) as Alerts).feed;
        expect(died.told).toEqual(lived.told);
      }),
    );
  });

  it('once its deadline has been kept the next one lies ahead: no timer spins', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const { feed, now } = run(deeds, (alerts) => alerts);
        feed.time(now);
        for (let at = now, i = 0; i < 20; i++) {
          const due = deadlineOf(feed.alerts, config);
          if (due === null) return;
          expect(due).toBeGreaterThan(at);
          at = due;
          feed.time(at);
        }
      }),
    );
  });
});
