/** What is pushed, decoded by OpenTelemetry's own definition of its protocol. */
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../src/export/log-record.ts';
import { otlpLogs } from '../../../src/export/otlp-logs.ts';
import { otlpMetrics } from '../../../src/export/otlp-metrics.ts';
import { nanos, otlpValue } from '../../../src/export/otlp-values.ts';
import { decoded } from '../../helpers/otlp.ts';
import { someProcess, someReadings } from './readings.ts';

const context = {
  host: 'box',
  scope: { name: 'upkeep', version: '1.0.0' },
  resource: { 'deployment.environment.name': 'test' },
} as const;
const at = 1_764_000_000_123;
const line = (text: string, id = 0) => ({ id, name: 'api', namespace: 'default', stream: 'out' as const, at, text });

describe('OTLP', () => {
  it('gives metrics a resource for each process, cumulative from its start', () => {
    const readings = someReadings([someProcess(), someProcess({ id: 1, slot: 1 })]);
    const { resourceMetrics } = decoded('metrics', otlpMetrics(readings, context));
    const resources = resourceMetrics.map(({ resource }) =>
      Object.fromEntries(resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    );
    expect(resources.map((one) => `${one['service.name']} ${one['service.instance.id']}`)).toEqual([
      'upkeep box',
      'api box/0',
      'api box/1',
    ]);
    expect(resources.every((one) => one['deployment.environment.name'] === 'test')).toBe(true);
    const own = resourceMetrics[1]?.scopeMetrics[0]?.metrics ?? [];
    const metric = (name: string) => own.find((one) => one.name === name);
    const startTimeUnixNano = nanos(1_764_000_000_500);
    expect(metric('upkeep.process.cpu')).toMatchObject({
      unit: 's',
      sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asDouble: 5.25, startTimeUnixNano }] },
    });
    expect(metric('upkeep.http.request_duration')).toMatchObject({
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ count: '10', sum: 4.25, bucketCounts: ['3', '5', '1', '1'], explicitBounds: [0.005, 0.1, 1] }],
      },
    });
    expect(metric('v8js.memory.heap.used')).toMatchObject({ unit: 'By', gauge: { dataPoints: [{}, {}] } });
    // Counted over all lives of the process.
    expect(JSON.stringify(metric('upkeep.process.restarts'))).not.toContain('startTimeUnixNano');
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length);
  });

  it('gives logs their time, severity, message, fields and trace', () => {
    const pino = {
      level: 50,
      time: at - 5,
      pid: 7,
      msg: 'failed',
      req: { id: 'x', tags: ['a', 1.5, true, null] },
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
    };
    const records = [
      line(JSON.stringify(pino)),
      line('plain', 1),
      line('[WARN] careful'),
      line('{"no": "message"}'),
      line(''),
    ];
    const { resourceLogs } = decoded('logs', otlpLogs(records.map(recordOf), context));
    expect(resourceLogs.map(({ scopeLogs }) => scopeLogs[0]?.logRecords.length)).toEqual([4, 1]);
    const [failed, careful, object] = resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
    expect(failed).toMatchObject({
      timeUnixNano: nanos(at - 5),
      observedTimeUnixNano: nanos(at),
      severityNumber: 17,
      severityText: 'ERROR',
      body: { stringValue: 'failed' },
      traceId: pino.trace_id,
      spanId: pino.span_id,
    });
    expect(failed?.attributes).toContainEqual({ key: 'pid', value: { intValue: '7' } });
    expect(failed?.attributes).toContainEqual({ key: 'log.iostream', value: { stringValue: 'stdout' } });
    expect(careful).toMatchObject({ severityNumber: 13, body: { stringValue: '[WARN] careful' } });
    expect(object).toMatchObject({ body: { stringValue: '{"no": "message"}' } });
    expect(object).not.toHaveProperty('severityNumber');
  });

  it('bounds what a field may hold', () => {
    let deep: unknown = 'end';
    for (let n = 0; n < 50; n++) deep = { deep };
    const text = JSON.stringify({
      msg: 'm',
      deep,
      many: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [n, n])),
    });
    const logs = decoded('logs', otlpLogs([recordOf(line(text))], context));
    const longest = Math.max(...(JSON.stringify(logs).match(/\{+/g) ?? []).map((run) => run.length));
    expect(longest).toBeLessThan(20);
    expect(JSON.stringify(logs).match(/"key"/g)?.length).toBeLessThan(200);
  });

  it('writes numbers as the protocol has them', () => {
    expect([1, 1.5, Number.NaN, 2 ** 60, true, null, undefined].map((one) => otlpValue(one))).toEqual([
      { intValue: '1' },
      { doubleValue: 1.5 },
      { stringValue: 'NaN' },
      { doubleValue: 2 ** 60 },
      { boolValue: true },
      {},
      { stringValue: 'undefined' },
    ]);
    expect(nanos(1_764_000_000_123)).toBe('1764000000123000000');
    expect(nanos(0.5)).toBe('500000');
  });
});
