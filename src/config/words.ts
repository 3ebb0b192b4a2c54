/**
 * Text cut into words: arguments written as one text, and commands that need no shell. Without it
 * every reader would split at blanks in its own way, and quoted arguments would fall apart.
 */

/**
 * Words of an option's text, in linear time. Quotes around a whole word are taken away; a word that
 * only holds quotes (`k="v w"`) stays one word and keeps them; an unclosed quote is an ordinary character.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  // Once a quote of a kind has no partner to its right, no later one has: asking again would be quadratic.
  const unpaired = new Set<string>();
  while (at < text.length) {
    if (isBlank(text[at])) {
      at++;
      continue;
    }
    const start = at;
    while (at < text.length && !isBlank(text[at])) {
      const quote = text[at] ?? '';
      at++;
      if ((quote !== '"' && quote !== "'") || unpaired.has(quote)) continue;
      const end = text.indexOf(quote, at);
      if (end === -1) unpaired.add(quote);
      else at = end + 1;
    }
    words.push(withoutOuterQuotes(text.slice(start, at)));
  }
  return words;
}

const isBlank = (char: string | undefined): boolean => char !== undefined && /\s/.test(char);

function withoutOuterQuotes(word: string): string {
  const quote = word[0];
  if ((quote !== '"' && quote !== "'") || word.length < 2) return word;
  return word.indexOf(quote, 1) === word.length - 1 ? word.slice(1, -1) : word;
}

const SPECIAL_ANYWHERE = /[|&;<>()$`\\*?[\]{}!\n\r]/;
const SPECIAL_IN_DOUBLE_QUOTES = /[$`\\!]/;

/**
 * Words of a command exactly as a shell would see them, or null if only a shell can tell (pipes,
 * variables, patterns, assignments, escapes). A program that is run without a shell gets its signals itself.
 */
export function simpleCommand(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === ' ' || char === '\t') {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1);
      const inside = text.slice(at + 1, end);
      if (end === -1 || (char === '"' && SPECIAL_IN_DOUBLE_QUOTES.test(inside))) return null;
      word = (word ?? '') + inside;
      at = end;
    } else {
      if (SPECIAL_ANYWHERE.test(char)) return null;
      if (word === null && (char === '~' || char === '#')) return null;
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  const first = words[0];
  return first === undefined || first === '' || first.includes('=') ? null : words;
}

/** A word that a POSIX shell reads as exactly this text. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
