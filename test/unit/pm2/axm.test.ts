import { describe, expect, it } from 'vitest';
import { automaticMetrics, axmFields } from '../../../src/pm2/axm.ts';
import { sample } from '../cli/samples.ts';

const MEASURES = {
  heapUsedBytes: 10 * 1024 * 1024,
  heapTotalBytes: 20 * 1024 * 1024,
  activeRequests: 1,
  activeHandles: 5,
  loop: { meanMs: 0.512, p95Ms: 1.2 },
  http: { perMinute: 12, meanMs: 3.4, p95Ms: 9.6 },
} as const;
const NOTHING = { metrics: {}, actions: [], settings: {}, dropped: 0, measures: null, abilities: [] } as const;

describe('what is inside an app, in the names of PM2', () => {
  it('measures of the runtime are automatic metrics', () => {
    const metrics = automaticMetrics(MEASURES);
    expect(Object.fromEntries(Object.entries(metrics).map(([name, { value, unit }]) => [name, [value, unit]]))).toEqual(
      {
        'Used Heap Size': ['10.00', 'MiB'],
        'Heap Usage': [50, '%'],
        'Heap Size': ['20.00', 'MiB'],
        'Event Loop Latency p95': ['1.20', 'ms'],
        'Event Loop Latency': ['0.51', 'ms'],
        'Active handles': [5, undefined],
        'Active requests': [1, undefined],
        HTTP: [12, 'req/min'],
        'HTTP P95 Latency': [10, 'ms'],
        'HTTP Mean Latency': [3, 'ms'],
      },
    );
    expect(Object.keys(automaticMetrics({ ...MEASURES, http: null, loop: null }))).not.toContain('HTTP');
  });

  it('the app and the library in it win over the runtime', () => {
    const inApp = {
      ...NOTHING,
      metrics: { 'Heap Size': { value: 'its own' } },
      actions: [{ name: 'km:heapdump', type: 'internal', arity: 1, options: null }],
      settings: { module_version: '9.9.9' },
      measures: MEASURES,
      abilities: ['measure', 'km:heapdump', 'internal:inspect'],
    };
    const fields = axmFields(sample({ inApp }));
    expect(fields.axm_monitor['Heap Size']).toEqual({ value: 'its own' });
    expect(fields.axm_actions.map((action) => action.action_name)).toEqual(['internal:inspect', 'km:heapdump']);
    expect(fields.axm_options).toEqual({ module_name: 'api', module_version: '9.9.9' });
  });

  it('a daemon that tells nothing of the inside shows nothing', () => {
    expect(axmFields(sample())).toMatchObject({ axm_actions: [], axm_monitor: {}, axm_dynamic: {} });
  });
});
