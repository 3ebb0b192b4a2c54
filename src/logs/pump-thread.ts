/**
 * The pump's thread: takes commands, runs the plumbing, and when it dies of an exception leaves behind
 * what only its memory knew. Without a thread of its own a flood of logs would delay supervision.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Plumbing } from './plumbing.ts';
import type { Command, Request, ThreadMessage, ThreadSetup } from './pump-messages.ts';

/** `pump.crash` or `pump.crash:<n>`: throw between reading and writing the n-th chunk of this thread's life. */
function crashPoint(): () => void {
  const match = /(?:^|,)pump\.crash(?::(\d+))?(?:,|$)/.exec(process.env.UPKEEP_FAILPOINT ?? '');
  if (match === null) return () => undefined;
  let left = Number(match[1] ?? 1);
  return () => {
    left--;
    if (left === 0) throw new Error('failpoint pump.crash');
  };
}

function isSetup(value: unknown): value is ThreadSetup {
  return (
    typeof value === 'object' &&
    value !== null &&
    'logFolder' in value &&
    'indexFolder' in value &&
    'diskBudgetBytes' in value &&
    'tailLines' in value
  );
}

async function perform(plumbing: Plumbing, command: Command): Promise<unknown> {
  const { name, params } = command;
  switch (name) {
    case 'open':
      return plumbing.open(params.channels);
    case 'settle':
      return plumbing.settle(params.id, params.incarnation);
    case 'close':
      return plumbing.close(params.id, params.incarnation);
    case 'update':
      return plumbing.update(params.channels);
    case 'tail':
      return plumbing.tail(params.id, params.lines, params.stream, params.incarnation);
    case 'follow':
      return plumbing.follow(params.follower, params.filter);
    case 'refilter':
      return plumbing.refilter(params.follower, params.ids);
    case 'unfollow':
      return plumbing.unfollow(params.follower);
    case 'ready':
      return plumbing.ready(params.follower);
    case 'flush':
      return plumbing.flush(params.paths, params.rotated);
    case 'reopen':
      return plumbing.reopen();
    case 'stats':
      return plumbing.stats();
    case 'forget':
      return plumbing.forget(params.id);
    case 'restore':
      return plumbing.restore(params.channels, params.legacy);
    case 'stop':
      return plumbing.stop();
    default:
      return command satisfies never;
  }
}

function run(): void {
  const port = parentPort;
  if (port === null || !isSetup(workerData)) throw new Error('pump-thread runs only as the worker thread of a Pump');
  const send = (message: ThreadMessage): void => port.postMessage(message);
  const plumbing = new Plumbing({ ...workerData, now: Date.now, send, beforeWrite: crashPoint() });

  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      send({ kind: 'dying', legacy: plumbing.legacy(), text });
      // Nothing may be written here: the successor goes on with what was held.
      plumbing.abandon();
    } finally {
      process.exit(1);
    }
  });

  port.on('message', ({ number, command }: Request) => {
    perform(plumbing, command).then(
      (result) => {
        send({ kind: 'answer', number, result: result ?? null });
        if (command.name === 'stop') port.close();
      },
      (error: unknown) =>
        send({ kind: 'refusal', number, text: error instanceof Error ? error.message : String(error) }),
    );
  });
}

run();
