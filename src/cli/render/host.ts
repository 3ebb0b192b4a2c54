/**
 * The line below the list that says how the machine fares. Without it a full disk or a starved CPU would look like the
 * fault of an app.
 */
import type { HostView } from '../../core/host.ts';
import { colorsFor } from './colors.ts';
import { percent, plain } from './words.ts';

const MEGABYTE = 1024 ** 2;
/** File systems fuller than this are shown. */
const FULL_PERCENT = 60;
/** Less traffic (bytes per second) is not worth a place. */
const LEAST_TRAFFIC = MEGABYTE / 1000;

const rate = (bytesPerSecond: number): string => `${Number((bytesPerSecond / MEGABYTE).toFixed(3))}mb/s`;

export function renderHost(host: HostView, hasColor: boolean): string {
  const { bold, cyan, green } = colorsFor(hasColor);
  const { totalBytes, availableBytes } = host.memory;
  const parts: (readonly [name: string, value: string])[] = [
    ['cpu', green(percent(host.cpuPercent))],
    ['ram usage', green(percent(totalBytes === 0 ? 0 : (1 - availableBytes / totalBytes) * 100))],
  ];
  for (const { name, received, sent } of host.interfaces)
    if (received + sent >= LEAST_TRAFFIC)
      parts.push([plain(name), `⇓ ${green(rate(received))} ⇑ ${green(rate(sent))}`]);
  if (host.disk !== null) parts.push(['disk', `⇓ ${green(rate(host.disk.read))} ⇑ ${green(rate(host.disk.written))}`]);
  for (const { mount, usedPercent } of host.fileSystems)
    if (usedPercent > FULL_PERCENT) parts.push([plain(mount), green(percent(usedPercent))]);
  return [bold(cyan('host metrics')), ...parts.map(([name, value]) => `${bold(name)}: ${value}`)].join(' | ');
}
