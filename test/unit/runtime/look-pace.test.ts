/** How often an event loop is looked at, by how busy it was. */
import { expect, it } from 'vitest';
import { LookPace } from '../../../src/runtime/look-pace.ts';

it('an event loop that does nothing is woken once a second, one that works or is watched ten times', () => {
  const pace = new LookPace();
  expect(pace.lookMs).toBe(100);
  pace.windowEnded(10, 10_000);
  expect(pace.lookMs, 'one window may be a pause').toBe(100);
  pace.windowEnded(10, 10_000);
  expect(pace.lookMs).toBe(1_000);
  pace.windowEnded(10, 30_000);
  expect(pace.lookMs).toBe(1_000);
  pace.windowEnded(300, 10_000);
  expect(pace.lookMs, 'it has worked').toBe(100);
  for (let i = 0; i < 3; i++) pace.windowEnded(0, 10_000);
  pace.watched();
  expect(pace.lookMs).toBe(100);
});
