/** What a soak has seen, for people: a table of samples, and whether memory grows. */
import type { Sample } from './samples.ts';
import { type Slope, slopeOf } from './slope.ts';

const MS_PER_HOUR = 3_600_000;

const COLUMNS: readonly (readonly [string, (sample: Sample, before: Sample | undefined) => string])[] = [
  ['s', ({ at }) => (at / 1000).toFixed(0)],
  ['RSS MB', ({ rssMb }) => rssMb.toFixed(1)],
  ['private MB', ({ privateMb }) => privateMb.toFixed(1)],
  ['heap after GC MB', ({ heapMb }) => heapMb?.toFixed(1) ?? '–'],
  ['external MB', ({ externalMb }) => externalMb?.toFixed(1) ?? '–'],
  ['fds', ({ fds }) => String(fds)],
  ['threads', ({ threads }) => String(threads)],
  ['FIFOs', ({ fifos }) => String(fifos)],
  ['processes', ({ processes }) => String(processes ?? '–')],
  ['files', ({ files }) => String(files)],
  ['home MB', ({ homeMb }) => homeMb.toFixed(1)],
  ['CPU %', (sample, before) => (before === undefined ? '–' : cpuPercent(sample, before))],
];

function cpuPercent(sample: Sample, before: Sample): string {
  const cpu = ((sample.cpuMs - before.cpuMs) / (sample.at - before.at)) * 100;
  // Of another daemon.
  return cpu < 0 ? '–' : cpu.toFixed(1);
}

export function table(samples: readonly Sample[]): string {
  const rows = samples.map((sample, i) => COLUMNS.map(([, cell]) => cell(sample, samples[i - 1])));
  const heads = COLUMNS.map(([head]) => head);
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export interface MemorySlopes {
  readonly privateMb: Slope;
  /** null: no collection came by itself. */
  readonly heapMb: Slope | null;
}

/** Over the second half: before it caches fill and code is compiled. */
export function memorySlopes(samples: readonly Sample[]): MemorySlopes {
  const half = samples.slice(Math.floor(samples.length / 2));
  const heaps = half.flatMap(({ at, heapMb }) => (heapMb === null ? [] : [{ at: at / MS_PER_HOUR, value: heapMb }]));
  return {
    privateMb: slopeOf(half.map(({ at, privateMb }) => ({ at: at / MS_PER_HOUR, value: privateMb }))),
    heapMb: heaps.length < 3 ? null : slopeOf(heaps),
  };
}
