import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, resolveTargets, type TargetEntry } from '../../../src/core/targets.ts';

const entry = (id: number, name: string, namespace = 'default', script = `/srv/${name}.js`): TargetEntry => ({
  id,
  name,
  namespace,
  script,
});

const entries = [
  entry(0, 'api', 'web'),
  entry(1, 'api', 'web'),
  entry(2, 'worker', 'jobs', '/srv/jobs/worker.js'),
  entry(3, '455'),
  entry(4, 'last', '2'),
];

const idsOf = (...targets: string[]) => resolveTargets(targets, entries, '/srv').ids;

describe('resolveTargets', () => {
  it.each([
    ['a name means all entries of that name', ['api'], [0, 1]],
    ['a namespace', ['jobs'], [2]],
    ['all', ['all'], [0, 1, 2, 3, 4]],
    ['a pattern of names', ['/^(a|w)/'], [0, 1, 2]],
    ['a script seen from the caller', ['jobs/worker.js'], [2]],
    ['an absolute script', ['/srv/jobs/worker.js'], [2]],
    ['a number that is a name', ['455'], [3]],
    ['a number that is a namespace before it is an id', ['2'], [4]],
    ['a number that is an id', ['0'], [0]],
    ['several, each once, in their order', ['worker', 'api', '0'], [2, 0, 1]],
  ])('%s', (_, targets, ids) => {
    expect(idsOf(...targets)).toEqual(ids);
  });

  it('tells what matched nothing, with a name that is near, and goes on with the rest', () => {
    const { ids, unmatched } = resolveTargets(['wroker', 'api', '9'], entries);
    expect(ids).toEqual([0, 1]);
    expect(unmatched.map(({ target, suggestion, failure }) => [target, suggestion, failure.code])).toEqual([
      ['wroker', 'worker', 'NOT_FOUND'],
      ['9', null, 'NOT_FOUND'],
    ]);
  });

  it('finds nothing in an empty list, also by all', () => {
    expect(resolveTargets(['all'], []).unmatched).toHaveLength(1);
  });

  it('prefers a name to a namespace', () => {
    expect(resolveTargets(['x'], [entry(0, 'a', 'x'), entry(1, 'x', 'b')]).ids).toEqual([1]);
  });

  it('gives known ids only, without duplicates, and each target is matched or unmatched', () => {
    const word = fc.oneof(fc.constantFrom('api', 'all', '0', '/a/', 'jobs', '/(/'), fc.string());
    fc.assert(
      fc.property(fc.array(word), (targets) => {
        const { ids, unmatched } = resolveTargets(targets, entries, '/srv');
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => entries.some((known) => known.id === id))).toBe(true);
        const lost = targets.filter(
          (target) =>
            resolveTargets([target], entries, '/srv').ids.length === 0 && !unmatched.some((u) => u.target === target),
        );
        expect(lost).toEqual([]);
      }),
    );
  });
});

describe('compilePattern', () => {
  it.each([
    '/(a+)+$/',
    '/(a|a)*b/',
    '/(?:a*)*$/',
    '/((a){2,}){3,}/',
    '/(a)\\1/',
    '/a*a*a*a*a*b/',
    '/(/',
    '/(a?){30}b/',
    '/a?a?a?a?a?b/',
    '/(a+){2,10000000000000}b/',
    `/${'a'.repeat(300)}/`,
  ])('refuses %s', (pattern) => {
    const result = compilePattern(pattern);
    expect(result.ok ? null : result.failure.code).toBe('BAD_REQUEST');
  });

  it.each(['/^api-\\d+$/', '/(api|web)-.*/', '/[()*+]x+/', '/a{2}b?/', '/(?:web)?x/', '/a+?b*?/'])(
    'takes %s',
    (pattern) => {
      expect(compilePattern(pattern).ok).toBe(true);
    },
  );

  it('never takes long, whatever it accepts', () => {
    const piece = fc.constantFrom('a', '*', '+', '(', ')', '|', '.', '?', '{1,}', '{2,99999999999999}', '[a]');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const pattern = compilePattern(`/${pieces.join('')}$/`);
        if (!pattern.ok) return;
        // The processor's time, not the clock's: other work on the machine is none of the pattern's.
        const before = process.cpuUsage();
        pattern.value.test(`${'a'.repeat(200)}!`);
        expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
      }),
      { numRuns: 500 },
    );
  });
});
