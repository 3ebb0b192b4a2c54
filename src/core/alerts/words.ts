/**
 * Figures and subjects of alerts in words. Without it a message would tell of 536870912 and leave the reader to count digits.
 */
import type { Measure } from './config.ts';

const BYTE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${rounded(value)} ${BYTE_UNITS[unit]}`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${rounded(ms / 1000)} s`;
  if (ms < 3_600_000) return `${rounded(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${rounded(ms / 3_600_000)} h` : `${rounded(ms / 86_400_000)} d`;
}

/** What the figure is, and the line that it has passed. */
export function aboveLine(measure: Measure, value: number, above: number, forMs: number): string {
  const since = forMs > 0 ? ` for ${duration(forMs)}` : '';
  switch (measure) {
    case 'memoryBytes':
      return `uses ${size(value)} of memory, more than ${size(above)}${since}`;
    case 'cpuPercent':
      return `uses ${rounded(value)} % of a core, more than ${rounded(above)} %${since}`;
    case 'loopDelayP99Ms':
      return `its event loop is ${duration(value)} late (p99), more than ${duration(above)}${since}`;
    case 'requestP99Ms':
      return `answers take ${duration(value)} (p99), more than ${duration(above)}${since}`;
    case 'errorShare':
      return `${rounded(value)} % of its answers are errors, more than ${rounded(above)} %${since}`;
  }
}

/** Whom an alert is about: `api (0)`, `api`, or the home. */
export const subjectOf = ({ name, id }: { readonly name: string | null; readonly id: number | null }): string =>
  name === null ? 'Upkeep' : id === null ? name : `${name} (${id})`;
