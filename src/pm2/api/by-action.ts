/**
 * The half-private methods that deploy tools call: an action by the name that PM2's daemon gives it, on a word or on the
 * apps of a file. Without them such tools would have to be rewritten for one word.
 */
import { Pm2Error } from './failure.ts';
import type { Host } from './host.ts';
import { act, end, start } from './lifecycle.ts';
import type { Operations } from './operation.ts';

const ACTIONS: Readonly<Record<string, (host: Host, target: unknown, options: unknown) => Promise<unknown>>> = {
  startProcessId: start,
  restartProcessId: (host, target, options) => act(host, 'restart', target, options),
  reloadProcessId: (host, target, options) => act(host, 'reload', target, options),
  softReloadProcessId: (host, target, options) => act(host, 'reload', target, options),
  stopProcessId: (host, target, options) => end(host, 'stop', target, options),
  deleteProcessId: (host, target, options) => end(host, 'delete', target, options),
};

async function byAction(host: Host, action: unknown, target: unknown, options: unknown): Promise<unknown> {
  const carryOut = ACTIONS[String(action)];
  if (carryOut === undefined)
    throw new Pm2Error(`there is no action ${String(action)}`, 'BAD_REQUEST', {
      hint: `there are ${Object.keys(ACTIONS).join(', ')}`,
    });
  return carryOut(host, target, options);
}

export const byActionName = {
  /** Starts what is not there; the action is for what is. */
  _startJson: (host, file, options, action) => byAction(host, action || 'restartProcessId', file, options),
  actionFromJson: (host, action, file, options) => byAction(host, action, file, options),
  _operate: (host, action, target, options) => byAction(host, action, target, options),
} satisfies Operations;
