import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellQuote, simpleCommand, splitWords } from '../../../src/config/words.ts';

describe('splitWords', () => {
  it('splits at white space and takes away quotes around a whole word', () => {
    expect(splitWords(' a  "b c"\t\'d e\' ')).toEqual(['a', 'b c', 'd e']);
  });

  it('keeps quotes inside a word, and the word together', () => {
    expect(splitWords('--k="v w" x')).toEqual(['--k="v w"', 'x']);
  });

  it('takes an unclosed quote as an ordinary character', () => {
    expect(splitWords(`it's fine`)).toEqual(["it's", 'fine']);
  });

  it('gives nothing for an empty text', () => {
    expect(splitWords('')).toEqual([]);
  });

  it('loses no character but blanks and outer quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z=.-]{1,8}$/)), (words) => {
        expect(splitWords(words.join(' '))).toEqual(words);
      }),
    );
  });

  it('is linear for hostile texts', () => {
    const started = performance.now();
    for (const piece of ['"', "'", '"\'', 'a"', ' "', '\\"']) splitWords(piece.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('simpleCommand', () => {
  it.each([
    ['node app.js --port 3', ['node', 'app.js', '--port', '3']],
    [`node -e "1 + 1" 'a;b'`, ['node', '-e', '1 + 1', 'a;b']],
    ['x a=b ""', ['x', 'a=b', '']],
  ])('reads %s', (text, words) => {
    expect(simpleCommand(text)).toEqual(words);
  });

  it.each([
    'a | b',
    'a && b',
    'a; b',
    'A=1 b',
    'a $B',
    'a "$B"',
    'a *.js',
    'a > b',
    'a `b`',
    'a \\b',
    "a 'b",
    '~/x',
    'a #b',
    'a\nb',
    '',
  ])('leaves %j to a shell', (text) => {
    expect(simpleCommand(text)).toBeNull();
  });

  it('reads what it reads as sh does', () => {
    const printed = fc.stringMatching(/^[ -~]{0,12}$/);
    fc.assert(
      fc.property(printed, printed, (a, b) => {
        const text = `printf '%s\\n' ${a} ${b}`;
        const words = simpleCommand(text);
        if (words === null) return;
        const said = execFileSync('sh', ['-c', text], { encoding: 'utf8' });
        const args = words.slice(2);
        expect(said).toBe(args.length === 0 ? '\n' : args.map((word) => `${word}\n`).join(''));
      }),
      { numRuns: 60 },
    );
  });
});

it('shellQuote gives a word that sh reads as the same text', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~\n]{0,20}$/), (word) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellQuote(word)}`], { encoding: 'utf8' })).toBe(word);
    }),
    { numRuns: 40 },
  );
});
