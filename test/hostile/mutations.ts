/** A value with one leaf, or one branch, replaced by something else. */
import fc from 'fast-check';

type Path = readonly (string | number)[];

export function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    ...(at.length > 0 ? [at] : []),
    ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...at, key])),
  ];
}

export function withValue<T>(value: T, path: Path, put: unknown): T {
  const copy = structuredClone(value) as Record<string | number, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) as string;
  if (put === undefined) delete at[last];
  else at[last] = put;
  return copy as T;
}

/** One of its parts is another, or is missing. */
export const mutated = <T>(value: T, by: fc.Arbitrary<unknown>): fc.Arbitrary<{ value: T; path: Path; put: unknown }> =>
  fc
    .tuple(fc.constantFrom(...pathsIn(value)), fc.oneof({ weight: 9, arbitrary: by }, fc.constant(undefined)))
    .map(([path, put]) => ({ value: withValue(value, path, put), path, put }));
