import { describe, expect, it } from 'vitest';
import { describeRows, renderDescribe } from '../../../src/cli/render/describe.ts';
import { LogPrinter } from '../../../src/cli/render/log-line.ts';
import { renderWhy } from '../../../src/cli/render/why.ts';
import { spokenUp } from '../../../src/cli/report.ts';
import type { LogLine } from '../../../src/core/terms.ts';
import type { Outcome, WhyView } from '../../../src/protocol/control.ts';
import { NOW, sample, sampleSpec } from './samples.ts';

const LINE: LogLine = { id: 0, name: 'api', namespace: 'default', stream: 'err', at: NOW, text: 'no such host' };

describe('why', () => {
  const view: WhyView = {
    instance: sample({
      status: 'errored',
      pid: 0,
      reason: 'it lived less than 1000 ms 16 times in a row',
      restarts: 15,
    }),
    next: 'nothing: it was given up',
    lives: [
      {
        incarnation: 16,
        pid: 7,
        startedAt: NOW - 5050,
        endedAt: NOW - 5000,
        exit: { kind: 'code', code: 1 },
        verdict: 'given up',
      },
    ],
    lastLines: [LINE, { ...LINE, text: '\u001b[2J\u001b[31mred' }],
    listening: [],
    portConflict: { port: 3000, owner: 'process 42 (nginx)' },
  };

  it('holds state, reason, what comes next, the last end, the last lines and who has the port', () => {
    const text = renderWhy(view, { now: NOW, hasColor: false });
    for (const part of [
      'api (0) is errored',
      '16 times in a row',
      'given up',
      'exit code 1',
      '5 s ago',
      'no such host',
      '3000',
      'nginx',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('shows probes, and what blocks the event loop', () => {
    const health = {
      probes: [
        {
          kind: 'readiness',
          check: 'http /health',
          verdict: 'failing',
          failures: 4,
          why: 'status 500',
          checkedAt: NOW,
        },
      ],
      blocked: { sinceAt: NOW - 7_000, untilAt: null, frames: ['parse (/srv/a.js:1:2)'], whyNoStack: null },
    } as const;
    const text = renderWhy({ ...view, instance: sample({ generation: 3, health }) }, { now: NOW, hasColor: false });
    for (const part of [
      'http /health failing (4 in a row: status 500)',
      'generation 3',
      'has not turned for 7 s',
      'at parse (/srv/a.js:1:2)',
    ])
      expect(text).toContain(part);
  });

  it('does not let a program clear the screen', () => {
    for (const hasColor of [true, false]) expect(renderWhy(view, { now: NOW, hasColor })).not.toContain('\u001b[2J');
    expect(renderWhy(view, { now: NOW, hasColor: false })).not.toContain('\u001b');
  });
});

describe('describe', () => {
  it("has PM2's rows in their order, and optional ones only where they apply", () => {
    const labels = describeRows(sample(), NOW).map(([label]) => label);
    expect(labels.slice(0, 8)).toEqual([
      'status',
      'name',
      'namespace',
      'version',
      'restarts',
      'uptime',
      'script path',
      'script args',
    ]);
    expect(labels).not.toContain('max memory restart');
    const limited = describeRows(sample({ spec: sampleSpec({ maxMemoryBytes: 1024 ** 3, cron: '0 0 * * *' }) }), NOW);
    expect(limited).toContainEqual(['max memory restart', '1073741824']);
    expect(limited).toContainEqual(['cron restart', '0 0 * * *']);
  });

  it('is a list where a table would not fit', () => {
    expect(renderDescribe(sample(), { now: NOW, columns: 40, hasColor: false })).not.toContain('│');
    expect(renderDescribe(sample(), { now: NOW, columns: null, hasColor: false })).toContain('│');
  });
});

describe('a start that succeeded', () => {
  const outcome = (up: Outcome['up']): Outcome => ({
    ...{ id: 0, name: 'api', appKey: 'k', status: 'online', pid: 5, failure: null, lastLines: [] },
    up,
  });
  it('says how it was found to be up', () => {
    expect(spokenUp(outcome({ how: 'listening', addresses: ['0.0.0.0:3000'] }))).toContain('0.0.0.0:3000');
    expect(spokenUp(outcome({ how: 'alive', addresses: [] }))).toContain('not listening');
    expect(spokenUp(outcome({ how: 'ready', addresses: [] }))).toContain('ready');
    expect(spokenUp(outcome(null))).not.toContain('is up');
  });
});

describe('a line of logs', () => {
  it('carries its source, and all prefixes are as wide as the widest', () => {
    const printer = new LogPrinter({ kind: 'prefixed', timestamp: null, highlight: null }, false);
    printer.begin('tail');
    expect(printer.format(LINE)).toBe('0|api      | no such host\n');
    printer.begin('stream');
    expect(printer.format(LINE)).toBe('0|api | no such host\n');
    printer.format({ ...LINE, id: 11, name: 'a-longer-name' });
    expect(printer.format(LINE).indexOf(' | ')).toBe('11|a-longer-name'.length);
  });

  it('is as it was written when raw', () => {
    const printer = new LogPrinter({ kind: 'raw', highlight: null }, true);
    expect(printer.format({ ...LINE, text: '\u001b[31mx' })).toBe('\u001b[31mx\n');
  });

  it('is JSON with the keys that log readers of PM2 know', () => {
    const printer = new LogPrinter({ kind: 'json' }, false);
    expect(JSON.parse(printer.format(LINE))).toEqual({
      ...{ message: 'no such host', timestamp: new Date(NOW).toISOString() },
      ...{ type: 'err', process_id: 0, app_name: 'api' },
    });
  });

  it('has the time of the event, and none where it is not known', () => {
    const printer = new LogPrinter({ kind: 'prefixed', timestamp: 'YYYY', highlight: null }, false);
    expect(printer.format(LINE)).toMatch(/^2026 0\|api/);
    expect(printer.format({ ...LINE, at: null })).toMatch(/^0\|api/);
  });

  it('marks the text that is looked for', () => {
    const printer = new LogPrinter({ kind: 'raw', highlight: 'such' }, true);
    expect(printer.format(LINE)).toMatch(/no .*\u001b\[.*such.*\u001b\[.* host/);
  });
});
