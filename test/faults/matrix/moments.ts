/**
 * The moments: each begins something, is there when it is under way, and says what must hold once it is over. Without
 * the second attempt a command that a fault refused rightly would look like a failure.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ran } from '../../helpers/rig.ts';
import { until } from '../../helpers/until.ts';
import { losesSockets, type Moment } from './cells.ts';
import type { Stage } from './stage.ts';

/** Called when the fault is over; what the fault refused is asked for again, and must succeed. */
type Finish = () => Promise<void>;

/** The machine may be busy with other things. */
const PATIENCE_MS = 90_000;

const nothing: Finish = async () => {};

function command(stage: Stage, ...words: string[]): Finish {
  let first: Ran | null = null;
  const done = stage.rig.run(...words).then((ran) => {
    first = ran;
  });
  return async () => {
    await until(
      () => (first === null ? undefined : true),
      () => `upkeep ${words.join(' ')} to end`,
      PATIENCE_MS,
    );
    await done;
    if (first?.code === 0 || isInVain(stage, first)) return;
    await until(
      async () => {
        const ran = await stage.rig.run(...words);
        return ran.code === 0 || isInVain(stage, ran) ? true : undefined;
      },
      () => `upkeep ${words.join(' ')} to succeed once all is well; first: ${JSON.stringify(first)}`,
      PATIENCE_MS,
    );
  };
}

/** What is to take the place of others cannot have their port: then they serve on, and the command says so. */
const isInVain = ({ cell }: Stage, ran: Ran | null): boolean =>
  losesSockets(cell) && cell.moment === 'reloading' && /EADDRINUSE/.test(ran?.stderr ?? '');

/** Somewhere in the course of it. */
const within = (stage: Stage, ms: number): Promise<void> => sleep(stage.random() * ms);

export const MOMENT: Readonly<Record<Moment, (stage: Stage) => Promise<Finish>>> = {
  async idle() {
    return nothing;
  },
  async starting(stage) {
    const finish = command(stage, 'start', 'extra.json');
    await until(
      async () => ((await stage.rig.list()).some(({ name, pid }) => name === 'extra' && pid > 0) ? true : undefined),
      () => 'a first process of extra',
    );
    await within(stage, 400);
    return finish;
  },
  async reloading(stage) {
    const finish = command(stage, 'reload', 'web');
    await within(stage, 600);
    return finish;
  },
  async draining(stage) {
    const finish = command(stage, 'stop', 'drainer');
    await stage.rig.when('drainer', ({ status }) => status === 'stopping', 'to drain');
    await within(stage, 300);
    return finish;
  },
  async rotating(stage) {
    const rotated = (): number =>
      readdirSync(join(stage.rig.home, 'logs')).filter((name) => name.startsWith('writer-out.log.')).length;
    const before = rotated();
    await until(
      () => (rotated() > before ? true : undefined),
      () => 'the log to rotate',
    );
    return nothing;
  },
  async saving(stage) {
    const saves = Array.from({ length: 30 }, () => stage.rig.call('state.save', { force: true }).catch(() => null));
    const finish = command(stage, 'save');
    await within(stage, 100);
    return async () => {
      await Promise.all(saves);
      await finish();
    };
  },
  async upgrading(stage) {
    const finish = command(stage, 'update');
    await within(stage, 400);
    return finish;
  },
};
