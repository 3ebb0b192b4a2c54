import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadlineOf,
  type Effect,
  type Event,
  type Instance,
  newInstance,
  type Rules,
  runningOf,
  step,
  wantsUp,
} from '../../../src/core/instance.ts';
import { events, INCARNATION, instanceIn, NOW, rules, states } from './samples.ts';

/** state → event → the state that follows; a pair that is not named changes nothing. */
const TABLE: Record<string, Record<string, string>> = {
  down: { start: 'launching', restart: 'launching' },
  launching: {
    turn: 'launching',
    stop: 'launching',
    restart: 'launching',
    launched: 'starting',
    'launch-failed': 'backoff',
    'launch-failed for good': 'failed',
    exited: 'reaping',
  },
  'launching, then down': {
    turn: 'launching',
    stop: 'launching',
    start: 'launching',
    restart: 'launching',
    launched: 'draining',
    'launch-failed': 'down',
    'launch-failed for good': 'down',
    exited: 'reaping',
  },
  starting: {
    stop: 'draining',
    restart: 'draining',
    'became-ready': 'ready',
    'not-live': 'draining',
    exited: 'reaping',
    'keeper-lost': 'starting',
  },
  ready: {
    stop: 'draining',
    restart: 'draining',
    'became-unready': 'ready',
    'not-live': 'draining',
    exited: 'reaping',
    'keeper-lost': 'ready',
  },
  'ready, marked unready': {
    stop: 'draining',
    restart: 'draining',
    'became-ready': 'ready',
    'became-unready': 'ready',
    'not-live': 'draining',
    exited: 'reaping',
    'keeper-lost': 'ready',
  },
  'draining, then down': {
    stop: 'draining',
    start: 'draining',
    restart: 'draining',
    exited: 'reaping',
    'keeper-lost': 'draining',
  },
  'draining, then launch': {
    start: 'draining',
    stop: 'draining',
    restart: 'draining',
    exited: 'reaping',
    'keeper-lost': 'draining',
  },
  'draining, then judged': {
    start: 'draining',
    stop: 'draining',
    restart: 'draining',
    exited: 'reaping',
    'keeper-lost': 'draining',
  },
  killing: { start: 'killing', stop: 'killing', restart: 'killing', exited: 'reaping', 'keeper-lost': 'killing' },
  reaping: { start: 'reaping', stop: 'reaping', restart: 'reaping', swept: 'launching', 'swept, some left': 'failed' },
  'reaping, then down': {
    stop: 'reaping',
    start: 'reaping',
    restart: 'reaping',
    swept: 'down',
    'swept, some left': 'failed',
  },
  'reaping, then judged': {
    stop: 'reaping',
    start: 'reaping',
    restart: 'reaping',
    swept: 'launching',
    'swept, some left': 'failed',
  },
  backoff: { start: 'launching', stop: 'down', restart: 'launching' },
  failed: { start: 'launching', stop: 'down', restart: 'launching' },
  'failed, with a holdover': { start: 'killing', stop: 'killing', restart: 'killing', exited: 'reaping' },
  unknown: {
    start: 'unknown',
    stop: 'unknown',
    restart: 'unknown',
    exited: 'reaping',
    'keeper-lost': 'unknown',
    verified: 'ready',
  },
};

const AFTER_DEADLINE: Record<string, string> = {
  down: 'down',
  launching: 'reaping',
  'launching, then down': 'reaping',
  starting: 'ready',
  ready: 'ready',
  'ready, marked unready': 'ready',
  'draining, then down': 'killing',
  'draining, then judged': 'killing',
  'draining, then launch': 'killing',
  killing: 'failed',
  reaping: 'failed',
  'reaping, then down': 'failed',
  'reaping, then judged': 'failed',
  backoff: 'launching',
  failed: 'failed',
  'failed, with a holdover': 'failed',
  unknown: 'unknown',
};

describe('every state answers every event', () => {
  for (const [stateName, state] of Object.entries(states)) {
    for (const [eventName, event] of Object.entries(events)) {
      const next = TABLE[stateName]?.[eventName];
      it(`${stateName} × ${eventName} → ${next ?? 'unchanged'}`, () => {
        const before = instanceIn(state);
        const { instance, effects } = step(before, event, rules, NOW, 0);
        expect(instance.state.kind).toBe(next ?? state.kind);
        if (next === undefined) expect({ state: instance.state, effects }).toEqual({ state, effects: [] });
        else expect(instance !== before || effects.length > 0).toBe(true);
      });
    }
    it(`${stateName} × due after its deadline → ${AFTER_DEADLINE[stateName]}`, () => {
      const at = deadlineOf(state) ?? NOW;
      expect(step(instanceIn(state), { type: 'due' }, rules, at, 0).instance.state.kind).toBe(
        AFTER_DEADLINE[stateName],
      );
    });
    it(`${stateName}: an event of another life is dropped at the door`, () => {
      for (const event of Object.values(events)) {
        if (!('incarnation' in event)) continue;
        const before = instanceIn(state);
        expect(step(before, { ...event, incarnation: INCARNATION - 1 }, rules, NOW, 0)).toEqual({
          instance: before,
          effects: [],
        });
      }
    });
  }
});

