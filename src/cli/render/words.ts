/**
 * Numbers, times and sizes as people read them. Without one way for each, two commands would show the same figure
 * differently.
 */
export { plain, plainLine } from '../../core/plain-text.ts';

const UPTIME_UNITS: readonly (readonly [suffix: string, ms: number])[] = [
  ['Y', 31_536_000_000],
  ['M', 2_592_000_000],
  ['D', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
];

/** PM2's coarse duration: a unit is used only from two of it on, so that 90 s is `90s`. */
export function shortDuration(ms: number): string {
  for (const [suffix, unit] of UPTIME_UNITS) if (ms >= 2 * unit) return `${Math.floor(ms / unit)}${suffix}`;
  return `${Math.max(0, Math.floor(ms / 1000))}s`;
}

/** `1.5 s`, `250 ms`, `3 min 20 s`: a duration in a sentence. */
export function spokenDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `32.5mb` as PM2 writes it. */
export function shortSize(bytes: number): string {
  const units = ['b', 'kb', 'mb', 'gb', 'tb'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${Math.round(value)}b` : `${value.toFixed(1)}${units[unit]}`;
}

export const percent = (value: number): string => `${Math.round(value * 10) / 10}%`;

/** Local time with its offset, to the millisecond: what stands beside log lines. */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')} ${zone}`;
}

export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`;
