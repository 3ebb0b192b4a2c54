/**
 * What a user may do to apps from the page. Without the checks here a request of a wrong shape would reach the daemon, and the
 * page could end the very server that it comes from.
 */
import type { Client } from '../../client/client.ts';
import type { Action, ActionAnswer } from '../api.ts';
import { WEB_NAME } from '../companion.ts';
import { badRequest, RefusedRequest } from './refusal.ts';

const VERBS: readonly Action['verb'][] = ['start', 'restart', 'reload', 'stop', 'delete', 'reset', 'scale'];
const LONGEST_TARGET = 300;

const isVerb = (value: unknown): value is Action['verb'] => VERBS.includes(value as Action['verb']);

export function actionOf(body: Readonly<Record<string, unknown>>): Action {
  const { verb, target, count } = body;
  if (!isVerb(verb)) throw badRequest(`verb is one of ${VERBS.join(', ')}`);
  if (typeof target !== 'string' || target === '' || target.length > LONGEST_TARGET)
    throw badRequest('target is a name, an id or all, as text');
  if (verb !== 'scale') return { verb, target };
  if (typeof count !== 'string' || !/^[+-]?\d{1,5}$/.test(count))
    throw badRequest('count is a number of processes as text: 4, +1 or -1');
  return { verb, target, count };
}

async function refuseOwn(client: Client, { verb, target }: Action): Promise<void> {
  if (verb === 'reset' || verb === 'start') return;
  const own = (await client.list()).find(({ name, pid }) => name === WEB_NAME && pid === process.pid);
  if (own !== undefined && (target === WEB_NAME || target === String(own.id)))
    throw new RefusedRequest(
      409,
      `${WEB_NAME} is the server of this page, which would not hear what came of it: \`upkeep ${verb === 'stop' ? 'web --stop' : `${verb} ${WEB_NAME}`}\``,
    );
}

export async function carryOut(client: Client, action: Action): Promise<ActionAnswer> {
  await refuseOwn(client, action);
  const { verb, target } = action;
  switch (verb) {
    case 'start':
      return client.restart(target, { onlyDown: true });
    case 'restart':
      return client.restart(target);
    case 'reload':
      return client.reload(target);
    case 'stop':
      return client.stop(target);
    case 'delete':
      return client.delete(target);
    case 'reset':
      return client.reset(target);
    case 'scale':
      return client.scale(target, action.count ?? '');
  }
}
