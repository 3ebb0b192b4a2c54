/**
 * Methods that talk to apps: messages, actions, signals, lines for their stdin. Without the checks here a packet that the app
 * cannot read would be lost, and the caller would wait for an answer that never comes.
 */

import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { failureOf, Pm2Error, WORDS } from './failure.ts';
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { entriesOf, SUCCESS } from './shapes.ts';
import { idsOf, isObject, meant } from './targets.ts';

/** `(id, packet)` or `(packet)` with the id in it. */
async function sendDataToProcessId(host: Host, first: unknown, second?: unknown): Promise<unknown> {
  const given = isObject(first) ? first : second;
  if (!isObject(given)) throw new Pm2Error(WORDS.incomplete, 'BAD_REQUEST');
  const packet = isObject(first) ? given : { ...given, id: first };
  const { id, topic, data } = packet as { id?: unknown; topic?: unknown; data?: unknown };
  if (id === undefined || id === null || !topic || data === undefined || data === null)
    throw new Pm2Error(WORDS.incomplete, 'BAD_REQUEST', { hint: 'a packet is { type, topic, data } for an id' });
  const client = await host.client();
  const [process] = await only(host, id);
  const failure = failureOf(await client.sendMessage(process, packet));
  if (failure !== null) throw failure;
  return { ...SUCCESS, data: packet };
}

/** Ids of one process, which must be there. */
async function only(host: Host, id: unknown): Promise<readonly [number]> {
  const number = Number(id);
  const views = await (await host.client()).list();
  if (!views.some((view) => view.id === number))
    throw new Pm2Error(`Process with ID <${String(id)}> unknown.`, 'NOT_FOUND', { hint: 'list() gives the ids' });
  return [number];
}

/** Calls an action without waiting for what it answers; that comes over the bus. */
async function msgProcess(host: Host, call: unknown): Promise<unknown> {
  if (!isObject(call) || (call.id === undefined && call.name === undefined) || call.msg === undefined)
    throw new Pm2Error('msgProcess needs an id or a name, and msg', 'BAD_REQUEST');
  const client = await host.client();
  const found = await meant(host, call.id ?? call.name, await client.describe());
  const { called } = await client.trigger(idsOf(found), String(call.msg), {
    waitMs: 0,
    ...(call.opts === undefined ? {} : { params: call.opts }),
    ...(typeof call.uuid === 'string' ? { uuid: call.uuid } : {}),
  });
  return { process_count: called, ...SUCCESS };
}

async function trigger(host: Host, target: unknown, action: unknown, params?: unknown): Promise<unknown> {
  if (typeof action !== 'string' || action === '')
    throw new Pm2Error('trigger needs the name of an action', 'BAD_REQUEST');
  const client = await host.client();
  const found = await meant(host, target, await client.describe());
  const given = params === undefined || params === null ? {} : { params };
  const { replies, failures } = await client.trigger(idsOf(found), action, given);
  const [failure] = failures;
  if (replies.length === 0 && failure !== undefined)
    throw new Pm2Error(failure.message, failure.code, { hint: failure.hint });
  return replies.map(({ at, process: { id, name, namespace }, data }) => ({
    at,
    process: { pm_id: id, name, namespace, rev: null },
    data,
  }));
}

async function signal(host: Host, given: unknown, targets: readonly string[] | readonly number[]): Promise<unknown> {
  const name = signalName(given);
  const client = await host.client();
  const failure = failureOf(await client.signal([...targets], name));
  if (failure !== null) throw failure;
  return entriesOf(client);
}

function signalName(given: unknown): string {
  const known = Object.entries(constants.signals);
  const found = known.find(
    ([name, number]) => name === given || `SIG${String(given)}` === name || number === Number(given),
  );
  if (found === undefined)
    throw new Pm2Error(`there is no signal ${String(given)}`, 'BAD_REQUEST', { hint: 'for example SIGUSR2' });
  return found[0];
}

async function sendSignalToProcessName(host: Host, given: unknown, name: unknown): Promise<unknown> {
  const client = await host.client();
  return signal(host, given, idsOf(await meant(host, name, await client.describe())));
}

async function sendSignalToProcessId(host: Host, given: unknown, id: unknown): Promise<unknown> {
  return signal(host, given, await only(host, id));
}

async function sendLineToStdin(host: Host, id: unknown, line: unknown, separator?: unknown): Promise<unknown> {
  const end = typeof separator === 'string' ? separator : '\n';
  const [process] = await only(host, id);
  const failure = failureOf(await (await host.client()).send(process, String(line), end));
  if (failure !== null) throw failure;
  return { pm_id: process, line: `${String(line)}${end}` };
}

/** What this program reads goes to the process, what the process prints to this program's output, until stdin ends. */
async function attach(host: Host, id: unknown, separator?: unknown): Promise<void> {
  if (!/^\d+$/.test(String(id)))
    throw new Pm2Error(`attach needs the id of a process, not ${String(id)}`, 'BAD_REQUEST');
  const [process] = await only(host, id);
  const client = await host.client();
  const stop = new AbortController();
  const lines = await client.followLogs(process, { signal: stop.signal });
  const shown = (async () => {
    for await (const { stream, text } of lines) (stream === 'err' ? stderr : stdout).write(`${text}\n`);
  })();
  try {
    const input = createInterface({ input: stdin });
    for await (const line of input) await sendLineToStdin(host, process, line, separator);
  } finally {
    stop.abort();
    await shown;
  }
}
const { stdin, stdout, stderr } = process;

export const messages = {
  sendDataToProcessId,
  msgProcess,
  trigger,
  sendSignalToProcessName,
  sendSignalToProcessId,
  sendLineToStdin,
  attach,
} satisfies Operations;
