/** The text for Prometheus: names, escaping, both forms. That a real Prometheus reads it is in test/system/metrics.test.ts. */
import { describe, expect, it } from 'vitest';
import { familiesOf } from '../../../src/export/families.ts';
import { sampleName } from '../../../src/export/prometheus-names.ts';
import { expositionFor, renderMetrics } from '../../../src/web/prometheus.ts';
import { someNode, someProcess, someReadings } from './readings.ts';

const lines = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('the text for Prometheus', () => {
  it('names apps and processes, with units written out', () => {
    const text = renderMetrics(someReadings());
    const own = 'app="api",namespace="default",id="0"';
    expect(lines(text, 'upkeep_process_cpu_seconds_total')).toEqual([`upkeep_process_cpu_seconds_total{${own}} 5.25`]);
    expect(lines(text, 'upkeep_process_start_time_seconds')).toEqual([
      `upkeep_process_start_time_seconds{${own}} 1764000000.5`,
    ]);
    expect(lines(text, 'upkeep_process_info')).toEqual([
      `upkeep_process_info{${own},version="1.2.3",generation="2",node_version="22.1.0",pid="4242"} 1`,
    ]);
    expect(lines(text, 'upkeep_process_status').filter((line) => line.endsWith(' 1'))).toEqual([
      `upkeep_process_status{${own},status="online"} 1`,
    ]);
    expect(lines(text, 'upkeep_app_resident_memory_bytes')).toEqual([
      'upkeep_app_resident_memory_bytes{app="api",namespace="default"} 64000000',
    ]);
    expect(lines(text, 'upkeep_daemon_events_total')).toEqual(['upkeep_daemon_events_total 17']);
    expect(text).toContain('# TYPE upkeep_process_restarts_total counter\n');
  });

  it('has the inside of Node under the names that OpenTelemetry gives it', () => {
    const names = familiesOf(someReadings()).map(sampleName);
    expect(names).toEqual(
      expect.arrayContaining([
        'nodejs_eventloop_utilization_ratio',
        'nodejs_eventloop_time_seconds_total',
        'nodejs_eventloop_delay_p99_seconds',
        'v8js_gc_duration_seconds',
        'v8js_memory_heap_used_bytes',
        'v8js_memory_heap_space_size_bytes',
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(renderMetrics(someReadings())).toContain(
      'nodejs_eventloop_time_seconds_total{app="api",namespace="default",id="0",nodejs_eventloop_state="active"} 12.5\n',
    );
  });

  it('writes histograms with all their buckets', () => {
    const own = 'app="api",namespace="default",id="0"';
    expect(lines(renderMetrics(someReadings()), 'upkeep_http_request_duration_seconds_bucket')).toEqual([
      `upkeep_http_request_duration_seconds_bucket{${own},le="0.005"} 3`,
      `upkeep_http_request_duration_seconds_bucket{${own},le="0.1"} 8`,
      `upkeep_http_request_duration_seconds_bucket{${own},le="1.0"} 9`,
      `upkeep_http_request_duration_seconds_bucket{${own},le="+Inf"} 10`,
    ]);
  });

  it('cannot be broken by what apps are called', () => {
    const text = renderMetrics(someReadings([someProcess({ name: 'a"} 1\nfake_metric 2\\' })]));
    expect(text).not.toMatch(/^fake_metric/m);
    expect(lines(text, 'upkeep_process_up')).toEqual([
      'upkeep_process_up{app="a\\"} 1\\nfake_metric 2\\\\",namespace="default",id="0"} 1',
    ]);
  });

  it('keeps apart what apps tell under names that become the same', () => {
    const custom = { 'Queue size': 3, 'queue-size': 4, Warteschlangenlänge: 1, '': 5, '2xx': 6, broken: Number.NaN };
    const text = renderMetrics(someReadings([someProcess({ custom })]));
    const own = 'app="api",namespace="default",id="0"';
    expect(lines(text, 'upkeep_custom_queue_size')).toEqual([
      `upkeep_custom_queue_size{${own},metric="Queue size"} 3`,
      `upkeep_custom_queue_size{${own},metric="queue-size"} 4`,
    ]);
    expect(lines(text, 'upkeep_custom_unnamed')).toHaveLength(1);
    expect(lines(text, 'upkeep_custom_2xx')).toHaveLength(1);
    expect(text).not.toContain('broken');
    expect(text.match(/^# TYPE upkeep_custom_queue_size /gm)).toHaveLength(1);
  });

  it('tells nothing of what is not known', () => {
    const stopped = someProcess({ status: 'stopped', pid: 0, node: null, openFiles: null, readiness: null });
    const text = renderMetrics({ ...someReadings([stopped]), host: null });
    for (const name of [
      'upkeep_process_cpu',
      'upkeep_process_open_fds',
      'upkeep_process_ready',
      'nodejs',
      'v8js',
      'upkeep_http',
      'upkeep_host',
    ])
      expect(text).not.toContain(`\n${name}`);
    const young = renderMetrics(someReadings([someProcess({ node: { ...someNode, http: null, loopDelay: null } })]));
    expect(young).not.toContain('nodejs_eventloop_delay');
    expect(young).not.toContain('upkeep_http');
  });

  it('sums the processes of an app; those of one name and namespace are one', () => {
    const text = renderMetrics(
      someReadings([
        someProcess(),
        someProcess({ id: 1, slot: 1, appKey: 'k1', status: 'errored', pid: 0, memoryBytes: 0, readiness: null }),
        someProcess({ id: 2, namespace: 'other' }),
      ]),
    );
    expect(lines(text, 'upkeep_app_processes').filter((line) => !line.endsWith(' 0'))).toEqual([
      'upkeep_app_processes{app="api",namespace="default",status="online"} 1',
      'upkeep_app_processes{app="api",namespace="default",status="errored"} 1',
      'upkeep_app_processes{app="api",namespace="other",status="online"} 1',
    ]);
    expect(lines(text, 'upkeep_app_restarts_total')[0]).toMatch(/ 6$/);
  });

  it('speaks OpenMetrics to those who ask for it', () => {
    expect(expositionFor('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe('openmetrics');
    expect(expositionFor('text/plain')).toBe('prometheus');
    expect(expositionFor(undefined)).toBe('prometheus');
    const text = renderMetrics(someReadings(), 'openmetrics');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).toContain('# TYPE upkeep_process info\n');
    expect(text).toContain('# TYPE upkeep_process_cpu_seconds counter\n# UNIT upkeep_process_cpu_seconds seconds\n');
    // The same samples under both forms.
    const samples = (of: string): string[] => of.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples(text)).toEqual(samples(renderMetrics(someReadings())));
  });
});
