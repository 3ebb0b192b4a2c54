/**
 * `Client.executeRemote`: what PM2's daemon offers by name, answered by ours. Tools that go past the public methods find the
 * ones they use here, and an error for the rest.
 */
import { cpus, freemem, hostname, loadavg, totalmem, uptime } from 'node:os';
import type { InstanceDetail } from '../../protocol/control.ts';
import { jlistEntry } from '../jlist.ts';
import { daemon } from './daemon.ts';
import { failureOf, Pm2Error } from './failure.ts';
import type { Host } from './host.ts';
import { act, end } from './lifecycle.ts';
import { logs } from './logs.ts';
import { looking } from './looking.ts';
import { messages } from './messages.ts';
import { entriesOf, startedItem } from './shapes.ts';
import { isObject } from './targets.ts';

interface Remote {
  /** As `getExposedMethods` names them. */
  readonly params: readonly string[];
  run(host: Host, given: unknown): Promise<unknown>;
}

const idOf = (given: unknown): number =>
  Number(isObject(given) ? (given.id ?? given.pm_id ?? given.process_id) : given);

async function one(host: Host, given: unknown): Promise<InstanceDetail> {
  const id = idOf(given);
  const found = (await (await host.client()).describe()).find((candidate) => candidate.id === id);
  if (found === undefined) throw new Pm2Error(`${id} : id unknown`, 'NOT_FOUND');
  return found;
}

/** Does it to the process and gives its record afterwards. */
const acting =
  (way: 'restart' | 'reload' | 'stop') =>
  async (host: Host, given: unknown): Promise<unknown> => {
    const { id } = await one(host, given);
    await (way === 'stop' ? end(host, way, id) : act(host, way, id, settingsOf(given)));
    const now = await one(host, id);
    return way === 'stop' ? jlistEntry(now, host.home) : startedItem(now, host.home);
  };

/** `{ id, env }`: what is in `env` is options of the app there. */
const settingsOf = (given: unknown): unknown =>
  isObject(given) && given.updateEnv === true ? { updateEnv: true } : undefined;

async function remove(host: Host, given: unknown): Promise<unknown> {
  const entry = jlistEntry(await one(host, given), host.home);
  await end(host, 'delete', entry.pm_id);
  return { ...entry, pid: 0 };
}

async function duplicate(host: Host, given: unknown): Promise<unknown> {
  const { appKey } = await one(host, given);
  const client = await host.client();
  const before = new Set((await client.describe()).map(({ id }) => id));
  const failure = failureOf(await client.scale(idOf(given), '+1'));
  if (failure !== null) throw failure;
  const fresh = (await client.describe()).find((candidate) => candidate.appKey === appKey && !before.has(candidate.id));
  if (fresh === undefined) throw new Pm2Error('the new process has ended already', 'NOT_RUNNING');
  return startedItem(fresh, host.home);
}

async function reset(host: Host, given: unknown): Promise<unknown> {
  const client = await host.client();
  const failure = failureOf(await client.reset((await one(host, given)).id));
  if (failure !== null) throw failure;
  return entriesOf(client);
}

async function systemData(host: Host): Promise<unknown> {
  return {
    system: {
      hostname: hostname(),
      uptime: uptime(),
      cpus: cpus(),
      load_avg: loadavg(),
      memory: { free: freemem(), total: totalmem() },
      time: Date.now(),
    },
    processes: await looking.list(host),
  };
}

async function report(host: Host): Promise<unknown> {
  const client = await host.client();
  const { version, pid, startedAt, node } = client.daemon;
  const managed = (await client.list()).length;
  return {
    pm2_version: version,
    node_version: node,
    pid,
    uid: process.getuid?.() ?? null,
    managed_apps: managed,
    started_at: startedAt,
  };
}

const withEnd = (text: unknown): readonly [string, string] => {
  const line = String(text);
  return line.endsWith('\n') ? [line.slice(0, -1), '\n'] : [line, ''];
};

const field = (given: unknown, name: string): unknown => (isObject(given) ? given[name] : undefined);

export const REMOTE: Readonly<Record<string, Remote>> = {
  ping: { params: ['env', 'cb'], run: (host) => looking.ping(host) },
  getVersion: { params: ['env', 'cb'], run: (host) => looking.getVersion(host) },
  getReport: { params: ['arg', 'cb'], run: report },
  getMonitorData: { params: ['env', 'cb'], run: (host) => looking.list(host) },
  getSystemData: { params: ['env', 'cb'], run: systemData },
  startProcessId: { params: ['id', 'cb'], run: acting('restart') },
  stopProcessId: { params: ['id', 'cb'], run: acting('stop') },
  restartProcessId: { params: ['opts', 'cb'], run: acting('restart') },
  reloadProcessId: { params: ['opts', 'cb'], run: acting('reload') },
  softReloadProcessId: { params: ['opts', 'cb'], run: acting('reload') },
  deleteProcessId: { params: ['id', 'cb'], run: remove },
  duplicateProcessId: { params: ['id', 'cb'], run: duplicate },
  resetMetaProcessId: { params: ['id', 'cb'], run: reset },
  sendLineToStdin: {
    params: ['packet', 'cb'],
    run: (host, given) => messages.sendLineToStdin(host, field(given, 'pm_id'), ...withEnd(field(given, 'line'))),
  },
  sendDataToProcessId: { params: ['packet', 'cb'], run: (host, given) => messages.sendDataToProcessId(host, given) },
  msgProcess: { params: ['cmd', 'cb'], run: (host, given) => messages.msgProcess(host, given) },
  sendSignalToProcessId: {
    params: ['opts', 'cb'],
    run: (host, given) => messages.sendSignalToProcessId(host, field(given, 'signal'), field(given, 'process_id')),
  },
  sendSignalToProcessName: {
    params: ['opts', 'cb'],
    run: (host, given) => messages.sendSignalToProcessName(host, field(given, 'signal'), field(given, 'process_name')),
  },
  reloadLogs: { params: ['opts', 'cb'], run: (host) => logs.reloadLogs(host) },
  killMe: { params: ['env', 'cb'], run: (host) => daemon.kill(host) },
};

export async function executeRemote(host: Host, method: unknown, given: unknown): Promise<unknown> {
  const name = String(method);
  const remote = Object.hasOwn(REMOTE, name) ? REMOTE[name] : undefined;
  if (remote === undefined)
    throw new Pm2Error(`method "${name}" does not exist`, 'BAD_REQUEST', {
      hint: 'getExposedMethods gives those that there are; the public methods of the API do the rest',
    });
  return remote.run(host, given);
}

export const exposedMethods = (): Readonly<
  Record<string, { readonly name: string; readonly params: readonly string[] }>
> => Object.fromEntries(Object.entries(REMOTE).map(([name, { params }]) => [name, { name, params }]));
