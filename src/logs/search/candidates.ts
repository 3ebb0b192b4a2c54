/**
 * Where in a block of lines a line can be that satisfies a query: one quick look over all of it. Without it every line would be
 * parsed as JSON only to find that it is not the one.
 */
import { type CompiledGrep, compileGrep } from './grep.ts';
import { isAtLeast, LEVEL_KEYS, namesFrom } from './levels.ts';
import type { FieldCondition, Level } from './query.ts';

export interface Candidates {
  /** Where one begins at or after `from`, in a text of many lines; -1: nowhere. */
  find(text: string, from: number): number;
  /** It looks at beginnings of lines, which dates put before them hide. */
  readonly hasStart: boolean;
}

/** What must stand in a line, as it is written, for the condition to hold; null: anything may. */
function tellTale({ path, operator, value }: FieldCondition): string | null {
  if (operator === '!=') return null;
  // Letters, digits and signs that JSON writes as they are, and no number that can be written in two ways.
  if (operator === '=' && value !== null && /^[\w@/:. -]+$/.test(value) && !/^-?\d*\.\d*$|e[+-]?\d+$/i.test(value))
    return value;
  const key = path.split('.').find((part) => /^[A-Za-z_]\w*$/.test(part));
  return key === undefined ? null : `"${key}"`;
}

function ofFields(fields: readonly FieldCondition[]): Candidates | null {
  const tellTales = fields.map(tellTale).filter((text) => text !== null);
  const longest = tellTales.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return null;
  // A line that spells characters by their numbers may mean it.
  return asCandidates(`${escaped(longest)}|\\\\u00`, false);
}

/** Words of these levels, numbers under a key that is known, and lines that continue another. */
function ofLevel(level: Level): Candidates | null {
  if (!isAtLeast(level, 'warn')) return null;
  const tens = { warn: '4-9', error: '5-9', fatal: '6-9' }[level as 'warn' | 'error' | 'fatal'];
  const keys = LEVEL_KEYS.map(escaped).join('|');
  const words = namesFrom(level).join('|');
  return asCandidates(`^[ \\t]|(?:${keys})"\\s*:\\s*"?(?:[${tens}]\\d|100)|${words}|exception`, true);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

function asCandidates(pattern: string, ignoreCase: boolean): Candidates {
  return compileGrep({ pattern, ignoreCase });
}

/** null: every line is one. */
export function candidatesOf(
  grep: CompiledGrep | null,
  fields: readonly FieldCondition[],
  level: Level | null,
): Candidates | null {
  if (grep !== null && !grep.invert) return grep;
  return ofFields(fields) ?? (level === null ? null : ofLevel(level));
}