describe('what a start and an end mean', () => {
  it('a stop during the launch is carried out as soon as the process is known', () => {
    const launching = step(instanceIn({ kind: 'down', reason: '' }), { type: 'start' }, rules, NOW, 0).instance;
    const stopping = step(launching, { type: 'stop', reason: 's' }, rules, NOW, 0).instance;
    const launched = step(
      stopping,
      { type: 'launched', incarnation: INCARNATION + 1, process: { pid: 1, startTime: '1', bootId: 'b' } },
      rules,
      NOW,
      0,
    );
    expect(launched.instance.state.kind).toBe('draining');
    expect(launched.effects.map((effect) => effect.type)).toContain('ask');
  });

  it('a restart counts only where something ran', () => {
    const ready = instanceIn(states.ready as Instance['state']);
    const draining = step(ready, { type: 'restart', reason: 'r', manual: true }, rules, NOW, 0).instance;
    const reaping = step(
      draining,
      { type: 'exited', incarnation: INCARNATION, exit: { kind: 'code', code: 0 } },
      rules,
      NOW,
      0,
    ).instance;
    const launched = step(reaping, { type: 'swept', incarnation: INCARNATION, left: 0 }, rules, NOW, 0).instance;
    expect(launched.ledger.restarts).toBe(2);
    expect(
      step(instanceIn({ kind: 'down', reason: '' }), { type: 'restart', reason: 'r', manual: true }, rules, NOW, 0)
        .instance.ledger.restarts,
    ).toBe(1);
  });

  it('work in flight is waited for beyond kill_timeout, up to drain_timeout', () => {
    let instance = step(
      instanceIn(states.ready as Instance['state']),
      { type: 'stop', reason: 's' },
      rules,
      NOW,
      0,
    ).instance;
    const killAt: (number | null)[] = [];
    for (const now of [NOW + 1_000, NOW + 2_000, NOW + 29_500]) {
      instance = step(instance, { type: 'busy', incarnation: INCARNATION }, rules, now, 0).instance;
      killAt.push(deadlineOf(instance.state));
    }
    expect(killAt).toEqual([NOW + 2_600, NOW + 3_600, NOW + 30_000]);
  });

  it('with wait_ready only the word of the app counts, and its silence is told', () => {
    const waiting: Rules = {
      ...rules,
      readiness: { waitReady: true, listenTimeoutMs: 3_000, succeedWithinMs: 60_000 },
    };
    const starting = instanceIn(states.starting as Instance['state']);
    expect(
      step(starting, { type: 'became-ready', incarnation: INCARNATION, how: 'listening' }, waiting, NOW, 0).instance,
    ).toBe(starting);
    expect(
      step(starting, { type: 'became-ready', incarnation: INCARNATION, how: 'ready' }, waiting, NOW, 0).instance.state,
    ).toMatchObject({ kind: 'ready', how: 'ready' });
    expect(step(starting, { type: 'due' }, waiting, NOW + 1_000, 0).instance.state).toMatchObject({
      kind: 'ready',
      how: 'late',
    });
  });
});

describe('probes', () => {
  const probed: Rules = {
    ...rules,
    readiness: { waitReady: false, listenTimeoutMs: 60_000, probed: true, succeedWithinMs: 60_000 },
  };
  const starting = instanceIn(states.starting as Instance['state']);
  const given = (instance: Instance, event: Event, now = NOW): Instance =>
    step(instance, event, probed, now, 0).instance;

  it('only the probe makes it ready, and one that is late is not ready', () => {
    for (const how of ['listening', 'ready'] as const)
      expect(given(starting, { type: 'became-ready', incarnation: INCARNATION, how })).toBe(starting);
    const passed: Event = { type: 'became-ready', incarnation: INCARNATION, how: 'probe' };
    expect(given(starting, passed).state).toMatchObject({ kind: 'ready', how: 'probe' });
    const late = given(starting, { type: 'due' }, NOW + 1_000);
    expect(late.state).toMatchObject({ kind: 'ready', how: 'late', unready: expect.any(String) });
    expect(given(late, passed).state).toEqual(expect.not.objectContaining({ unready: expect.anything() }));
  });

  it('a process that never worked counts as unstable however long it lived, and its kind ends errored', () => {
    let instance: Instance = instanceIn(states['reaping, then judged'] as Instance['state']);
    let lives = 0;
    while (instance.state.kind !== 'failed') {
      lives++;
      const { incarnation } = instance.ledger;
      const now = NOW + lives * 40_000;
      const launched = given(
        given(instance, { type: 'swept', incarnation, left: 0 }, now),
        { type: 'launched', incarnation: incarnation + 1, process: { pid: lives, startTime: '1', bootId: 'b' } },
        now,
      );
      const ill = given(
        launched,
        { type: 'not-live', incarnation: incarnation + 1, reason: 'status 500', unstable: true },
        now + 30_000,
      );
      const exit = { kind: 'code', code: 0 } as const;
      instance =
        launched.state.kind === 'failed'
          ? launched
          : given(ill, { type: 'exited', incarnation: incarnation + 1, exit }, now + 30_000);
      expect(lives).toBeLessThan(20);
    }
    expect(instance.state.reason).toContain('status 500; exit code 0; it was unstable 16 times');
    expect(lives).toBe(16);
  });
});

