/** Log files. Without them a program that moves files away could not have them opened anew. */
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { entriesOf } from './shapes.ts';
import { idsOf, meant } from './targets.ts';

/** Without a target: of all, the daemon's own log included. Answers the list, as PM2 does. */
async function flush(host: Host, target?: unknown): Promise<unknown> {
  const client = await host.client();
  const isAll = target === undefined || target === null || target === 'all';
  await client.flush(isAll ? [] : [...idsOf(await meant(host, target, await client.describe()))]);
  return entriesOf(client);
}

async function reloadLogs(host: Host): Promise<Record<string, never>> {
  await (await host.client()).reopenLogs();
  return {};
}

export const logs = { flush, reloadLogs } satisfies Operations;
