/**
 * Methods by which clients talk to apps and hear them. A process that cannot be reached is a failure with a reason, and no
 * answer of an app is waited for without an end.
 */
import { type Failure, UpkeepError } from '../core/errors.ts';
import { runningOf } from '../core/instance.ts';
import type { Call } from '../protocol/app-messages.ts';
import type { ActionReply, Report, TriggerResult } from '../protocol/control.ts';
import { hasRuntime } from '../supervisor/agents.ts';
import type { Runner } from '../supervisor/runner.ts';
import type { Daemon } from './daemon.ts';
import { sharesPorts } from './instance-env.ts';
import { act, label, outcomeOf, pick } from './outcomes.ts';

/** A process that has just been started opens its line within this. */
const LINE_WAIT_MS = 2_000;
const LINE_LOOK_MS = 10;

/** null: it can be talked to. */
async function whyMute(daemon: Daemon, runner: Runner): Promise<Failure | null> {
  if (runningOf(runner.instance.state) === null)
    return { code: 'NOT_RUNNING', message: `${label(runner)} does not run: nothing can be said to it` };
  if (!hasRuntime(runner.spec))
    return {
      code: 'NOT_RUNNING',
      message: `${label(runner)} cannot get messages: the runtime is not in it`,
      hint: 'messages are for Node apps without --no-runtime; `upkeep send` writes a line to any program',
    };
  const giveUpAt = daemon.clock.now() + LINE_WAIT_MS;
  while (runner.token === null || !daemon.agents.isConnected(runner.token)) {
    if (daemon.clock.now() > giveUpAt || runningOf(runner.instance.state) === null)
      return {
        code: 'NOT_RUNNING',
        message: `${label(runner)} has no line to the daemon: its event loop may be blocked`,
        hint: `\`upkeep why ${runner.spec.name}\` shows more`,
      };
    await new Promise<void>((resolve) => daemon.clock.after(LINE_LOOK_MS, resolve));
  }
  return null;
}

const unread = (runner: Runner): Failure => ({
  code: 'BUSY',
  message: `${label(runner)} does not read what it is told: its event loop may be blocked`,
});

export async function messageApps(daemon: Daemon, targets: readonly string[], message: unknown): Promise<Report> {
  return act(daemon, targets, (runners) =>
    Promise.all(
      runners.map(async (runner) => {
        const mute = await whyMute(daemon, runner);
        return outcomeOf(runner, mute ?? (runner.sendMessage(message) ? null : unread(runner)));
      }),
    ),
  );
}

export async function triggerApps(
  daemon: Daemon,
  targets: readonly string[],
  call: Call,
  { waitMs, isForRuntime }: { readonly waitMs: number; readonly isForRuntime: boolean },
): Promise<TriggerResult> {
  const { runners, failure } = pick(daemon, targets);
  if (runners.length === 0) throw new UpkeepError(failure ?? { code: 'NOT_FOUND', message: 'no process found' });
  const failures: Failure[] = failure === null ? [] : [failure];
  const called: { readonly runner: Runner; readonly reply: Promise<ActionReply | null> }[] = [];
  await Promise.all(
    runners.map(async (runner) => {
      const mute = await whyMute(daemon, runner);
      const way = daemon.inApps.wayTo(runner, call.action, isForRuntime);
      const begun = mute !== null || way === null ? null : daemon.inApps.call(runner, way, call, waitMs);
      if (begun !== null) called.push({ runner, reply: begun.reply });
      else failures.push(mute ?? (way === null ? noAction(daemon, runner, call.action) : unread(runner)));
    }),
  );
  if (called.length === 0) throw new UpkeepError(failures[0] as Failure);
  const replies: ActionReply[] = [];
  await Promise.all(
    called.map(async ({ runner, reply }) => {
      const given = await reply;
      if (given !== null) replies.push(given);
      else if (waitMs > 0) failures.push(unanswered(runner, call.action, waitMs));
    }),
  );
  return { called: called.length, replies, failures };
}

function noAction(daemon: Daemon, runner: Runner, action: string): Failure {
  const offers = daemon.inApps.offersOf(runner);
  const hint =
    offers.length === 0
      ? 'it offers none: an app offers actions through @pm2/io or tx2'
      : `it offers ${offers.join(', ')}`;
  return { code: 'NOT_FOUND', message: `${label(runner)} has no action ${action}`, hint };
}

const unanswered = (runner: Runner, action: string, waitMs: number): Failure =>
  runningOf(runner.instance.state) === null
    ? { code: 'NOT_RUNNING', message: `${label(runner)} ended before it answered ${action}` }
    : { code: 'BUSY', message: `${label(runner)} has not answered ${action} within ${waitMs} ms, or ended meanwhile` };

/** Workers that write log files of their own open them anew, too. */
export function tellWorkers(daemon: Daemon): void {
  for (const runner of daemon.registry.runners)
    if (sharesPorts(runner.spec)) runner.sendMessage({ type: 'log:reload' });
}
