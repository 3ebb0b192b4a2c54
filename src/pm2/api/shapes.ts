/**
 * What the methods answer, in PM2's shapes. Without one place for them `start` and `restart` would give two records of the
 * same process, and programs that read the one would not find it in the other.
 */
import type { Client } from '../../client/client.ts';
import type { InstanceDetail } from '../../protocol/control.ts';
import { type JlistEntry, jlistEntry } from '../jlist.ts';

/** What `restart`, `reload`, `stop` and `delete` give of each process. */
export interface CompactItem {
  readonly name: string;
  readonly namespace: string;
  readonly pm_id: number;
  readonly status: string;
  readonly restart_time: number;
  readonly pm2_env: Readonly<Record<string, unknown>>;
}

/** What `start` gives of each process that it started. */
export interface StartedItem {
  readonly pid: number;
  readonly process: { readonly pid: number };
  readonly pm2_env: Readonly<Record<string, unknown>>;
}

export const SUCCESS = { success: true } as const;

export async function entriesOf(client: Client): Promise<readonly JlistEntry[]> {
  return (await client.describe()).map((one) => jlistEntry(one, client.home));
}

export function startedItem(one: InstanceDetail, home: string): StartedItem {
  const { pid } = one;
  const item = { pid, process: { pid }, pm2_env: jlistEntry(one, home).pm2_env };
  return one.execMode === 'cluster' ? { ...item, ...{ state: one.status, id: one.id } } : item;
}

/** @param now what has changed since `one` was seen */
export function compactItem(one: InstanceDetail, home: string, now: { readonly status?: string } = {}): CompactItem {
  const { name, namespace, id, restarts } = one;
  const status = now.status ?? one.status;
  const shared = { name, namespace, pm_id: id, status, restart_time: restarts };
  return { ...shared, pm2_env: { ...shared, env: jlistEntry(one, home).pm2_env.env } };
}
