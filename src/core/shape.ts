/**
 * Whether a value that came from outside has the shape that its type claims, and what is wrong if not. Without it a file or a
 * message that is valid JSON and nothing more would stop the supervisor of everything.
 */

/** @returns what is wrong, or null */
export type Shape = (value: unknown, at: string) => string | null;

const shapeOf =
  (expected: string, isRight: (value: unknown) => boolean): Shape =>
  (value, at) =>
    isRight(value) ? null : `${at} must be ${expected}`;

/** No argument, path or variable can hold a NUL. */
export const text = shapeOf('a text', (value) => typeof value === 'string' && !value.includes('\0'));
export const flag = shapeOf('true or false', (value) => typeof value === 'boolean');
/** A duration, a size, an instant. */
export const amount = shapeOf('a number of at least 0', (value) => typeof value === 'number' && value >= 0);
export const number = shapeOf('a number', (value) => typeof value === 'number');
export const scalar = shapeOf(
  'a text, a number, true, false or null',
  (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
);
/** What nobody here reads, as long as it can be written again. */
export const anything: Shape = (value, at) => (isDeeper(value, DEEPEST) ? `${at} is nested too deeply` : null);
const DEEPEST = 100;

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Shape =>
  shapeOf(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
  );

export const oneOf = (...choices: readonly unknown[]): Shape =>
  shapeOf(choices.map((choice) => JSON.stringify(choice)).join(' or '), (value) => choices.includes(value));

export const orNull =
  (shape: Shape): Shape =>
  (value, at) =>
    value === null ? null : shape(value, at);

export const orAbsent =
  (shape: Shape): Shape =>
  (value, at) =>
    value === undefined ? null : shape(value, at);

export const listOf =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at} must be a list`;
    for (const [i, item] of value.entries()) {
      const wrong = shape(item, `${at}[${i}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  };

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any keys, values of one shape. */
export const mapOf =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!isRecord(value)) return `${at} must be an object`;
    for (const [key, item] of Object.entries(value)) {
      const wrong = text(key, `a key of ${at}`) ?? shape(item, `${at}.${key.slice(0, 60)}`);
      if (wrong !== null) return wrong;
    }
    return null;
  };

/** These keys; others are left to later versions. */
export const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, at) => {
    if (!isRecord(value)) return `${at} must be an object`;
    for (const [key, shape] of Object.entries(fields)) {
      const wrong = shape(Object.hasOwn(value, key) ? value[key] : undefined, `${at}.${key}`);
      if (wrong !== null) return wrong;
    }
    return null;
  };

/** One of several objects, told apart by its `kind`. */
export const byKind =
  (kinds: Readonly<Record<string, Readonly<Record<string, Shape>>>>): Shape =>
  (value, at) => {
    if (!isRecord(value)) return `${at} must be an object`;
    const { kind } = value;
    const fields = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    return fields === undefined ? `${at}.kind is none that is known` : object(fields)(value, at);
  };

/** Whether lists and objects are nested deeper than so many. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels <= 0) return true;
  for (const item of Object.values(value)) if (isDeeper(item, levels - 1)) return true;
  return false;
}
