/**
 * Sizes and durations as people write them. Without one reader for both, `10M` in a config, on the
 * command line and in a variable of the daemon could come to mean different numbers.
 */

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const DURATION_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes of `300M`, `1G`, `10K`, `1.5G`, `512` or a number; null if it is none of these. K is 1024. */
export function parseSize(value: string | number): number | null {
  const parts = amount(value);
  if (parts === null) return null;
  const unit = parts.unit.toUpperCase().replace(/^([KMGT])I?B$/, '$1');
  return scaled(parts.count, SIZE_UNITS[unit]);
}

/** Milliseconds of `1500`, `250ms`, `10s`, `5m`, `2h`, `30d` or a number; null if it is none of these. */
export function parseDuration(value: string | number): number | null {
  const parts = amount(value);
  return parts === null ? null : scaled(parts.count, DURATION_UNITS[parts.unit.toLowerCase()]);
}

function amount(value: string | number): { readonly count: number; readonly unit: string } | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? { count: value, unit: '' } : null;
  const found = /^(\d{1,16}(?:\.\d{1,6})?) ?([A-Za-z]{0,3})$/.exec(value.trim());
  return found === null ? null : { count: Number(found[1]), unit: found[2] ?? '' };
}

function scaled(count: number, unit: number | undefined): number | null {
  if (unit === undefined) return null;
  const total = Math.round(count * unit);
  return Number.isSafeInteger(total) ? total : null;
}
