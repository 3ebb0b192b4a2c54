/**
 * The tree of settings and the keys that lead into it, as `set` and `get` mean them. Without one reader of keys what was
 * set as `app.key` would not be found as `app:key`.
 */
import { fail, ok, type Result } from '../core/errors.ts';

export type Tree = { [key: string]: unknown };

/** As parts of a key they would reach into JavaScript's own objects. */
const DANGEROUS = new Set(['__proto__', 'constructor', 'prototype']);

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `a.b` and `a:b` nest; the dot wins if both are there, and what stands in double quotes is one part. */
export function partsOf(key: string): Result<readonly string[]> {
  const quoted = /"[^"]*"/g;
  const divider = key.replace(quoted, '').includes('.') ? '.' : ':';
  const parts: string[] = [''];
  for (const [piece] of key.matchAll(/"[^"]*"|[^"]|"/g)) {
    if (piece === divider) parts.push('');
    else parts[parts.length - 1] += piece.length > 1 ? piece.slice(1, -1) : piece;
  }
  const dangerous = parts.find((part) => DANGEROUS.has(part));
  if (dangerous !== undefined)
    return fail('BAD_REQUEST', `${key}: ${dangerous} cannot be part of the key of a setting`);
  if (parts.some((part) => part === ''))
    return fail('BAD_REQUEST', `${key || 'an empty text'} is not the key of a setting`);
  return ok(parts);
}

/** The value of a key; undefined: there is none. */
export function valueAt(tree: Tree, parts: readonly string[]): unknown {
  let value: unknown = tree;
  for (const part of parts) {
    if (!isTree(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** The tree with one value changed; a plain value on the way gives place to a section. */
export function withValue(tree: Tree, [part = '', ...rest]: readonly string[], value: unknown): Tree {
  if (rest.length === 0) return { ...tree, [part]: value };
  const child = Object.hasOwn(tree, part) ? tree[part] : {};
  return { ...tree, [part]: withValue(isTree(child) ? child : {}, rest, value) };
}

/** The tree without a key. */
export function without(tree: Tree, [part = '', ...rest]: readonly string[]): Tree {
  if (!Object.hasOwn(tree, part)) return tree;
  const { [part]: child, ...others } = tree;
  if (rest.length === 0) return others;
  return isTree(child) ? { ...tree, [part]: without(child, rest) } : tree;
}

/** `k v k2 "v 2"` as pairs. As in PM2 a value in double quotes keeps them. */
export function pairsOf(text: string): Result<readonly (readonly [key: string, value: string])[]> {
  const words = [...text.matchAll(/(?:"[^"]*"|[^\s"])+|"/g)].map(([word]) => word);
  if (words.length === 0 || words.length % 2 === 1)
    return fail(
      'BAD_REQUEST',
      `${text || 'an empty text'} is not a list of keys and values`,
      'e.g. "app:port 3000 app:mode fast"',
    );
  return ok(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] as string] as const] : [])));
}

const quoteForShell = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A key that leads to these parts, whatever stands in them. */
function keyOf(parts: readonly string[]): string {
  const isPlain = parts.every((part) => !/[.:]/.test(part));
  return isPlain ? parts.join(':') : parts.map((part) => (/[.:]/.test(part) ? `"${part}"` : part)).join('.');
}

/** Commands that set a section again, a line each. */
export function commandsOf(name: string, section: Tree): readonly string[] {
  const lines = (parts: readonly string[], value: unknown): readonly string[] =>
    isTree(value)
      ? Object.entries(value).flatMap(([key, child]) => lines([...parts, key], child))
      : [
          `upkeep set ${quoteForShell(keyOf(parts))} ${quoteForShell(typeof value === 'string' ? value : JSON.stringify(value))}`,
        ];
  return lines([name], section);
}
