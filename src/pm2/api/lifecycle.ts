/**
 * `start`, `restart`, `reload`, `stop`, `delete`, `scale`, `reset`. They answer as soon as processes are launched, as programs
 * written for PM2 expect; whether one stays up stands in its status.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { UpkeepError } from '../../core/errors.ts';
import type { InstanceDetail, Report } from '../../protocol/control.ts';
import { failureOf, inWords, Pm2Error, WORDS } from './failure.ts';
import type { Host } from './host.ts';
import type { Operations } from './operation.ts';
import { changedSpecs, type Plan, planApps, planScript, readSettings, type Settings } from './plan.ts';
import { type CompactItem, compactItem, type StartedItem, SUCCESS, startedItem } from './shapes.ts';
import { idsOf, isApps, meant } from './targets.ts';

const LOOK_MS = 10;
/** `wait_ready` and probes have limits of their own, at which the daemon gives up; this is for a daemon that does not. */
const LONGEST_LOOK_MS = 120_000;

export type Way = 'start' | 'restart' | 'reload';

type Item = StartedItem | CompactItem;

/** Waits until each is launched, or, where it has to say so, ready. */
async function settled(client: Client, ids: readonly number[]): Promise<readonly InstanceDetail[]> {
  const giveUpAt = Date.now() + LONGEST_LOOK_MS;
  for (;;) {
    const now = (await client.describe()).filter((one) => ids.includes(one.id));
    if (now.every((one) => one.status !== 'launching') || Date.now() > giveUpAt) return now;
    await sleep(LOOK_MS);
  }
}

function mustHaveDone(report: Report): Report {
  const failure = failureOf(report);
  if (failure !== null) throw failure;
  return report;
}

async function carryOut(host: Host, client: Client, plan: Plan, way: Way, force: boolean): Promise<readonly Item[]> {
  const items: Item[] = [];
  if (plan.starts.length + plan.restarts.length === 0)
    throw new Pm2Error('there is no app to start: no script was given', 'BAD_CONFIG', {
      hint: "give { script: 'server.js' }, or a file with apps",
    });
  if (plan.starts.length > 0) {
    const report = mustHaveDone(await client.start(plan.starts, { force, wait: false }));
    const ids = report.outcomes.map(({ id }) => id);
    items.push(...(await settled(client, ids)).map((one) => startedItem(one, host.home)));
  }
  if (plan.restarts.length > 0) items.push(...(await again(host, client, plan.restarts, plan.specs, way)));
  return items;
}

async function again(
  host: Host,
  client: Client,
  found: readonly InstanceDetail[],
  specs: Plan['specs'],
  way: Way,
): Promise<readonly CompactItem[]> {
  const targets = idsOf(found);
  mustHaveDone(
    way === 'reload' ? await client.reload(targets, { specs }) : await client.restart(targets, { specs, wait: false }),
  );
  const now = await settled(
    client,
    found.map(({ id }) => id),
  );
  return now.map((one) => compactItem(one, host.home));
}

/** PM2's order: a config file, what is registered, and only then a script. */
export async function start(host: Host, what: unknown, given?: unknown): Promise<readonly Item[]> {
  const settings = readSettings(typeof given === 'string' ? { script: given } : given);
  const client = await host.client();
  const registered = await client.describe();
  const apps = await planApps(host, what, settings, registered);
  if (apps !== null) return carryOut(host, client, apps, 'start', settings.force || forces(what));
  if (typeof what !== 'string' && typeof what !== 'number')
    throw new Pm2Error('start needs a script, a config file, or the options of an app', 'BAD_REQUEST');
  const word = String(what);
  const known = settings.force ? null : await knownBy(host, word, settings, registered);
  if (known === null) {
    return carryOut(host, client, await planScript(host, word, settings, registered), 'start', settings.force);
  }
  const specs = await changedSpecs(host, known, settings);
  return again(host, client, known, specs, 'start');
}

const forces = (what: unknown): boolean => isApps(what) && (what as { readonly force?: unknown }).force === true;

/** An existing app by name, namespace or id; null: a script is meant. */
async function knownBy(
  host: Host,
  word: string,
  { options }: Settings,
  registered: readonly InstanceDetail[],
): Promise<readonly InstanceDetail[] | null> {
  const isOther = typeof options.name === 'string' && options.name !== word;
  const isWord = word === 'all' || registered.some((one) => one.name === word || one.namespace === word);
  if (/^\d+$/.test(word) || (isWord && !isOther)) return meant(host, word, registered);
  return null;
}

export async function act(
  host: Host,
  way: 'restart' | 'reload',
  target: unknown,
  given?: unknown,
): Promise<readonly Item[]> {
  const settings = readSettings(given);
  const client = await host.client();
  const registered = await client.describe();
  const apps = await planApps(host, target, settings, registered);
  if (apps !== null) return carryOut(host, client, apps, way, settings.force || forces(target));
  if (settings.envName !== null)
    throw new Pm2Error(
      `env: '${settings.envName}' needs a config file: a registered app has no such section`,
      'BAD_CONFIG',
    );
  const found = await meant(host, target, registered);
  return again(host, client, found, await changedSpecs(host, found, settings), way);
}

export async function end(
  host: Host,
  way: 'stop' | 'delete',
  target: unknown,
  given?: unknown,
): Promise<readonly CompactItem[]> {
  const { only } = readSettings(given);
  const client = await host.client();
  const found = await meant(host, target, await client.describe(), only);
  mustHaveDone(await client[way](idsOf(found)));
  if (way === 'delete') return found.map((one) => compactItem(one, host.home, { status: 'stopped' }));
  const ids = new Set(found.map(({ id }) => id));
  return (await client.describe()).filter(({ id }) => ids.has(id)).map((one) => compactItem(one, host.home));
}

async function scale(host: Host, name: unknown, count: unknown): Promise<typeof SUCCESS> {
  const client = await host.client();
  const found = (await client.describe()).filter((one) => one.name === String(name));
  const missing = { code: 'NOT_FOUND', message: `no app is named ${String(name)}` } as const;
  if (found.length === 0) throw inWords(WORDS.noApp, new UpkeepError(missing));
  if (Number(count) === found.length && !/^[+-]/.test(String(count)))
    throw new Pm2Error(WORDS.sameNumber, 'BAD_REQUEST', {
      hint: `${String(name)} has ${found.length} instances already`,
    });
  mustHaveDone(await client.scale(String(name), String(count)));
  return SUCCESS;
}

async function reset(host: Host, target: unknown): Promise<typeof SUCCESS> {
  const client = await host.client();
  try {
    mustHaveDone(await client.reset(idsOf(await meant(host, target, await client.describe()))));
  } catch (error) {
    if (error instanceof Pm2Error && error.cause instanceof UpkeepError) throw inWords(WORDS.unknownName, error.cause);
    throw error;
  }
  return SUCCESS;
}

export const lifecycle = {
  start,
  restart: (host, target, given) => act(host, 'restart', target, given),
  reload: (host, target, given) => act(host, 'reload', target, given),
  stop: (host, target, given) => end(host, 'stop', target, given),
  delete: (host, target, given) => end(host, 'delete', target, given),
  scale,
  reset,
} satisfies Operations;
