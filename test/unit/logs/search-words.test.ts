/** What is asked for and what lines tell: times, levels, fields, patterns. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDateFormat } from '../../../src/core/date-format.ts';
import { dateReader } from '../../../src/logs/search/date-pattern.ts';
import { readFieldCondition, satisfies } from '../../../src/logs/search/fields.ts';
import { compileGrep } from '../../../src/logs/search/grep.ts';
import { factsOf } from '../../../src/logs/search/line-facts.ts';
import { readMoment } from '../../../src/logs/search/moment.ts';
import { readQuery } from '../../../src/logs/search/read-query.ts';

const NOW = new Date(2026, 10, 24, 12, 30, 15, 250).getTime();
const local = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  new Date(parts[0], parts[1] - 1, ...parts.slice(2)).getTime();

describe('instants as people write them', () => {
  for (const [text, at] of [
    ['10m', NOW - 600_000],
    ['1h30m', NOW - 5_400_000],
    ['2 d', NOW - 172_800_000],
    ['-5s', NOW - 5000],
    ['10min ago', NOW - 600_000],
    ['now', NOW],
    ['today', local(2026, 11, 24)],
    ['yesterday', local(2026, 11, 23)],
    ['10:00', local(2026, 11, 24, 10)],
    ['2026-11-23', local(2026, 11, 23)],
    ['2026-11-24 10:00', local(2026, 11, 24, 10)],
    ['2026-11-24T10:00:05.5', local(2026, 11, 24, 10, 0, 5, 500)],
    ['2026-11-24T10:00:00Z', Date.UTC(2026, 10, 24, 10)],
    ['2026-11-24T10:00:00+02:00', Date.UTC(2026, 10, 24, 8)],
    ['1795514400', 1_795_514_400_000],
    ['1795514400123', 1_795_514_400_123],
  ] as const)
    it(text, () => expect(readMoment(text, '--since', NOW)).toBe(at));

  for (const text of ['banana', '', '10', '5y', '2026-13-01', '25:00', '2026-11-24 10:61', '10m10', '-'])
    it(`${JSON.stringify(text)} is none`, () =>
      expect(() => readMoment(text, '--since', NOW)).toThrow(/--since cannot be read/));

  it('an end before the beginning is refused', () => {
    expect(() => readQuery({ since: '1m', until: '2m' }, NOW, '--')).toThrow(/--since .* is after --until/);
  });
});

describe('the level of a line', () => {
  for (const [line, level] of [
    ['{"level":10,"msg":"x"}', 'trace'],
    ['{"level":30,"time":1795514400123,"msg":"x"}', 'info'],
    ['{"level":35,"msg":"between two of pino"}', 'info'],
    ['{"level":60,"v":0,"name":"bunyan","msg":"x"}', 'fatal'],
    ['{"level":"warn","message":"winston"}', 'warn'],
    ['{"level":"verbose","message":"winston"}', 'debug'],
    ['{"severity":"ERROR","message":"x"}', 'error'],
    ['{"log.level":"info","message":"ecs"}', 'info'],
    ['{"level":{"nested":1},"msg":"x"}', null],
    ['[ERROR] x', 'error'],
    ['WARN: x', 'warn'],
    ['warn: winston simple', 'warn'],
    ['\u001b[32minfo\u001b[39m: coloured', 'info'],
    ['2026-11-24T10:00:00.000Z ERROR something', 'error'],
    ['[2026-11-24 10:00:00] [worker 3] WARNING - disk', 'warn'],
    ['time=2026 level=debug msg=x', 'debug'],
    ['TypeError: x is not a function', 'error'],
    ['Error [ERR_X]: x', 'error'],
    ['fatal flaw in the plan', null],
    ['information is power', null],
    ['no level here, error or not', null],
    ['', null],
  ] as const)
    it(JSON.stringify(line), () => expect(factsOf(line, { isJson: false, datePattern: null }).level).toBe(level));
});

describe('the time of a line', () => {
  const at = Date.UTC(2026, 10, 24, 10, 0, 0, 123);
  for (const line of [
    `{"time":${at}}`,
    '{"time":"2026-11-24T10:00:00.123Z"}',
    '{"timestamp":"2026-11-24T10:00:00.123Z","level":"info"}',
    `{"ts":${at / 1000}}`,
    `{"ts":${at}000000}`,
    '2026-11-24T10:00:00.123Z text',
    '[2026-11-24T12:00:00.123+02:00] text',
    '2026-11-24 10:00:00,123 Z text',
  ])
    it(line, () => expect(factsOf(line, { isJson: false, datePattern: null }).at).toBe(at));

  for (const line of [
    '2026-13-40T10:00:00Z x',
    '2026-11-24',
    'x 2026-11-24T10:00:00Z',
    '{"time":"soon"}',
    '{"time":7}',
  ])
    it(`${line}: it tells none`, () => expect(factsOf(line, { isJson: false, datePattern: null }).at).toBeNull());

  it('of the object that log_type json writes around a line, whose it is too', () => {
    const line =
      '{"message":"WARN: x","timestamp":"2026-11-24T10:00:00.123Z","type":"err","process_id":3,"app_name":"api"}';
    const { text, level, id, name, stream, ...rest } = factsOf(line, { isJson: true, datePattern: null });
    expect([text, level, id, name, stream, rest.at]).toEqual(['WARN: x', 'warn', 3, 'api', 'err', at]);
  });

  it('of every pattern that writes a whole date, to the pattern’s own precision', () => {
    const days = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2037, 0, 1) });
    const patterns = [
      'YYYY-MM-DD HH:mm:ss.SSS Z',
      'DD/MM/YY h:m:s a ZZ',
      'dddd, MMMM D YYYY [at] HH:mm:ss Z',
      '[[]YYYYMMDD-HHmmss[]] ZZ',
    ];
    fc.assert(
      fc.property(days, fc.constantFrom(...patterns), fc.integer({ min: -12, max: 14 }), (instant, pattern, hours) => {
        const text = `${compileDateFormat(pattern)(instant, hours * 60)}: some text`;
        const read = dateReader(pattern)(text);
        const precision = pattern.includes('SSS') ? 1 : 1000;
        expect(read?.at).toBe(Math.floor(instant / precision) * precision);
        expect(text.slice(read?.length)).toBe('some text');
      }),
    );
  });
});

describe('conditions on fields', () => {
  const fields = {
    req: { id: 'a-7', tags: ['x', 'y'] },
    'flat.key': 1,
    status: 503,
    ok: false,
    none: null,
    text: '1.0',
  };
  for (const [condition, holds] of [
    ['req.id=a-7', true],
    ['req.id=a', false],
    ['req.tags.1=y', true],
    ['flat.key=1', true],
    ['status>=500', true],
    ['status<500', false],
    ['status!=200', true],
    ['status!=503', false],
    ['missing!=1', true],
    ['missing', false],
    ['req', true],
    ['ok=false', true],
    ['none=null', true],
    ['none>0', false],
    ['text=1.0', true],
    ['req.id.length=3', false],
    ['constructor', false],
  ] as const)
    it(`${condition}: ${holds}`, () => expect(satisfies(fields, readFieldCondition(condition))).toBe(holds));

  it('what is none is refused', () => {
    for (const text of ['', '=x', 'a b', 'status>many', 'x>'])
      expect(() => readFieldCondition(text), text).toThrow(/cannot be read/);
  });
});

describe('patterns', () => {
  it('small and capital letters as the engine itself would see them', () => {
    const piece = fc.constantFrom(
      'a',
      'Z',
      '[a-f]',
      '[^k]',
      '[B-x]',
      '\\d',
      '.',
      'É',
      '\\x41',
      '(?:ab|CD)',
      'q?',
      '\\.',
    );
    const patterns = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    const lines = fc.string({ unit: fc.constantFrom(...'aAzZbBfFkKxXqQcCdD1.é') });
    fc.assert(
      fc.property(patterns, lines, (pattern, line) => {
        // What is spelled by numbers, and letters beyond ASCII, stay as they are.
        fc.pre(!/É|\\x/.test(pattern) && !line.includes('é'));
        expect(compileGrep({ pattern, ignoreCase: true }).test(line)).toBe(new RegExp(pattern, 'i').test(line));
      }),
      { numRuns: 300 },
    );
  });

  it('one that would take for ever by trying ends', () => {
    for (const grep of [{ pattern: '(a+)+$' }, { pattern: '(A+)+$', ignoreCase: true }, { pattern: '(?:a|aa)+b' }]) {
      expect(compileGrep(grep).test(`${'a'.repeat(50_000)}!`)).toBe(false);
    }
  });

  it('look-around, back-references and nonsense are refused; text stands for itself', () => {
    for (const pattern of [
      '(?=a)',
      'a(?!b)',
      '(?<=a)b',
      '(?<!a)b',
      '(a)\\1',
      '(?<n>a)\\k<n>',
      '(',
      '[',
      '',
      'x'.repeat(1001),
    ])
      expect(() => compileGrep({ pattern }), pattern).toThrow(/cannot be searched for/);
    expect(compileGrep({ pattern: '(a)[1]', isText: true, ignoreCase: true }).test('x (A)[1] y')).toBe(true);
    expect(compileGrep({ pattern: '\\(?a' }).test('a')).toBe(true);
  });
});
