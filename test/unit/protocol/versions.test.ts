import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreedProtocol, isLater, mismatch, otherVersion, speaksOf } from '../../../src/protocol/versions.ts';

describe('two builds', () => {
  it('speak the newest version that both understand', () => {
    expect(agreedProtocol({ protocol: 3, oldest: 2 }, { protocol: 2, oldest: 1 })).toBe(2);
    expect(agreedProtocol({ protocol: 3, oldest: 2 }, { protocol: 3, oldest: 2 })).toBe(3);
    expect(agreedProtocol({ protocol: 3, oldest: 2 }, { protocol: 2 })).toBe(2);
  });

  it('do not speak if they have none in common', () => {
    expect(agreedProtocol({ protocol: 3, oldest: 2 }, { protocol: 1 })).toBeNull();
    expect(agreedProtocol({ protocol: 1, oldest: 1 }, { protocol: 9, oldest: 8 })).toBeNull();
  });

  it('come to the same, whichever asks', () => {
    const speaks = fc
      .tuple(fc.nat(9), fc.option(fc.nat(9), { nil: undefined }))
      .map(([protocol, oldest]) => speaksOf({ protocol, oldest }));
    fc.assert(
      fc.property(speaks, speaks, (a, b) => {
        const agreed = agreedProtocol(a, b);
        expect(agreedProtocol(b, a)).toBe(agreed);
        if (agreed !== null)
          for (const { protocol, oldest = protocol } of [a, b])
            expect(oldest <= agreed && agreed <= protocol).toBe(true);
      }),
    );
  });
});

describe('a hello', () => {
  it('that is missing, or says nothing that can be used, is that of protocol 1', () => {
    for (const hello of [{}, { protocol: 'two' }, { protocol: 1.5 }, { protocol: -1 }, { protocol: null }])
      expect(speaksOf(hello)).toEqual({ protocol: 1 });
  });

  it('with an impossible range counts for its one version', () => {
    expect(speaksOf({ protocol: 2, oldest: 5 })).toEqual({ protocol: 2 });
  });
});

describe('what is said', () => {
  it('names both versions and both protocols, and the way on', () => {
    const older = mismatch({ version: '0.1.0', protocol: 1 }, { version: '0.3.0', protocol: 3 });
    for (const part of ['0.1.0 (protocol 1)', '0.3.0 (protocol 3)']) expect(older.message).toContain(part);
    expect(older.hint).toMatch(/^run `upkeep update`/);
    const newer = mismatch({ version: '0.3.0', protocol: 3 }, { version: '0.1.0', protocol: 1 });
    expect(newer.hint).toMatch(/^use the upkeep command of 0\.3\.0/);
  });

  it('tells a daemon that is out of date from a command that is', () => {
    expect(otherVersion('0.1.0', '0.2.0')).toContain('upkeep update');
    expect(otherVersion('0.2.0', '0.1.0')).toContain('newer than this command');
  });

  it.each([
    ['0.2.0', '0.1.9', true],
    ['0.10.0', '0.9.0', true],
    ['1.0.0', '1.0.0', false],
    ['1.0.0', '1.0.0-rc.1', true],
    ['1.0.0-rc.1', '1.0.0', false],
    ['1.0.0-rc.2', '1.0.0-rc.1', true],
    ['0.1', '0.1.0', false],
  ])('%s is later than %s: %s', (version, other, later) => {
    expect(isLater(version, other)).toBe(later);
  });
});
