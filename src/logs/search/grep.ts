/**
 * Regular expressions that may be run over anything. Without the limits here one bad pattern and one long line would hold up
 * a search, and the server that runs it, for ever.
 *
 * What V8 can only do by trying (look-around, back-references) is refused. For all else it is told to go over to its engine
 * of linear time when trying takes too long. That engine knows no `i`, so letters are spelled in both cases instead.
 */
import { UpkeepError } from '../../core/errors.ts';
import { makeLinear } from '../../platform/linear-patterns.ts';
import type { Grep } from './query.ts';

const LONGEST_PATTERN = 1000;

const bad = (pattern: string, why: string, hint?: string): UpkeepError =>
  new UpkeepError({
    code: 'BAD_REQUEST',
    message: `${JSON.stringify(pattern)} cannot be searched for: ${why}`,
    ...(hint === undefined ? {} : { hint }),
  });

/** Escapes as a whole, classes by their borders, and single characters. */
const PIECES =
  /\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|[pP]\{[^}]*\}|k<[^>]*>|[1-9]\d*|[\s\S])|\(\?(?:<?[=!]|<\w+>|:)?|\[\^?|\]|[\s\S]/giy;

const otherCase = (letter: string): string => (letter >= 'a' ? letter.toUpperCase() : letter.toLowerCase());

/** The same pattern with each ASCII letter in both cases; ranges of letters are doubled. */
function inBothCases(pattern: string): string {
  let result = '';
  let inClass = false;
  const pieces = pattern.match(PIECES) ?? [];
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at] ?? '';
    if (!inClass && piece.startsWith('[')) inClass = true;
    else if (piece === ']') inClass = false;
    const isLetter = /^[a-z]$/i.test(piece);
    if (!isLetter) result += piece;
    else if (!inClass) result += `[${piece}${otherCase(piece)}]`;
    else if (pieces[at + 1] === '-' && /^[a-z]$/i.test(pieces[at + 2] ?? '')) {
      const end = pieces[at + 2] ?? '';
      const isSameCase = piece >= 'a' === end >= 'a';
      result += `${piece}-${end}${isSameCase ? `${otherCase(piece)}-${otherCase(end)}` : 'A-Za-z'}`;
      at += 2;
    } else result += piece + otherCase(piece);
  }
  return result;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

function sourceOf({ pattern, isText = false, ignoreCase = false }: Grep): string {
  if (pattern === '') throw bad(pattern, 'it is empty');
  if (pattern.length > LONGEST_PATTERN)
    throw bad(pattern.slice(0, 40), `it is longer than ${LONGEST_PATTERN} characters`);
  if (isText) return ignoreCase ? inBothCases(escaped(pattern)) : escaped(pattern);
  for (const piece of pattern.match(PIECES) ?? []) {
    if (/^\(\?<?[=!]|^\\[1-9k]/.test(piece)) {
      const hint = 'give two conditions instead, or --invert for what must not be there';
      throw bad(pattern, 'look-around and back-references could take for ever on a long line', hint);
    }
  }
  try {
    new RegExp(pattern, 'm');
  } catch (error) {
    throw bad(
      pattern,
      `it is not a regular expression (${String((error as Error).message)
        .split(': ')
        .pop()})`,
      'put \\ before ( [ { . * + ? | ^ $ that are meant as they stand',
    );
  }
  return ignoreCase ? inBothCases(pattern) : pattern;
}

export interface CompiledGrep {
  readonly invert: boolean;
  /** The line matches; before `invert`. */
  test(line: string): boolean;
  /** For a text of many lines: where the first match at or after `from` begins; -1: there is none. */
  find(text: string, from: number): number;
  /** `^` in it means the beginning of the line as it is shown, which may not be that in the file. */
  readonly hasStart: boolean;
}

/** @throws UpkeepError BAD_REQUEST */
export function compileGrep(grep: Grep): CompiledGrep {
  makeLinear();
  const source = sourceOf(grep);
  const one = new RegExp(source, 'm');
  const all = new RegExp(source, 'gm');
  return {
    invert: grep.invert === true,
    hasStart: grep.isText !== true && source.includes('^'),
    test: (line) => one.test(line),
    find(text, from) {
      all.lastIndex = from;
      return all.exec(text)?.index ?? -1;
    },
  };
}
