/** What keys do to the screen, and what it shows, without a terminal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../../src/cli/render/table.ts';
import { filterRows, placeColumns, readSort, sortKeys, sortRows } from '../../../../src/cli/screen/columns.ts';
import { paint } from '../../../../src/cli/screen/frame.ts';
import { LINES_KEPT, withEntries } from '../../../../src/cli/screen/log-buffer.ts';
import { logEntry } from '../../../../src/cli/screen/log-feed.ts';
import { openState, rowsOf, type ScreenState, settled } from '../../../../src/cli/screen/model.ts';
import { press, type Wish } from '../../../../src/cli/screen/press.ts';
import type { Load } from '../../../../src/protocol/observation.ts';
import { NOW, viewOf } from '../../../helpers/views.ts';

const LOAD: Load = {
  heapUsedBytes: 1,
  loopUtilization: 0.42,
  loopDelayP99Ms: 1,
  requestsPerSecond: 12_345,
  errorsPerSecond: 0,
  requestP99Ms: 1234,
};
const VIEWS = [
  viewOf(0, { name: 'api', appKey: 'api', cpuPercent: 5, load: LOAD }),
  viewOf(1, { name: 'api', appKey: 'api', cpuPercent: 90 }),
  viewOf(2, { name: 'worker', status: 'errored', pid: 0, reason: 'it ended 16 times within 1 s' }),
  viewOf(3, { name: 'cron', status: 'stopped', pid: 0 }),
];

const state = (fields: Partial<ScreenState> = {}): ScreenState =>
  settled({
    ...openState({ columns: 80, rows: 24, sort: { key: 'name', descends: false }, pane: 'log' }),
    instances: VIEWS,
    readAt: NOW,
    selected: 0,
    ...fields,
  });

/** Presses one after another; gives the last state and all wishes. */
function pressing(
  start: ScreenState,
  ...keys: readonly string[]
): { readonly state: ScreenState; readonly wishes: readonly Wish[] } {
  const wishes: Wish[] = [];
  const end = keys.reduce((before, key) => {
    const { state: next, wish } = press(before, key);
    if (wish !== null) wishes.push(wish);
    return next;
  }, start);
  return { state: end, wishes };
}

const textOf = (shown: ScreenState, hasColor = false): string =>
  paint(shown, { now: NOW, hasColor })
    .parts.flatMap(({ lines }) => lines)
    .join('\n');

describe('sorting', () => {
  it('has the highest first, the unknown last in both directions, equals by id', () => {
    const ids = (sort: string): number[] => {
      const read = readSort(sort);
      return read === null ? [] : sortRows(VIEWS, read, NOW).map(({ id }) => id);
    };
    expect(ids('cpu')).toEqual([1, 0, 2, 3]);
    expect(ids('requests')).toEqual([0, 1, 2, 3]);
    expect(ids('requests:asc')).toEqual([0, 1, 2, 3]);
    expect(ids('name')).toEqual([0, 1, 3, 2]);
    expect(ids('id:desc')).toEqual([3, 2, 1, 0]);
    expect(readSort('cpu:up')).toBeNull();
    expect(sortKeys().map((key) => readSort(key)?.key)).toEqual(sortKeys());
  });

  it('goes through the columns by < and >, and stays with the chosen process', () => {
    const moved = pressing(state(), 'down', '>').state;
    expect([moved.sort, moved.selected]).toEqual([{ key: 'status', descends: false }, 1]);
    expect(pressing(moved, '<', '<').state.sort).toEqual({ key: 'id', descends: false });
    expect(pressing(moved, 'P', 'o').state.sort).toEqual({ key: 'cpu', descends: false });
  });
});

