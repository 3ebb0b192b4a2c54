/**
 * Methods that only look: the list, one app, ids, pids, the environment. Nothing is printed: a library that writes to its
 * host's output spoils what the host prints for other programs.
 */
import { hostMetrics } from '../host-metrics.ts';
import { jlistEntry } from '../jlist.ts';
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { entriesOf } from './shapes.ts';
import { meant } from './targets.ts';

async function list(host: Host): Promise<unknown> {
  return entriesOf(await host.client());
}

/** By name, id, namespace or pattern; `[]` if there is none. */
async function describe(host: Host, target: unknown): Promise<unknown> {
  const client = await host.client();
  const registered = await client.describe();
  const found = await meant(host, target, registered).catch((error: { code?: string }) => {
    if (error.code === 'NOT_FOUND') return [];
    throw error;
  });
  return found.map((one) => jlistEntry(one, host.home));
}

async function getProcessIdByName(host: Host, name: unknown): Promise<readonly number[]> {
  const views = await (await host.client()).list();
  return views.filter((view) => view.name === String(name)).map((view) => view.id);
}

async function getPID(host: Host, name?: unknown): Promise<readonly number[]> {
  const views = await (await host.client()).list();
  const isMeant = (one: { name: string; id: number }): boolean =>
    name === undefined || name === null || one.name === String(name) || String(one.id) === String(name);
  return views.filter(isMeant).map((view) => view.pid);
}

/** The variables of a process, those that the daemon adds included. Secrets are not masked. */
async function env(host: Host, id: unknown): Promise<Readonly<Record<string, string>>> {
  const { env: layers, instanceEnv } = await (await host.client()).env(String(id));
  return { ...layers.inherited, ...layers.declared, ...instanceEnv };
}

/** What the machine does, under the keys that PM2's dashboards read; `{}` if that is turned off. */
async function slist(host: Host): Promise<unknown> {
  const seen = await (await host.client()).host();
  return seen === null ? {} : hostMetrics(seen);
}

export const looking = {
  list,
  jlist: list,
  slist,
  describe,
  getProcessIdByName,
  getPID,
  env,
  getVersion: async (host) => (await host.client()).daemon.version,
  ping: async (host) => {
    await (await host.client()).ping();
    return { msg: 'pong' };
  },
} satisfies Operations;
