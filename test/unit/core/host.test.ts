/** Rates from two readings of the machine's counters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HostCounters, hostView } from '../../../src/core/host.ts';
import { hostMetrics } from '../../../src/pm2/host-metrics.ts';

const counters = (at: number, value: number, more: Partial<HostCounters> = {}): HostCounters => ({
  at,
  cpu: { busyMs: value, totalMs: value * 4 },
  memory: { totalBytes: 1000, availableBytes: 250 },
  disk: { readBytes: value, writtenBytes: value * 2 },
  interfaces: [
    {
      name: 'eth0',
      receivedBytes: value,
      sentBytes: value,
      receiveErrors: value,
      sendErrors: 0,
      receiveDrops: 0,
      sendDrops: 0,
    },
  ],
  temperature: null,
  ...more,
});

describe('hostView', () => {
  it('gives rates a second, and errors a minute', () => {
    const view = hostView(counters(0, 0), counters(2000, 4_194_304), []);
    expect(view).toMatchObject({ spanMs: 2000, cpuPercent: 25, disk: { read: 2_097_152, written: 4_194_304 } });
    expect(view.interfaces).toEqual([
      expect.objectContaining({ name: 'eth0', received: 2_097_152, receiveErrors: 125_829_120, sendDrops: 0 }),
    ]);
  });

  it('is never negative and never above 100 per cent, whatever the counters do', () => {
    const reading = fc.tuple(fc.nat(), fc.nat()).map(([at, value]) => counters(at, value));
    fc.assert(
      fc.property(reading, reading, (before, now) => {
        for (const { value, unit } of Object.values(hostMetrics(hostView(before, now, [])))) {
          if (value !== -1) expect(value).toBeGreaterThanOrEqual(0);
          if (unit === '%') expect(value).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('leaves out only what cannot be read', () => {
    const view = hostView(counters(0, 0), counters(1000, 1, { disk: null, interfaces: [] }), []);
    const keys = Object.keys(hostMetrics(view));
    expect(keys).toEqual(['CPU Usage', 'CPU Temperature', 'RAM Usage', 'RAM Total', 'RAM Available', 'RAM Active']);
    expect(hostMetrics(view)['CPU Temperature']?.value).toBe(-1);
  });
});

describe('hostMetrics', () => {
  it('has the keys and units of PM2', () => {
    const view = hostView(counters(0, 0), counters(1000, 1_048_576), [
      { mount: '/', sizeBytes: 2 * 1024 ** 3, usedPercent: 12.345 },
    ]);
    const units = Object.fromEntries(Object.entries(hostMetrics(view)).map(([key, { unit }]) => [key, unit]));
    expect(units).toEqual({
      'CPU Usage': '%',
      'CPU Temperature': '°C',
      'RAM Usage': '%',
      'RAM Total': 'b',
      'RAM Available': 'b',
      'RAM Active': 'b',
      'net:rx_5:eth0': 'mb/s',
      'net:tx_5:eth0': 'mb/s',
      'net:rx_errors_60:eth0': '/min',
      'net:tx_errors_60:eth0': '/min',
      'net:rx_dropped_60:eth0': '/min',
      'net:tx_dropped_60:eth0': '/min',
      'Disk Reads': 'mb/s',
      'Disk Writes': 'mb/s',
      'fs:use:/': '%',
      'fs:size:/': 'gb',
    });
    expect(hostMetrics(view)['net:rx_5:eth0']).toEqual({ value: 1, type: 'metric', unit: 'mb/s', historic: true });
    expect(hostMetrics(view)['fs:size:/']?.value).toBe(2);
  });
});
