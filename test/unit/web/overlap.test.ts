import { expect, it } from 'vitest';
import type { LogEntry } from '../../../src/web/api.ts';
import { unseen } from '../../../src/web/ui/read/overlap.ts';

const of = (id: number, ...texts: string[]): LogEntry[] =>
  texts.map((text) => ({ id, name: 'x', stream: 'out', at: null, text, level: null }));
const texts = (lines: readonly LogEntry[]): string[] => lines.map(({ id, text }) => `${id}:${text}`);

it('lines that are known are left out, also when a process says the same again and again', () => {
  expect(texts(unseen(of(0, 'a', 'b', 'c'), of(0, 'b', 'c', 'd')))).toEqual(['0:d']);
  expect(texts(unseen(of(0, 'tick', 'tick'), of(0, 'tick', 'tick', 'tick')))).toEqual(['0:tick']);
  expect(unseen(of(0, 'a', 'b'), of(0, 'b'))).toEqual([]);
});

it('nothing that is new is left out', () => {
  expect(texts(unseen([], of(0, 'a')))).toEqual(['0:a']);
  expect(texts(unseen(of(0, 'c', 'a'), of(0, 'b', 'c')))).toEqual(['0:b', '0:c']);
});

it('processes do not stand in for each other', () => {
  expect(texts(unseen(of(0, 'same'), of(1, 'same')))).toEqual(['1:same']);
  const mixed = [...of(1, 'x'), ...of(0, 'a'), ...of(1, 'y')];
  expect(texts(unseen([...of(0, 'a'), ...of(1, 'x')], mixed))).toEqual(['1:y']);
});