describe('filtering', () => {
  it('wants each word in the name, namespace, state or id', () => {
    const ids = (filter: string): number[] => filterRows(VIEWS, filter).map(({ id }) => id);
    expect(ids('API online')).toEqual([0, 1]);
    expect(ids('1')).toEqual([1]);
    expect(ids('errored')).toEqual([2]);
    expect(ids('nothing')).toEqual([]);
  });

  it('chooses another process when the chosen one is hidden; Esc brings back what was before, then ends', () => {
    const typed = pressing(state(), '/', 'c', 'r', 'o', 'n').state;
    expect([typed.selected, rowsOf(typed).length]).toEqual([3, 1]);
    expect(pressing(typed, 'escape').state.filter).toBe('');
    const kept = pressing(typed, 'enter');
    expect(pressing(kept.state, 'escape')).toMatchObject({ state: { filter: '' }, wishes: [] });
    expect(pressing(kept.state, 'escape', 'escape').wishes).toEqual([{ kind: 'end' }]);
    expect(pressing(typed, 'backspace', 'ctrl-u').state.filter).toBe('');
  });
});

describe('actions', () => {
  it.each([
    ['r', 'restart'],
    ['R', 'reload'],
    ['s', 'stop'],
    ['S', 'start'],
  ])('%s does nothing before y, and a takes the whole app', (key, verb) => {
    const asked = pressing(state(), key);
    expect([asked.wishes, asked.state.mode.kind]).toEqual([[], 'confirm']);
    expect(pressing(asked.state, 'n').wishes).toEqual([]);
    expect(pressing(asked.state, 'enter').wishes).toEqual([]);
    expect(pressing(asked.state, 'x').state.mode.kind).toBe('confirm');
    expect(pressing(asked.state, 'y').wishes).toEqual([
      { kind: 'carry-out', order: { verb, ids: [0], label: 'api (0)' } },
    ]);
    expect(pressing(asked.state, 'a').wishes).toMatchObject([{ order: { verb, ids: [0, 1] } }]);
  });

  it('does to the process that was asked about, even if another stands there meanwhile', () => {
    const asked = pressing(state(), 'r').state;
    const other = settled({ ...asked, instances: VIEWS.slice(1) });
    expect(pressing(other, 'y').wishes).toMatchObject([{ order: { ids: [0] } }]);
  });

  it('scales by a number, +N or -N, after a question', () => {
    const typed = pressing(state(), 'c', '+', 'x', '2', 'enter');
    expect(textOf(typed.state)).toContain('Scale api from 2 to 4?');
    expect(pressing(typed.state, 'y').wishes).toMatchObject([{ order: { verb: 'scale', count: '+2' } }]);
    expect(pressing(state(), 'c', 'enter').state.mode.kind).toBe('browse');
  });
});

