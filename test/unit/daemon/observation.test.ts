/** The rhythm of observation, over a clock that the test turns. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { InApps } from '../../../src/daemon/in-app.ts';
import { HistoryFile } from '../../../src/daemon/observation/history-file.ts';
import { Observation, type Values } from '../../../src/daemon/observation/observation.ts';
import type { AgentReport } from '../../../src/protocol/agent.ts';
import type { Runner } from '../../../src/supervisor/runner.ts';
import { START, TurnedClock } from '../../helpers/turned-clock.ts';

const SECOND = 1_000;

function make(path: string) {
  const clock = new TurnedClock();
  const notes: string[] = [];
  const asked: unknown[] = [];
  const state = { kind: 'ready', running: { incarnation: 1, process: { pid: 7 }, launchedAt: START } };
  const runner = {
    slot: { id: 0, uniqueId: 'unique' },
    spec: { name: 'api' },
    instance: { state },
    say: (frame: unknown) => asked.push(frame),
  } as unknown as Runner;
  const list: Runner[] = [runner];
  const usage = { cpuMs: 0, memoryBytes: 5_000_000 };
  let refreshes = 0;
  const inApps = {
    refresh: async () => void refreshes++,
    isOpen: () => true,
    measuresOf: () => null,
  } as unknown as InApps;
  const observation = new Observation({
    clock,
    inApps,
    file: new HistoryFile(path, (text) => notes.push(text)),
    runners: () => list,
    usage: () => () => ({ ...usage, cpuPercent: 0, at: clock.now() }),
  });
  observation.align();
  const pong = (glance: object): void =>
    observation.onReport(runner, 1, { type: 'pong', n: 1, glance } as unknown as AgentReport);
  return { clock, notes, asked, runner, list, usage, observation, pong, state, refreshes: () => refreshes };
}

const GLANCE = {
  heapUsedBytes: 10,
  heapTotalBytes: 20,
  externalBytes: 0,
  loopActiveMs: 0,
  loopIdleMs: 0,
  delayP99Ms: 1,
};

let folder = '';
const fresh = (): string => {
  folder = mkdtempSync(join(tmpdir(), 'upkeep-observation-'));
  return join(folder, 'history.bin');
};
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('observation', () => {
  it('takes values every ten seconds, a second after the heartbeat, and tells who wants to know', () => {
    const { clock, usage, observation, runner } = make(fresh());
    const told: (readonly Values[])[] = [];
    const end = observation.onValues((values) => told.push(values));
    clock.turn(SECOND);
    usage.cpuMs = 5_000;
    clock.turn(10 * SECOND);
    expect(told.map(([one]) => one?.at)).toEqual([START + SECOND, START + 11 * SECOND]);
    expect(told[1]?.[0]).toMatchObject({ runner, cpuPercent: 50, memoryBytes: 5_000_000, load: null });
    end();
    clock.turn(10 * SECOND);
    expect(told).toHaveLength(2);
    const { stepMs, endAt, series } = observation.curveOf(runner, 1);
    expect({ stepMs, endAt }).toEqual({ stepMs: 10_000, endAt: START + 20 * SECOND });
    expect(series.cpuPercent).toEqual([null, null, null, 0, 50, 0]);
    expect(series.requestP99Ms).toEqual([null, null, null, null, null, null]);
  });

  it('asks along with the heartbeat: a glance, and all of it while somebody watches', () => {
    const { clock, asked, observation, runner, pong, refreshes } = make(fresh());
    expect(observation.lookFor(runner)).toBe('glance');
    expect(observation.lookFor(runner)).toBeUndefined();
    pong(GLANCE);
    clock.turn(10 * SECOND);
    observation.watch();
    observation.watch();
    expect(refreshes()).toBe(1);
    expect(observation.lookFor(runner)).toBe('measures');
    pong(GLANCE);
    clock.turn(200 * SECOND);
    expect(asked.at(-1)).toEqual({ type: 'ping', n: 0, look: 'glance' });
  });

  it('one that was asked in between is asked with the next heartbeat again, not by a message of its own each time', () => {
    const { clock, asked, observation, runner, pong } = make(fresh());
    // Timers are late by a little, and not always by as much.
    clock.turn(SECOND);
    clock.turn(3);
    expect(asked).toHaveLength(1);
    pong(GLANCE);
    clock.turn(29 * SECOND - 8);
    expect(observation.lookFor(runner)).toBe('glance');
    pong(GLANCE);
    clock.turn(29 * SECOND);
    expect(asked).toHaveLength(1);
  });

  it('asks one without a heartbeat itself, and one that does not answer only once a minute', () => {
    const { clock, asked, pong } = make(fresh());
    clock.turn(SECOND);
    expect(asked).toEqual([{ type: 'ping', n: 0, look: 'glance' }]);
    pong(GLANCE);
    clock.turn(20 * SECOND);
    expect(asked).toHaveLength(1);
    clock.turn(10 * SECOND);
    expect(asked).toHaveLength(2);
    clock.turn(50 * SECOND);
    expect(asked).toHaveLength(2);
    clock.turn(20 * SECOND);
    expect(asked).toHaveLength(3);
  });

  it('what was told of the inside is in the history; of a loop that stands still nothing is', () => {
    const { clock, observation, runner, pong } = make(fresh());
    pong(GLANCE);
    clock.turn(9 * SECOND);
    pong({ ...GLANCE, heapUsedBytes: 77, loopActiveMs: 4_000, loopIdleMs: 6_000 });
    clock.turn(2 * SECOND);
    expect(observation.loadOf(runner)).toMatchObject({ heapUsedBytes: 77, loopUtilization: 0.4 });
    clock.turn(60 * SECOND);
    expect(observation.loadOf(runner)).toBeNull();
    const { series } = observation.historyOf(runner, 'hour');
    expect(series.loopUtilization.filter((value) => value !== null)).toEqual([0.4, 0.4, 0.4]);
    expect(series.memoryBytes.filter((value) => value !== null)).toHaveLength(8);
  });

  it('a life that is over says nothing of the next one', () => {
    const { clock, observation, runner, pong, state } = make(fresh());
    pong(GLANCE);
    expect(observation.loadOf(runner)).not.toBeNull();
    state.running = { incarnation: 2, process: { pid: 8 }, launchedAt: clock.now() };
    expect(observation.loadOf(runner)).toBeNull();
    pong(GLANCE);
    expect(observation.loadOf(runner)).toBeNull();
  });

  it('is kept for the next daemon: at the end, and every five minutes', async () => {
    const path = fresh();
    const first = make(path);
    first.clock.turn(302 * SECOND);
    await expect.poll(() => first.clock.now() > 0 && readable(path)).toBe(true);
    const second = make(path);
    second.clock.turn(310 * SECOND);
    expect(
      second.observation.historyOf(second.runner, 'hour').series.memoryBytes.filter((value) => value !== null).length,
    ).toBe(31);
    second.observation.close();
    const third = make(path);
    third.clock.turn(400 * SECOND);
    third.observation.close();
    const fourth = make(path);
    fourth.clock.turn(400 * SECOND);
    expect(
      fourth.observation.historyOf(fourth.runner, 'day').series.memoryBytes.filter((value) => value !== null).length,
    ).toBe(5);
    expect([...first.notes, ...second.notes, ...third.notes, ...fourth.notes]).toEqual([]);
  });

  it('what was deleted is forgotten, and where nothing is nothing happens', () => {
    const path = fresh();
    const { clock, list, observation, runner } = make(path);
    clock.turn(11 * SECOND);
    list.length = 0;
    observation.align();
    expect(clock.waiting).toBe(0);
    list.push(runner);
    observation.align();
    expect(observation.historyOf(runner, 'hour').series.memoryBytes.every((value) => value === null)).toBe(true);
  });

  it('a file that is not whole is told, and written anew', () => {
    const path = fresh();
    const before = make(path);
    before.clock.turn(11 * SECOND);
    before.observation.close();
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    const { clock, observation, runner, notes } = make(path);
    clock.turn(11 * SECOND);
    expect(observation.historyOf(runner, 'hour').series.memoryBytes.filter((value) => value !== null)).toHaveLength(2);
    expect(notes).toEqual([expect.stringContaining('it is not whole')]);
    observation.close();
    expect(readFileSync(path).length).toBe(whole.length);
  });

  it('a disk that stays full is told once', () => {
    const { clock, observation, notes } = make('/nowhere/history.bin');
    clock.turn(11 * SECOND);
    observation.close();
    observation.close();
    expect(notes).toEqual([expect.stringContaining('cannot be kept in /nowhere/history.bin')]);
  });
});

const readable = (path: string): boolean => {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
};
