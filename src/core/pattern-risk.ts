/**
 * Whether a user's regular expression could take very long. JavaScript's engine tries all ways in which a pattern can match;
 * without a look at it first one pattern and one name would stop the supervisor of everything.
 */

/** `*`, `+` and `{}`: time grows with the length of the text to this power. */
const MOST_REPEATS = 3;
/** `?`: each can double the time. */
const MOST_OPTIONS = 4;

/** Why it could, or null. Reads it once, without understanding more than it must. */
export function riskOf(source: string): string | null {
  // For each open group: does it hold a quantifier or an alternative?
  const groups: boolean[] = [false];
  let closed = false;
  let isQuantified = false;
  let repeats = 0;
  let options = 0;
  for (let at = 0; at < source.length; at++) {
    const char = source[at] ?? '';
    const wasClosed: boolean = closed;
    const wasQuantified: boolean = isQuantified;
    closed = false;
    isQuantified = false;
    if (char === '\\') {
      at++;
      if (/[1-9k]/.test(source[at] ?? '')) return 'it has a back reference';
    } else if (char === '[') {
      at = endOfClass(source, at);
    } else if (char === '(') {
      groups.push(false);
      if (source[at + 1] === '?') at++;
    } else if (char === ')') {
      closed = groups.pop() ?? false;
      if (closed) groups[groups.length - 1] = true;
    } else if (char === '|') {
      groups[groups.length - 1] = true;
    } else if (char === '?') {
      // Behind another quantifier it only says that the shortest way is tried first.
      if (wasQuantified) continue;
      groups[groups.length - 1] = true;
      isQuantified = true;
      options++;
    } else if (char === '*' || char === '+' || (char === '{' && /^\{\d*,?\d*\}/.test(source.slice(at)))) {
      if (wasClosed) return 'a repeated group repeats or chooses inside';
      groups[groups.length - 1] = true;
      isQuantified = true;
      repeats++;
      if (char === '{') at = source.indexOf('}', at);
    }
  }
  if (repeats > MOST_REPEATS) return `it repeats more than ${MOST_REPEATS} times`;
  return options > MOST_OPTIONS ? `it has more than ${MOST_OPTIONS} \`?\`` : null;
}

function endOfClass(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}

/** A pattern of files written as `/…/flags`. `/a/b/` is also how a folder is written: only what a path cannot be counts. */
export function readFilePattern(pattern: string): { readonly source: string; readonly flags: string } | null {
  const [, source, flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(pattern) ?? [];
  return source === undefined || !/[\\^$*+?()[\]{}|]/.test(source) ? null : { source, flags };
}

/**
 * Why such a pattern cannot be run over the paths of files, which are long, and named by whoever uploads them; or null. V8's
 * engine of linear time stands in where trying takes long, but knows neither `i` nor look-around nor back references.
 */
export function filePatternProblem(pattern: string): string | null {
  const read = readFilePattern(pattern);
  if (read === null) return null;
  const isForTrying = read.flags.includes('i') || /\(\?<?[=!]|\\[1-9k]/.test(read.source);
  const risk = isForTrying ? riskOf(read.source) : null;
  return risk === null ? null : `the pattern ${pattern.slice(0, 100)} cannot be used: ${risk}`;
}
