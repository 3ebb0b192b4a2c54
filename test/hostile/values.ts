/** Values that a careful reader must be ready for, as JSON has them. */
import fc from 'fast-check';

/** Names that mean something to JavaScript, to a shell, to a terminal or to a file system. */
export const NASTY_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'all',
  '0',
  '-1',
  '1e309',
  '-rf',
  '--help',
  '../../../../tmp/upkeep-escaped',
  '/etc/passwd',
  '.',
  '..',
  'a/b',
  'a\\b',
  'line\nend',
  'cr\rhere',
  'tab\there',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b2J',
  '\u202egnp.exe',
  '\u2066hidden\u2069',
  '\u0000',
  'nul\u0000inside',
  '🐙🚀',
  '漢字',
  '$(touch /tmp/upkeep-escaped)',
  '`touch /tmp/upkeep-escaped`',
  '"; touch /tmp/upkeep-escaped; "',
  "'; touch /tmp/upkeep-escaped; '",
  '%s%n',
  '*',
  '/.*/',
  '/(a+)+$/',
  '/(/',
  '',
  ' ',
  'x'.repeat(10_000),
] as const;

const GIGANTIC = [0, -0, -1, 1e15, 2 ** 53, 1e308, -1e308, 5e-324, 0.1, 2 ** 31, 2 ** 32];

export const scalar = fc.oneof(
  fc.constantFrom(...NASTY_NAMES),
  fc.constantFrom(...GIGANTIC),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);

const key = fc.oneof(fc.constantFrom(...NASTY_NAMES.slice(0, 12)), fc.string({ maxLength: 10 }));

/** JSON of any shape; keys may be `__proto__`. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => objectOf(entries)),
  ),
})).value;

/** `__proto__` becomes a key like any other, as JSON.parse makes it. */
export const objectOf = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  JSON.parse(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`);
