/**
 * Runs a scenario against a published PM2, as a black box, and against Upkeep's own command line, and compares what it
 * observes. Without it "the same as PM2" would be what somebody remembers of PM2.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Side, type Which } from './side.ts';

/** Does something to one side and returns what it saw; paths of the side are named alike before they are compared. */
export type Scenario<T> = (side: Side) => Promise<T>;

export interface Both {
  /** Both sides see the same. */
  same<T>(name: string, scenario: Scenario<T>): void;
  /** Each side is seen to do what is known of it: Upkeep does better, or on purpose something else. */
  better<T>(name: string, scenario: Scenario<T>, known: Readonly<Record<Which, unknown>>): void;
}

/** Call once in a file: its cases share a daemon on each side, whose list is emptied between them. */
export function both(): Both {
  let sides: readonly Side[] = [];
  beforeAll(async () => {
    sides = [new Side('pm2'), new Side('upkeep')];
    for (const side of sides) side.newCase();
    await Promise.all(sides.map((side) => side.must('ping')));
  });
  afterAll(() => Promise.all(sides.map((side) => side.dispose())));

  async function observe<T>(scenario: Scenario<T>): Promise<Readonly<Record<Which, T>>> {
    const results = await Promise.allSettled(
      sides.map(async (side) => {
        side.newCase();
        try {
          return side.normal(await scenario(side));
        } finally {
          await side.clean();
        }
      }),
    );
    const [pm2, upkeep] = results.map((result, index) => {
      if (result.status === 'fulfilled') return result.value;
      throw new Error(
        `${sides[index]?.which}: ${result.reason instanceof Error ? result.reason.message : result.reason}`,
      );
    });
    return { pm2: pm2 as T, upkeep: upkeep as T };
  }

  return {
    same: (name, scenario) =>
      test(name, async () => {
        const { pm2, upkeep } = await observe(scenario);
        expect(upkeep, 'Upkeep (received) beside PM2 (expected)').toEqual(pm2);
      }),
    better: (name, scenario, known) =>
      test(name, async () => {
        const seen = await observe(scenario);
        expect(seen.upkeep, 'Upkeep').toEqual(known.upkeep);
        expect(seen.pm2, 'PM2').toEqual(known.pm2);
      }),
  };
}
