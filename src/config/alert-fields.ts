/**
 * One table of what may stand in an object of an alerts file, and a reader that names what may not. Without it a mistyped
 * `remind_evry` would be taken in silence, and the user would wait for reminders.
 */
import { nearest } from '../core/nearest.ts';
import { parseDuration } from '../core/units.ts';
import { isObject } from './values.ts';

/** Where a mistake is, and what is wrong. */
export type Complain = (where: string, what: string) => void;

export type Field = 'duration' | 'text' | 'texts' | 'boolean' | 'count' | 'headers' | 'any';

type FieldValue = {
  readonly duration: number;
  readonly text: string;
  readonly texts: readonly string[];
  readonly boolean: boolean;
  readonly count: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly any: unknown;
};

export type Read<F extends Readonly<Record<string, Field>>> = { readonly [K in keyof F]?: FieldValue[F[K]] };

const EXPECTED: Readonly<Record<Field, string>> = {
  duration: "a time such as '30s', '5m', '4h' or a number of milliseconds",
  text: 'a text that is not empty, on one line',
  texts: 'a text, or a list of texts',
  boolean: 'true or false',
  count: 'a whole number from 1 to 1000',
  headers: 'an object of texts',
  any: '',
};

/** Below these no timer is worth its while, above them it would never fire. */
const LONGEST_MS = 30 * 86_400_000;

const isLine = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(value);

const READERS: { readonly [F in Field]: (raw: unknown) => FieldValue[F] | null } = {
  duration: (raw) => {
    const ms = typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : null;
    return ms === null || ms > LONGEST_MS ? null : ms;
  },
  text: (raw) => (isLine(raw) ? raw : null),
  texts: (raw) => {
    const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
    return list.length > 0 && list.every(isLine) ? list : null;
  },
  boolean: (raw) => (typeof raw === 'boolean' ? raw : null),
  count: (raw) => (Number.isInteger(raw) && Number(raw) >= 1 && Number(raw) <= 1000 ? Number(raw) : null),
  headers: (raw) => (isObject(raw) && Object.values(raw).every(isLine) ? (raw as Record<string, string>) : null),
  any: (raw) => raw,
};

/** What of the object can be read; everything else is complained of. */
export function readFields<F extends Readonly<Record<string, Field>>>(
  raw: Readonly<Record<string, unknown>>,
  fields: F,
  where: string,
  complain: Complain,
): Read<F> {
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const at = where === '' ? key : `${where}.${key}`;
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) {
      const meant = nearest(key, Object.keys(fields));
      const known = Object.keys(fields).join(', ');
      complain(
        at,
        meant === null ? `is not known here; known are ${known}` : `is not known - did you mean '${meant}'?`,
      );
      continue;
    }
    const result = READERS[field](value);
    if (result === null || result === undefined)
      complain(at, `${shown(value)} cannot be used; expected ${EXPECTED[field]}`);
    else read[key] = result;
  }
  return read as Read<F>;
}

export function shown(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