describe('the log', () => {
  const lines = (count: number): ScreenState['log'] => ({
    ...state().log,
    buffer: withEntries(
      { first: 0, entries: [] },
      Array.from({ length: count }, (_, at) => logEntry('out', at % 10 === 3 ? `Needle ${at}` : `hay ${at}`, false)),
    ),
  });
  const inLog = (): ScreenState => state({ log: lines(100), focus: 'pane' });

  it('goes from match to match, older and newer, round at the ends', () => {
    const found = pressing(inLog(), '/', ...'needle', 'enter').state;
    expect(found.log.match).toBe(93);
    expect(found.result?.text).toContain('10 lines have');
    expect(pressing(found, 'n').state.log.match).toBe(83);
    expect(pressing(found, 'n', 'N').state.log.match).toBe(93);
    expect(pressing(found, 'N').state.log.match).toBe(3);
    expect(pressing(inLog(), '/', ...'NEEDLE', 'enter').state.result).toMatchObject({ isFailure: true });
  });

  it('stands still while it is paused, whatever comes and goes', () => {
    const paused = pressing(inLog(), 'up').state;
    const shown = textOf(paused)
      .split('\n')
      .filter((line) => /hay|Needle/.test(line));
    const more = Array.from({ length: 1000 }, (_, at) => logEntry('out', `later ${at}`, false));
    const grown = { ...paused, log: { ...paused.log, buffer: withEntries(paused.log.buffer, more) } };
    expect(
      textOf(grown)
        .split('\n')
        .filter((line) => /hay|Needle/.test(line)),
    ).toEqual(shown);
    expect(pressing(grown, 'f').state.log.bottom).toBeNull();
  });

  it('shows the oldest lines that are kept when those that it was paused at are dropped', () => {
    const paused = pressing(inLog(), 'up').state;
    const flood = Array.from({ length: 3 * LINES_KEPT }, (_, at) => logEntry('out', `later ${at}`, false));
    const flooded = { ...paused, log: { ...paused.log, buffer: withEntries(paused.log.buffer, flood) } };
    expect(textOf(flooded)).toContain(`later ${2 * LINES_KEPT}`);
  });

  it('keeps a bounded number of lines', () => {
    let buffer = state().log.buffer;
    for (let round = 0; round < 30; round++)
      buffer = withEntries(
        buffer,
        Array.from({ length: 999 }, () => logEntry('out', 'x', false)),
      );
    expect(buffer.entries.length).toBeLessThan(LINES_KEPT + 2000);
    expect(buffer.first + buffer.entries.length).toBe(30 * 999);
  });

  it('lets no control character of a line through, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ max: 0x2fff, min: 0 }).map((code) => String.fromCodePoint(code)),
          maxLength: 200,
        }),
        fc.nat(60),
        fc.boolean(),
        (text, left, hasColor) => {
          const { buffer } = { buffer: { first: 0, entries: [logEntry('err', text, hasColor)] } };
          const shown = textOf(state({ log: { ...state().log, buffer, left } }), hasColor);
          expect(shown.replace(/\u001b\[[0-9;:]*m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('any size', () => {
  const histories = {
    stepMs: 10_000,
    endAt: NOW,
    id: 0,
    name: 'api',
    series: Object.fromEntries(
      [
        'cpuPercent',
        'memoryBytes',
        'heapUsedBytes',
        'loopUtilization',
        'loopDelayP99Ms',
        'requestsPerSecond',
        'errorsPerSecond',
        'requestP99Ms',
      ].map((key) => [key, Array.from({ length: 360 }, (_, at) => (at < 100 ? null : at))]),
    ),
  } as unknown as Exclude<ScreenState['history'], string>;

  it('is filled exactly, with every pane and mode', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 220 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom('log', 'graphs', 'details', null),
        fc.array(fc.constantFrom('tab', 'z', '?', '/', 'down', 'end', 'r', 'c', 'escape', 'q', '日', 'w', 'right'), {
          maxLength: 8,
        }),
        (columns, rows, pane, keys) => {
          const start = state({
            columns,
            rows,
            pane,
            history: histories,
            details: { lines: ['a', 'b'.repeat(300)], top: 0 },
          });
          const frame = paint(pressing(start, ...keys).state, { now: NOW, hasColor: true });
          const lines = frame.parts.flatMap((part) => part.lines);
          expect(lines.length).toBeLessThanOrEqual(rows);
          if (columns >= 20 && rows >= 5) expect(lines.length).toBe(rows);
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('has all columns at 80, the reason beside them at 120, and what matters most at 40', () => {
    const titles = (width: number): string =>
      placeColumns(VIEWS, width, NOW)
        .map(({ column }) => column.title)
        .join(' ');
    expect(titles(80)).toBe('id name status cpu memory loop req/s p99 ↺ uptime gen');
    expect(titles(120)).toBe('id name status cpu memory loop req/s p99 ↺ uptime gen reason');
    expect(titles(40)).toBe('name status cpu memory');
    expect(textOf(state())).toMatch(/> +0 api +online +5% +47.7mb +42% +12.3k +1.2s/);
  });

  it('shows what was asked for where there is no room for both', () => {
    const small = pressing(state({ columns: 40, rows: 10, pane: null }), 'd').state;
    expect(small.focus).toBe('pane');
    expect(textOf(small)).toContain('details');
    expect(textOf(pressing(small, 'tab').state)).toContain('> api');
  });
});
