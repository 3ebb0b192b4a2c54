/**
 * Conditions on the fields of structured lines: `req.id=7`, `status>=500`, `user!=root`, `err`. Without a language this small
 * people would pipe everything through another program and lose the order of time.
 */
import { UpkeepError } from '../../core/errors.ts';
import type { Fields } from './line-facts.ts';
import type { FieldCondition, FieldOperator } from './query.ts';

/** @throws UpkeepError BAD_REQUEST */
export function readFieldCondition(text: string): FieldCondition {
  const found = /^([^=!<>\s]+)\s*(!=|>=|<=|=|>|<)\s*(.*)$/s.exec(text.trim());
  if (found === null) {
    if (/^[^=!<>\s]+$/.test(text.trim())) return { path: text.trim(), operator: 'exists', value: null };
    throw bad(text, 'a condition is name, name=value, name!=value, or name>value (also >=, <, <=)');
  }
  const [, path = '', operator, value = ''] = found;
  const isOrder = operator !== '=' && operator !== '!=';
  if (isOrder && (value === '' || Number.isNaN(Number(value)))) throw bad(text, `${value} is not a number`);
  return { path, operator: operator as FieldOperator, value };
}

const bad = (text: string, why: string): UpkeepError =>
  new UpkeepError({
    code: 'BAD_REQUEST',
    message: `the field condition ${JSON.stringify(text)} cannot be read: ${why}`,
  });

/** By a dotted path; a key that has the dots itself comes first. undefined: there is none. */
export function fieldAt(fields: Fields, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const inner = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof inner !== 'object' || inner === null) continue;
    const found = fieldAt(inner as Fields, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

/** A plain line satisfies no condition. */
export function satisfies(fields: Fields | null, { path, operator, value }: FieldCondition): boolean {
  if (fields === null) return false;
  const found = fieldAt(fields, path);
  if (operator === '!=') return found === undefined || textOf(found) !== value;
  if (found === undefined) return false;
  if (operator === 'exists') return true;
  if (operator === '=') return textOf(found) === value;
  if (found === null || found === '' || typeof found === 'object') return false;
  const [left, right] = [Number(found), Number(value)];
  switch (operator) {
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    default:
      return operator satisfies never;
  }
}
