/**
 * The screen with 300 processes, of which each second a tenth changes: how long a key takes, what is written, and what is drawn for
 * pictures in the docs. The daemon is a fake, so that the figures are the screen's alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { InstanceView } from '../../src/protocol/control.ts';
import type { HistoryView } from '../../src/protocol/observation.ts';
import { fakeDaemon } from '../helpers/fake-daemon.ts';
import { type Rig, test } from '../helpers/rig.ts';
import { KEYS, TestTerminal } from '../helpers/terminal.ts';
import { svgOf } from '../helpers/terminal-picture.ts';
import { NOW, viewOf } from '../helpers/views.ts';

const PROCESSES = 300;
const PICTURES = [
  [80, 24],
  [140, 40],
] as const;

/** Repeatable figures between 0 and 1. */
const noise = (seed: number): number => Math.abs(Math.sin(seed * 12.9898) * 43_758.5453) % 1;

function fleet(round: number): InstanceView[] {
  return Array.from({ length: PROCESSES }, (_, id) => {
    // Each second another tenth.
    const seed = id + Math.floor((round + 9 - (id % 10)) / 10) * 1000;
    const load = {
      heapUsedBytes: 30e6,
      loopUtilization: noise(seed + 3) * 0.6,
      loopDelayP99Ms: 12,
      requestsPerSecond: noise(seed + 4) * 900,
      errorsPerSecond: 0,
      requestP99Ms: 5 + noise(seed + 5) * 300,
    };
    return viewOf(id, {
      name: `service-${id}`,
      cpuPercent: noise(seed) * 40,
      memoryBytes: 40e6 + noise(seed + 1) * 200e6,
      restarts: id % 7 === 0 ? 3 : 0,
      startedAt: Date.now() - 3_600_000 * (1 + (id % 50)),
      load,
    });
  });
}

async function serve(
  rig: Rig,
  views: (round: number) => readonly InstanceView[],
  more: Parameters<typeof fakeDaemon>[1] = {},
): Promise<void> {
  let round = 0;
  await fakeDaemon(rig, {
    'instance.list': () => ({ instances: views(round++), notes: [], host: null }),
    'instance.describe': () => ({ instances: [] }),
    'logs.follow': () => ({ positions: [] }),
    'daemon.kill': () => ({ outcomes: [], notes: [] }),
    ...more,
  });
}

test('300 processes: keys are answered at once, and only what changed is written', async ({ rig }) => {
  await serve(rig, fleet);
  const look = async ([columns, rows]: readonly [number, number]): Promise<void> => {
    const terminal = new TestTerminal(rig, ['monit', '--sort', 'id'], { columns, rows });
    await terminal.shows('service-0 ');
    expect(terminal.lines()[0]).toContain('300 processes');
    // A held key: it ends where it was held to, drawn far less often than it came.
    const began = performance.now();
    const [keys, bytes, pictures] = [100, terminal.bytes.length, terminal.pictures()];
    terminal.press(...Array.from({ length: keys }, () => KEYS.down));
    await terminal.shows(new RegExp(`> ${keys} +service-${keys} `));
    const tookMs = performance.now() - began;
    const drawn = terminal.pictures() - pictures;
    expect(drawn).toBeLessThan(keys / 2);
    expect(tookMs).toBeLessThan(10_000);
    const keyBytes = terminal.bytes.length - bytes;
    // The list alone, twice: rows that changed and nothing else.
    const [quiet, at] = [terminal.bytes.length, terminal.pictures()];
    await terminal.draws(at + 2);
    const perPicture = Math.round((terminal.bytes.length - quiet) / (terminal.pictures() - at));
    expect(perPicture).toBeLessThan((columns * rows) / 2);
    console.log(
      `${columns}×${rows}: ${keys} keys ${Math.round(tookMs)} ms, ${drawn} pictures, ${keyBytes} bytes; then ${perPicture} bytes a second`,
    );
    // After the first picture nothing is cleared, and the terminal's own history never.
    expect(terminal.bytes.split('\u001b[2J')).toHaveLength(2);
    expect(terminal.bytes).not.toContain('\u001b[3J');
    expect(terminal.bytes.split('\u001b[?2026h').length).toBe(terminal.bytes.split('\u001b[?2026l').length);
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
  };
  await Promise.all([look([80, 24]), look([200, 60])]);
});

const wave = (at: number, step: number): number => 0.5 + 0.4 * Math.sin(at / step) + noise(at + step) * 0.1;

const HISTORY: HistoryView = {
  id: 0,
  name: 'api',
  stepMs: 10_000,
  endAt: NOW,
  series: {
    cpuPercent: Array.from({ length: 360 }, (_, at) => (at < 40 ? null : wave(at, 30) * 60)),
    memoryBytes: Array.from({ length: 360 }, (_, at) => (at < 40 ? null : 60e6 + at * 2e5)),
    heapUsedBytes: [],
    loopUtilization: Array.from({ length: 360 }, (_, at) => (at < 40 ? null : wave(at, 50))),
    loopDelayP99Ms: [],
    requestsPerSecond: Array.from({ length: 360 }, (_, at) => (at < 40 ? null : wave(at, 70) * 800)),
    errorsPerSecond: [],
    requestP99Ms: Array.from({ length: 360 }, (_, at) => (at < 40 ? null : 20 + (at % 90 === 0 ? 200 : 0))),
  },
};

const PICTURED = (): readonly InstanceView[] => {
  const [a, b, c, d, e, f] = fleet(0);
  const named = (view: InstanceView | undefined, fields: Partial<InstanceView>): InstanceView =>
    viewOf(0, { ...view, ...fields });
  return [
    named(a, { id: 0, name: 'api', appKey: 'api', execMode: 'cluster', generation: 2 }),
    named(b, { id: 1, name: 'api', appKey: 'api', slot: 1, execMode: 'cluster', generation: 2 }),
    named(c, { id: 2, name: 'worker', reason: 'up for min_uptime' }),
    named(d, {
      id: 3,
      name: 'mailer',
      status: 'errored',
      pid: 0,
      load: null,
      cpuPercent: 0,
      memoryBytes: 0,
      restarts: 16,
      reason: 'ended 16 times within 1 s each: exit code 1',
    }),
    named(e, {
      id: 4,
      name: 'cron',
      status: 'stopped',
      pid: 0,
      load: null,
      cpuPercent: 0,
      memoryBytes: 0,
      reason: 'stopped by a command',
    }),
    named(f, { id: 5, name: 'shop', readiness: 'unready', reason: 'its readiness probe fails' }),
  ];
};

/** The same at each size; written into the docs only by `npm run pictures`. */
test('the pictures of the docs are drawn from a real screen', async ({ rig }) => {
  await serve(rig, PICTURED, { 'metrics.history': () => [HISTORY] });
  for (const [columns, rows] of PICTURES) {
    const terminal = new TestTerminal(rig, ['monit'], { columns, rows });
    await terminal.shows('mailer');
    terminal.press('g');
    await terminal.shows('Latency p99');
    const svg = svgOf(terminal, `upkeep monit with graphs, ${columns}×${rows}`);
    expect(svg).toContain('mailer');
    expect(svg).toContain('Latency');
    expect(svg.match(/<text /g)?.length).toBeGreaterThan(rows / 2);
    if (process.env.UPKEEP_PICTURES === '1') {
      const folder = join(import.meta.dirname, '../../docs/pictures');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `monit-${columns}x${rows}.svg`), svg);
    }
    terminal.press('q');
    await terminal.ended;
  }
});
