/**
 * Numbers and times as the page shows them. Without one place for them the same memory would read differently in the list and on
 * the graph beside it.
 */

/** What stands where nothing is known. */
export const NOTHING = '–';

const orNothing =
  (write: (value: number) => string) =>
  (value: number | null | undefined): string =>
    value === null || value === undefined || !Number.isFinite(value) ? NOTHING : write(value);

const rounded = (value: number): string => {
  const size = Math.abs(value);
  return value.toFixed(size >= 10 || value === 0 ? 0 : size >= 1 ? 1 : 2);
};

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export const bytes = orNothing((value) => {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 1024 && unit < SIZES.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(rest) : rounded(rest)} ${SIZES[unit]}`;
});

export const percent = orNothing((value) => `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} %`);

/** Of a share between 0 and 1. */
export const share = orNothing((value) => percent(value * 100));

export const rate = orNothing((value) => `${rounded(value)}/s`);

export const millis = orNothing((value) =>
  value >= 10_000
    ? `${rounded(value / 1000)} s`
    : value >= 1000
      ? `${(value / 1000).toFixed(2)} s`
      : `${rounded(value)} ms`,
);

/** `4 d`, `3 h 20 min`, `12 s`: how long something lasts. */
export function lasting(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  return units
    .slice(first, first + (first === 0 || first === 1 ? 2 : 1))
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

export const ago = (at: number, now: number): string => (now - at < 1500 ? 'now' : `${lasting(now - at)} ago`);

const two = (value: number): string => String(value).padStart(2, '0');

export function clock(at: number, withMs = false): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

export function day(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The time alone if it is of today. */
export const moment = (at: number, now: number): string =>
  day(at) === day(now) ? clock(at) : `${day(at)} ${clock(at)}`;

export const plural = (amount: number, noun: string, nouns = `${noun}s`): string =>
  `${amount} ${amount === 1 ? noun : nouns}`;
