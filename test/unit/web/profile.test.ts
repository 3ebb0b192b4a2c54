import { describe, expect, it } from 'vitest';
import { type Frame, hottest, layOut, readProfile } from '../../../src/web/ui/read/profile.ts';

const node = (id: number, functionName: string, children: number[] = [], hitCount = 0) => ({
  id,
  callFrame: {
    functionName,
    url: functionName.startsWith('(') ? '' : 'file:///app.js',
    lineNumber: id,
    columnNumber: 0,
  },
  hitCount,
  children,
});

const CPU = {
  nodes: [
    node(1, '(root)', [2, 5, 6]),
    node(2, 'outer', [3, 4]),
    { ...node(3, 'inner'), callFrame: { functionName: 'inner', url: 'file:///app.js', lineNumber: 9 } },
    { ...node(4, 'inner'), callFrame: { functionName: 'inner', url: 'file:///app.js', lineNumber: 9 } },
    node(5, '(idle)'),
    node(6, '(garbage collector)'),
  ],
  samples: [2, 3, 4, 5, 6],
  timeDeltas: [0, 10, 20, 30, 400, 50],
};

const names = (frame: Frame): unknown => [frame.name, frame.total, frame.children.map(names)];

describe('a CPU profile', () => {
  it('gives each sample the time until the next one, and leaves idle time out', () => {
    expect(names(readProfile(CPU).root)).toEqual([
      'all',
      110,
      [
        ['outer', 60, [['inner', 50, []]]],
        ['(garbage collector)', 50, []],
      ],
    ]);
  });

  it('counts where it has no times', () => {
    const { root } = readProfile({ nodes: [node(1, '(root)', [2]), node(2, 'work', [], 7)] });
    expect(root.total).toBe(7);
  });

  it('survives nodes that name each other in a circle, and what is no profile', () => {
    expect(
      readProfile({ nodes: [node(1, '(root)', [2]), node(2, 'a', [3], 1), node(3, 'b', [2], 1)] }).root.total,
    ).toBe(2);
    expect(() => readProfile({})).toThrow('neither');
    expect(() => readProfile('<script>')).toThrow('neither');
  });

  it('survives a recursion of 20 000 frames', () => {
    const deep = Array.from({ length: 20_000 }, (_, index) =>
      node(index + 1, 'again', index < 19_999 ? [index + 2] : [], 1),
    );
    const { root } = readProfile({ nodes: deep });
    expect(root.total).toBe(20_000);
    const [hot] = hottest(root, 5);
    expect(hot?.self).toBeGreaterThan(0);
  });
});

describe('a heap profile', () => {
  it('sums what functions have allocated', () => {
    const { kind, root } = readProfile({
      head: {
        callFrame: { functionName: '(root)' },
        selfSize: 0,
        children: [{ callFrame: { functionName: 'load' }, selfSize: 512, children: [] }],
      },
    });
    expect(kind).toBe('heap');
    expect(names(root)).toEqual(['all', 512, [['load', 512, []]]]);
  });
});

describe('the layout', () => {
  it('puts what is called below its caller, no wider, and leaves out what is too thin', () => {
    const { root } = readProfile(CPU);
    for (const box of layOut(root, 0)) {
      if (box.parent === null) continue;
      expect(box.depth).toBe(box.parent.depth + 1);
      expect(box.left).toBeGreaterThanOrEqual(box.parent.left);
      expect(box.left + box.width).toBeLessThanOrEqual(box.parent.left + box.parent.width + 1e-9);
    }
    expect(layOut(root, 0.5).map(({ frame }) => frame.name)).toEqual(['all', 'outer']);
  });
});

it('a recursion counts once in the total of its function', () => {
  const nodes = [
    node(1, '(root)', [2]),
    node(2, 'f', [3], 1),
    { ...node(3, 'f', [], 1), callFrame: node(2, 'f').callFrame },
  ];
  expect(hottest(readProfile({ nodes }).root, 1)).toMatchObject([{ name: 'f', self: 2, total: 2 }]);
});
