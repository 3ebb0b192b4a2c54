/**
 * `scale`: more or fewer instances of an app, while the others serve. Kept apart from rolling replacement, which changes
 * what runs, not how much of it.
 */
import { UpkeepError } from '../core/errors.ts';
import { MOST_INSTANCES } from '../core/spec-shape.ts';
import type { Outcome, Report } from '../protocol/control.ts';
import type { Daemon } from './daemon.ts';
import { act, awaitUp, must, stopRunners } from './outcomes.ts';
import { type App, abortRollout } from './registry.ts';

/** `4`, `+2`, `-1`: more instances are started, fewer are ended from the lowest id up. */
export async function scaleApp(daemon: Daemon, target: string, count: string): Promise<Report> {
  return act(daemon, [target], async (runners) => {
    const apps = [...new Set(runners.map((runner) => daemon.registry.appOf(runner)))];
    const app = apps[0];
    if (app === undefined || apps.length > 1)
      throw new UpkeepError({
        code: 'BAD_REQUEST',
        message: `${target} names ${apps.length} apps: scale one at a time`,
      });
    const wanted = wantedCount(app, count);
    if (wanted === app.runners.length)
      throw new UpkeepError({
        code: 'BAD_REQUEST',
        message: `nothing to do: ${app.spec.name} has ${wanted} instances already`,
      });
    await abortRollout(app, 'it is being scaled');
    return wanted > app.runners.length
      ? grow(daemon, app, wanted - app.runners.length)
      : shrink(daemon, app, app.runners.length - wanted);
  });
}

function wantedCount(app: App, count: string): number {
  const match = /^([+-]?)(\d+)$/.exec(count.trim());
  const number = Number(match?.[2]);
  const wanted =
    match === null
      ? Number.NaN
      : match[1] === '+'
        ? app.runners.length + number
        : match[1] === '-'
          ? app.runners.length - number
          : number;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST_INSTANCES) {
    throw new UpkeepError({
      code: 'BAD_REQUEST',
      message: `${app.spec.name} cannot have ${count} instances`,
      hint: 'give a number of at least 1, or +N or -N; `upkeep delete` removes an app',
    });
  }
  return wanted;
}

function tellScaled(daemon: Daemon, app: App, from: number): void {
  const to = app.runners.length;
  if (from !== to) daemon.tell(null, app.spec.name, null, 'scaled', `from ${from} to ${to} processes`, { from, to });
}

export async function grow(daemon: Daemon, app: App, count: number): Promise<readonly Outcome[]> {
  const from = app.runners.length;
  const added = must(daemon.registry.grow(app, count));
  tellScaled(daemon, app, from);
  daemon.listChanged();
  return Promise.all(
    added.map((runner) => {
      daemon.steps.expect(runner);
      runner.send({ type: 'start' });
      return awaitUp(daemon, runner, runner.instance.ledger.incarnation);
    }),
  );
}

export async function shrink(daemon: Daemon, app: App, count: number): Promise<readonly Outcome[]> {
  const going = [...app.runners].sort((a, b) => a.slot.id - b.slot.id).slice(0, count);
  const outcomes = await stopRunners(going, 'scaled down');
  const gone = going.filter((_, i) => outcomes[i]?.failure === null);
  for (const runner of gone) daemon.steps.command(runner, 'deleted');
  const from = app.runners.length;
  must(daemon.registry.remove(gone));
  for (const runner of gone) {
    daemon.forget(runner);
    daemon.tell(runner.slot.id, runner.spec.name, null, 'deleted', 'scaled down');
  }
  tellScaled(daemon, app, from);
  daemon.listChanged();
  return outcomes;
}
