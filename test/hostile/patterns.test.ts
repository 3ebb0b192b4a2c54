/** Regular expressions over what comes from outside: none of ours takes long on any text, and none of a user's holds up the daemon. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';
import { filePatternProblem, readFilePattern } from '../../src/core/pattern-risk.ts';
import { compilePattern } from '../../src/core/targets.ts';
import { makeLinear } from '../../src/platform/linear-patterns.ts';
import { runs } from './runs.ts';

const SRC = join(import.meta.dirname, '../../src');

interface Found {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Of a text of `n` characters these take `n` squared, and see no long ones. */
const SHORT_TEXTS: Readonly<Record<string, string>> = {
  'cli/completion-candidates.ts': 'words of one command line',
  'cli/container.ts': 'a name of a folder',
  'core/pattern-risk.ts': 'patterns of up to 200 characters, or of the config',
  'pm2/module-name.ts': 'a word of the command line',
  'export/process-families.ts': 'names of metrics, up to 200 characters',
  'platform/host-counters.ts': 'lines of /proc',
  'cli/commands/ship.ts': 'lines of a file that the user gives',
  'core/stack-trace.ts': 'lines of up to 2000 characters',
  'export/destination.ts': 'addresses of the config',
  'platform/watch.ts': 'patterns of the config',
  'logs/search/moment.ts': 'words of the command line, or of an address of up to 16 KiB',
  'web/server/page-files.ts': 'addresses of up to 16 KiB, behind the token',
};

/** Every regular expression that stands in the sources. */
function allPatterns(): Found[] {
  const found: Found[] = [];
  const walk = (node: unknown, file: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, regex } = node as { readonly type?: unknown; readonly regex?: { pattern: string; flags: string } };
    if (type === 'Literal' && regex !== undefined) found.push({ file, source: regex.pattern, flags: regex.flags });
    else for (const child of Object.values(node)) walk(child, file);
  };
  for (const file of readdirSync(SRC, { recursive: true }).map(String))
    if (/(?<!\.d)\.tsx?$/.test(file))
      walk(parseAst(readFileSync(join(SRC, file), 'utf8'), { lang: file.endsWith('x') ? 'tsx' : 'ts' }), file);
  return found;
}

/** Runs of what the pattern itself names, behind what it may begin with, and before what it cannot end with. */
function attacksOn(source: string, length: number): string[] {
  const words = source.match(/[a-z]{2,}|[^\\^$*+?.()[\]{}|]/gi) ?? [];
  const first = /^\^?([^\\^$*+?.()[\]{}|]*)/.exec(source)?.[1] ?? '';
  const pieces = [
    ...new Set([...words, 'a', 'A', '0', ' ', '\t', '\0', '_', '/', '"', ',', ':', '-', '@', '=', '\u001b[']),
  ].slice(0, 30);
  return pieces.map((piece) => `${first}${piece.repeat(Math.ceil(length / piece.length))}\u0001`);
}

function costMs(pattern: RegExp, text: string): number {
  // The processor's time, not the clock's: other work on the machine is none of the pattern's.
  const before = process.cpuUsage();
  pattern.test(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const LENGTH = 8_000;
/** Linear ones take a tenth of a millisecond, quadratic ones a hundred and more, the others do not come back. */
const LONG_MS = 12;

describe('a pattern of ours', () => {
  const patterns = allPatterns();

  it('is looked at, wherever it stands', () => {
    expect(patterns.length).toBeGreaterThan(250);
  });

  it('takes no time that grows faster than its text, or sees short texts only', () => {
    const slow: string[] = [];
    for (const { file, source, flags } of patterns) {
      const pattern = new RegExp(source, flags.replace('g', ''));
      // First short ones: what doubles with each character would never come back.
      const exploding = attacksOn(source, 26).find((text) => costMs(pattern, text) > LONG_MS);
      const found =
        exploding ??
        attacksOn(source, LENGTH).find((text) => Math.min(costMs(pattern, text), costMs(pattern, text)) > LONG_MS);
      if (found !== undefined) slow.push(`${file} /${source}/ on ${JSON.stringify(found.slice(0, 40))}`);
    }
    expect(slow.filter((text) => SHORT_TEXTS[text.split(' ')[0] ?? ''] === undefined)).toEqual([]);
  });
});

describe('a pattern of a user', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '*',
    '+',
    '?',
    '(',
    ')',
    '(?:',
    '|',
    '.',
    '[ab]',
    '{2,}',
    '{1,9999999999999}',
    '\\w',
    '$',
    '^',
    '(?=',
    '\\1',
  );
  const source = fc.array(piece, { minLength: 2, maxLength: 14 }).map((pieces) => pieces.join(''));

  it('for names is refused, or takes less than two seconds on the longest name', () => {
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compilePattern(`/${text}/`);
        if (!compiled.ok) {
          expect(compiled.failure.message).toMatch(/cannot be used/);
          return;
        }
        for (const name of ['a'.repeat(255), `${'ab'.repeat(127)}!`])
          expect(costMs(compiled.value, name)).toBeLessThan(2_000);
      }),
      runs(300),
    );
  });

  it('for files is refused, or takes less than two seconds on the longest path', () => {
    makeLinear();
    fc.assert(
      fc.property(source, fc.constantFrom('', 'i', 'g', 'u'), (text, flags) => {
        const pattern = `/${text}/${flags}`;
        const read = readFilePattern(pattern);
        if (read === null || filePatternProblem(pattern) !== null) return;
        let compiled: RegExp;
        try {
          compiled = new RegExp(read.source, read.flags);
        } catch {
          return;
        }
        expect(costMs(compiled, `/${'a'.repeat(250)}/${'ab'.repeat(120)}!`)).toBeLessThan(2_000);
      }),
      runs(300),
    );
  });
});
