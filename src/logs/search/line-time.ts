/**
 * When a line says it was written: a date at its beginning, or the value of a field. Without it a line that was read late,
 * because no daemon lived, would be found under the wrong time.
 */

/** Numbers of an epoch by their size: seconds until the year 5138, then ms, µs and ns. */
function ofEpoch(value: number): number | null {
  if (!Number.isFinite(value) || value < 1e8) return null;
  if (value < 1e11) return value * 1000;
  if (value < 1e14) return value;
  if (value < 1e17) return value / 1000;
  return value / 1e6;
}

/** Of the value of a `time` field: ISO 8601, or an epoch in s, ms, µs or ns. */
export function timeOfValue(value: unknown): number | null {
  if (typeof value === 'number') return ofEpoch(value);
  if (typeof value !== 'string' || value.length < 8 || value.length > 40) return null;
  if (/^\d+(?:\.\d+)?$/.test(value)) return ofEpoch(Number(value));
  return timeAtStart(value)?.at ?? null;
}

export interface TimeAtStart {
  readonly at: number;
  /** Characters that the date takes, with what encloses and follows it. */
  readonly length: number;
}

const ISO =
  /^[[(<]?(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]|, ?)(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d)\b)?[\])>]?(?:\s*[-:|]?\s+|$|:)/;

/** A date with a time at the beginning of a line; without a zone it is local time. */
export function timeAtStart(text: string): TimeAtStart | null {
  const first = text.charCodeAt(0);
  // Cheap for the many lines that begin otherwise.
  const isDigit = first >= 48 && first <= 57;
  if (!isDigit && first !== 91 && first !== 40 && first !== 60) return null;
  const found = ISO.exec(text.length > 64 ? text.slice(0, 64) : text);
  if (found === null) return null;
  const [all, year, month, day, hour, minute, second = '0', fraction = '0', zone] = found;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000);
  const at = instant(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), ms, zone);
  return at === null ? null : { at, length: all.length };
}

/** null: there is no such date. `zone` as in ISO 8601; undefined: local time. */
export function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
  zone: string | undefined,
): number | null {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (offset === null) return utc;
  const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
  return utc - minutes * 60_000;
}
