import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sharer, whoRests } from '../../../src/core/accepting.ts';

const sharer = (open: number, isUnready = false, isResting = false): Sharer => ({ open, isUnready, isResting });
const arbitrary = fc.array(fc.record({ open: fc.nat({ max: 50 }), isUnready: fc.boolean(), isResting: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

describe('who takes new connections', () => {
  it('not who is not ready, as long as another one is', () => {
    expect(whoRests([sharer(0, true), sharer(9)])).toEqual([true, false]);
  });

  it('the last one goes on though it is not ready', () => {
    expect(whoRests([sharer(0, true, true), sharer(0, true)])).toEqual([true, false]);
    expect(whoRests([sharer(0, true, true), sharer(0, true, true)])).toEqual([false, false]);
  });

  it('not who has more than a share, until the others have caught up', () => {
    expect(whoRests([sharer(10), sharer(2)])).toEqual([true, false]);
    expect(whoRests([sharer(10, false, true), sharer(10)])).toEqual([false, false]);
  });

  it('connections of one that is not ready do not count for the share', () => {
    expect(whoRests([sharer(100, true), sharer(3), sharer(3)])).toEqual([true, false, false]);
  });

  it('somebody always does', () => {
    fc.assert(fc.property(arbitrary, (sharers) => whoRests(sharers).includes(false)));
  });
});
