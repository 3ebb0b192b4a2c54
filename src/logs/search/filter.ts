/**
 * A query made ready to be asked of many lines. Without it every line would compile the pattern again, and the cheap
 * questions would not come before the dear ones.
 */
import { stripVTControlCharacters } from 'node:util';
import { type Candidates, candidatesOf } from './candidates.ts';
import { satisfies } from './fields.ts';
import { compileGrep } from './grep.ts';
import { isAtLeast } from './levels.ts';
import type { LineFacts } from './line-facts.ts';
import type { Level, LogQuery } from './query.ts';

export interface Filter {
  readonly since: number | null;
  readonly until: number | null;
  /** Lines that may match; null: each one. */
  readonly candidates: Candidates | null;
  /** Everything but the time. `heading`: the level of the line that this one continues. */
  matches(facts: LineFacts, heading: () => Level | null): boolean;
}

/** As text is searched: without colours. */
export const searchedText = (text: string): string => (text.includes('\u001b') ? stripVTControlCharacters(text) : text);

/** @throws UpkeepError BAD_REQUEST */
export function filterOf(query: LogQuery): Filter {
  const { since = null, until = null, level = null, fields = [], streams } = query;
  const grep = query.grep == null ? null : compileGrep(query.grep);
  return {
    since,
    until,
    candidates: candidatesOf(grep, fields, level),
    matches(facts, heading) {
      // Only lines of shared files tell a stream of their own.
      if (facts.stream !== null && streams !== undefined && !streams.includes(facts.stream)) return false;
      if (grep !== null && grep.test(searchedText(facts.text)) === grep.invert) return false;
      if (!fields.every((condition) => satisfies(facts.fields, condition))) return false;
      if (level === null) return true;
      const told = facts.level ?? heading();
      return told !== null && isAtLeast(told, level);
    },
  };
}
