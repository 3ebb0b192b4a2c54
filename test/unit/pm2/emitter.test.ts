import { describe, expect, it } from 'vitest';
import { PatternEmitter } from '../../../src/pm2/api/emitter.ts';

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

describe('listeners by pattern', () => {
  it.each([
    ['process:event', 'process:event', ['packet']],
    ['*', 'log:out', ['log:out', 'packet']],
    ['log:*', 'log:err', ['err', 'packet']],
    ['*:event', 'human:event', ['human', 'packet']],
    ['axm:*:*', 'axm:scoped_action:end', ['scoped_action', 'end', 'packet']],
    ['**', 'log:out', ['log:out', 'packet']],
  ])('%s hears %s', async (pattern, name, expected) => {
    const heard: unknown[] = [];
    const emitter = new PatternEmitter().on(pattern, (...args) => heard.push(args));
    expect(emitter.emit(name, 'packet')).toBe(true);
    await turn();
    expect(heard).toEqual([expected]);
  });

  it.each([
    ['log:*', 'process:event'],
    ['log:out', 'log:output'],
    ['log:out', 'a log:out'],
    ['a.c', 'abc'],
  ])('%s does not hear %s', async (pattern, name) => {
    const heard: unknown[] = [];
    const emitter = new PatternEmitter().on(pattern, (...args) => heard.push(args));
    expect(emitter.emit(name, 'packet')).toBe(false);
    await turn();
    expect(heard).toEqual([]);
  });

  it('off takes one listener, or all of a pattern, and leaves the others', async () => {
    const heard: string[] = [];
    const first = (): void => void heard.push('first');
    const emitter = new PatternEmitter()
      .on('a', first)
      .on('a', () => heard.push('second'))
      .on('*', () => heard.push('any'));
    emitter.off('a', first).emit('a');
    emitter.off('a').emit('a');
    emitter.removeAllListeners().emit('a');
    await turn();
    expect(heard).toEqual(['second', 'any', 'any']);
  });

  it('once hears once, also if it is emitted twice in a turn', async () => {
    let count = 0;
    const emitter = new PatternEmitter().once('a', () => count++);
    emitter.emit('a');
    emitter.emit('a');
    await turn();
    expect(count).toBe(1);
  });
});
