/**
 * The machine's numbers under PM2's keys. Without the exact keys and units the dashboards that read `slist` would show
 * nothing, or megabytes as bytes.
 */
import type { HostView } from '../core/host.ts';

export interface HostMetric {
  readonly value: number;
  readonly type: 'metric';
  readonly unit: string;
  readonly historic: true;
}

const MEGABYTE = 1024 ** 2;
const GIGABYTE = 1024 ** 3;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export function hostMetrics(host: HostView): Readonly<Record<string, HostMetric>> {
  const metrics: Record<string, HostMetric> = {};
  const put = (key: string, value: number, unit: string, digits = 0): void => {
    metrics[key] = { value: rounded(value, digits), type: 'metric', unit, historic: true };
  };
  const { totalBytes, availableBytes } = host.memory;
  put('CPU Usage', host.cpuPercent, '%', 1);
  put('CPU Temperature', host.temperature ?? -1, '°C', 1);
  put('RAM Usage', totalBytes === 0 ? 0 : (1 - availableBytes / totalBytes) * 100, '%', 1);
  put('RAM Total', totalBytes, 'b');
  put('RAM Available', availableBytes, 'b');
  put('RAM Active', totalBytes - availableBytes, 'b');
  for (const one of host.interfaces) {
    put(`net:rx_5:${one.name}`, one.received / MEGABYTE, 'mb/s', 3);
    put(`net:tx_5:${one.name}`, one.sent / MEGABYTE, 'mb/s', 3);
    put(`net:rx_errors_60:${one.name}`, one.receiveErrors, '/min', 2);
    put(`net:tx_errors_60:${one.name}`, one.sendErrors, '/min', 2);
    put(`net:rx_dropped_60:${one.name}`, one.receiveDrops, '/min', 2);
    put(`net:tx_dropped_60:${one.name}`, one.sendDrops, '/min', 2);
  }
  if (host.disk !== null) {
    put('Disk Reads', host.disk.read / MEGABYTE, 'mb/s', 3);
    put('Disk Writes', host.disk.written / MEGABYTE, 'mb/s', 3);
  }
  for (const { mount, usedPercent, sizeBytes } of host.fileSystems) {
    put(`fs:use:${mount}`, usedPercent, '%', 2);
    put(`fs:size:${mount}`, sizeBytes / GIGABYTE, 'gb', 2);
  }
  return metrics;
}
