import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InApp, NOTHING_SAID, withAction, withMetrics, withSettings } from '../../../src/core/in-app.ts';
import { understand } from '../../../src/protocol/app-messages.ts';

const hear = (inApp: InApp, message: unknown): InApp => {
  const saying = understand(message);
  if (saying.kind === 'metrics') return withMetrics(inApp, saying.metrics);
  if (saying.kind === 'action') return withAction(inApp, saying.action);
  return saying.kind === 'settings' ? withSettings(inApp, saying.settings) : inApp;
};
const monitor = (data: unknown): unknown => ({ type: 'axm:monitor', data });

describe('what an app tells of itself', () => {
  it('metrics are merged by name', () => {
    const first = hear(NOTHING_SAID, monitor({ a: { value: 1, unit: 'x' }, b: { value: 2 } }));
    const { metrics } = hear(first, monitor({ b: { value: 3 }, bare: 4 }));
    expect([...metrics]).toEqual([
      ['a', { value: 1, unit: 'x' }],
      ['b', { value: 3 }],
      ['bare', { value: 4 }],
    ]);
  });

  it('an action is listed once, as it was first offered', () => {
    const offer = (arity: number): unknown => ({ type: 'axm:action', data: { action_name: 'a', arity, opts: null } });
    const { actions } = hear(hear(NOTHING_SAID, offer(1)), offer(2));
    expect([...actions.values()]).toEqual([{ name: 'a', type: 'custom', arity: 1, options: null }]);
  });

  it('settings are merged', () => {
    const set = (data: unknown): unknown => ({ type: 'axm:option:configuration', data });
    const { settings } = hear(hear(NOTHING_SAID, set({ a: 1, b: 1 })), set({ b: 2 }));
    expect(Object.fromEntries(settings)).toEqual({ a: 1, b: 2 });
  });

  it('a flood has an end: what has no room is counted', () => {
    let inApp = NOTHING_SAID;
    for (let i = 0; i < 5_000; i++) {
      inApp = hear(inApp, monitor({ [`m${i}`]: { value: i } }));
      inApp = hear(inApp, { type: 'axm:action', data: { action_name: `a${i}` } });
    }
    expect(inApp.metrics.size).toBeLessThanOrEqual(200);
    expect(inApp.actions.size).toBeLessThanOrEqual(200);
    expect(inApp.dropped).toBe(10_000 - inApp.metrics.size - inApp.actions.size);
  });

  it('a value that is too long is not kept', () => {
    const inApp = hear(NOTHING_SAID, monitor({ long: { value: 'x'.repeat(100_000) }, short: { value: 1 } }));
    expect([...inApp.metrics.keys()]).toEqual(['short']);
  });

  it('no name reaches a prototype', () => {
    const message = JSON.parse('{"type":"axm:monitor","data":{"__proto__":{"value":1},"constructor":{"value":2}}}');
    const shown = Object.fromEntries(hear(NOTHING_SAID, message).metrics);
    expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
    expect(Object.keys(shown)).toEqual(['__proto__', 'constructor']);
    expect(({} as { value?: unknown }).value).toBeUndefined();
  });

  it('whatever JSON an app sends is understood', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('axm:monitor', 'axm:action', 'axm:option:configuration', 'x'),
        fc.jsonValue(),
        (type, data) => {
          expect(() => hear(NOTHING_SAID, { type, data })).not.toThrow();
        },
      ),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (message) => {
        expect(() => understand(message)).not.toThrow();
      }),
    );
  });
});

describe('what a message means', () => {
  it.each([
    ['a text', 'hello', { kind: 'message', raw: 'hello' }],
    ['null', null, { kind: 'message', raw: null }],
    ['a list', [1], { kind: 'message', raw: [1] }],
    ['no type', { data: 1 }, { kind: 'message', raw: { data: 1 } }],
    ['a type without data', { type: 'x' }, { kind: 'message', raw: { type: 'x' } }],
    ['a type with empty data', { type: 'x', data: 0 }, { kind: 'message', raw: { type: 'x', data: 0 } }],
    ['a type and data', { type: 'x', data: 1 }, { kind: 'event', type: 'x', data: 1 }],
    ['the version of Node', { node_version: '20.0.0' }, { kind: 'nothing' }],
    ['a pid of its own', { type: 'axm:option:setPID', data: 5 }, { kind: 'nothing' }],
    [
      'an answer',
      { type: 'axm:reply', data: { action_name: 'a' } },
      { kind: 'event', type: 'axm:reply', data: { action_name: 'a' } },
    ],
  ] as const)('%s', (_, message, saying) => {
    expect(understand(message)).toEqual(saying);
  });
});