/** A world that obeys the machine: what it launches lives until it ends by itself or is killed. */
class World {
  instance: Instance = newInstance(0, 'new');
  now = 0;
  readonly alive = new Set<number>();
  readonly pending: Event[] = [];
  wanted = false;

  send(event: Event): void {
    const { instance, effects } = step(this.instance, event, rules, this.now, 0.5);
    this.instance = instance;
    for (const effect of effects) this.perform(effect);
  }

  perform(effect: Effect): void {
    if (effect.type === 'launch') {
      expect(this.alive.size, 'law 1: at most one live process per slot').toBe(0);
      this.alive.add(effect.incarnation);
      this.pending.push({
        type: 'launched',
        incarnation: effect.incarnation,
        process: { pid: effect.incarnation, startTime: '1', bootId: 'b' },
      });
    } else if (effect.type === 'kill') {
      this.end(effect.running.incarnation);
    } else if (effect.type === 'sweep') {
      this.alive.delete(effect.incarnation);
      this.pending.push({ type: 'swept', incarnation: effect.incarnation, left: 0 });
    }
  }

  end(incarnation: number): void {
    if (this.alive.delete(incarnation))
      this.pending.push({ type: 'exited', incarnation, exit: { kind: 'code', code: 1 } });
  }
}

const actions = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('start' as const, 'stop' as const, 'restart' as const) },
  { weight: 4, arbitrary: fc.constantFrom('deliver' as const, 'deliver-last' as const) },
  { weight: 2, arbitrary: fc.constant('end' as const) },
  { weight: 2, arbitrary: fc.constant('pass' as const) },
  { weight: 1, arbitrary: fc.constant('sicken' as const) },
);

type Action = 'start' | 'stop' | 'restart' | 'deliver' | 'deliver-last' | 'end' | 'pass' | 'sicken';

function act(world: World, action: Action): void {
  switch (action) {
    case 'start':
      world.wanted = true;
      world.send({ type: 'start' });
      return;
    case 'stop':
      world.wanted = false;
      world.send({ type: 'stop', reason: 'test' });
      return;
    case 'restart':
      world.wanted = true;
      world.send({ type: 'restart', reason: 'test', manual: true });
      return;
    case 'deliver':
    case 'deliver-last': {
      const event = action === 'deliver' ? world.pending.shift() : world.pending.pop();
      if (event !== undefined) world.send(event);
      return;
    }
    case 'sicken':
      world.send({
        type: 'not-live',
        incarnation: world.instance.ledger.incarnation,
        reason: 'its probe failed',
        unstable: true,
      });
      return;
    case 'end':
      for (const incarnation of [...world.alive]) world.end(incarnation);
      return;
    case 'pass':
      world.now = (deadlineOf(world.instance.state) ?? world.now) + 1;
      world.send({ type: 'due' });
  }
}

describe('the laws, over random interleavings', () => {
  it('never two processes, never a state that nothing ends, and the last command wins', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 60 }), (walk) => {
        const world = new World();
        for (const action of walk) {
          act(world, action);
          const { state } = world.instance;
          const isWaiting = !['down', 'ready', 'failed'].includes(state.kind);
          expect(isWaiting, 'law 7: every waiting state has a deadline').toBe(deadlineOf(state) !== null);
          expect(world.alive.size).toBeLessThanOrEqual(1);
        }
        // Let everything that is on its way arrive.
        for (let i = 0; i < 200 && (world.pending.length > 0 || deadlineOf(world.instance.state) !== null); i++)
          act(world, world.pending.length > 0 ? 'deliver' : 'pass');
        const { state } = world.instance;
        if (state.kind === 'failed') return;
        expect(state.kind).toBe(world.wanted ? 'ready' : 'down');
        expect(wantsUp(world.instance)).toBe(world.wanted);
        expect(world.alive.size).toBe(runningOf(state) === null ? 0 : 1);
      }),
      { numRuns: 2_000 },
    );
  });
});
