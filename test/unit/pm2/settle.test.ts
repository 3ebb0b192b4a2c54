import { describe, expect, it } from 'vitest';
import { UpkeepError } from '../../../src/core/errors.ts';
import { asPm2Error, failureOf, Pm2Error } from '../../../src/pm2/api/failure.ts';
import { settle, splitCallback } from '../../../src/pm2/api/settle.ts';

describe('callbacks and promises', () => {
  it('the last function is the callback, what stands before it are the arguments', () => {
    const callback = (): void => {};
    expect(splitCallback(['a', { b: 1 }, callback])).toEqual({ args: ['a', { b: 1 }], callback });
    // As from PM2's own command line: a value after the callback.
    expect(splitCallback(['a', callback, null])).toEqual({ args: ['a'], callback });
    expect(splitCallback(['a', undefined])).toEqual({ args: ['a', undefined], callback: null });
  });

  it('a callback is called once, in Node order, and no promise is given', async () => {
    const calls: unknown[][] = [];
    const done = new Promise<void>((resolve) => {
      const result = settle(Promise.resolve(5), (...args) => {
        calls.push(args);
        resolve();
      });
      expect(result).toBeUndefined();
    });
    await done;
    const failure = new Error('no');
    await new Promise<void>((resolve) => {
      settle(Promise.reject(failure), (...args) => {
        calls.push(args);
        resolve();
      });
    });
    expect(calls).toEqual([[null, 5], [failure]]);
  });

  it('without one, the promise rejects', async () => {
    await expect(settle(Promise.reject(new Error('no')), null)).rejects.toThrow('no');
  });
});

describe('errors of the API', () => {
  it('several mistakes become an error each', () => {
    const error = asPm2Error(new UpkeepError({ code: 'BAD_CONFIG', message: 'first\nsecond', hint: 'try' }));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'BAD_CONFIG', hint: 'try' });
    expect((error as Pm2Error).errors.map(({ message }) => message)).toEqual(['first', 'second']);
  });

  it('a single one is its own list', () => {
    const error = asPm2Error(new UpkeepError({ code: 'IO_FAILED', message: 'the disk is full' })) as Pm2Error;
    expect(error.errors).toEqual([error]);
    expect(JSON.stringify(error)).not.toContain('errors');
  });

  it("what runs already has PM2's words, and the rest in cause", () => {
    const cause = new UpkeepError({ code: 'ALREADY_EXISTS', message: 'api (0) runs already' });
    expect(asPm2Error(cause)).toMatchObject({ message: 'Script already launched', cause });
  });

  it('failures of single processes are one error', () => {
    const outcome = {
      id: 0,
      name: 'a',
      appKey: 'k',
      status: 'online',
      pid: 1,
      failure: null,
      up: null,
      lastLines: [],
    } as const;
    expect(failureOf({ outcomes: [outcome], notes: [] })).toBeNull();
    const failed = (message: string) => ({ ...outcome, failure: { code: 'STOP_FAILED', message } as const });
    const error = failureOf({ outcomes: [failed('one'), outcome, failed('two')], notes: [] });
    expect(error).toBeInstanceOf(Pm2Error);
    expect(error).toMatchObject({ message: 'one\ntwo', code: 'STOP_FAILED' });
    expect(error?.errors.map(({ message }) => message)).toEqual(['one', 'two']);
  });
});
