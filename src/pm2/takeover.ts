/**
 * One app on its way from PM2 to Upkeep, or back. The order is what keeps it safe: an app that may write runs in one place
 * at a time, an app that shares its port is booted before the port is free, and what fails here is given back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import type { AppSpec, ProcessIdentity } from '../core/terms.ts';
import { hasListener, listeningAddresses } from '../platform/ports.ts';
import { compareIdentity } from '../platform/process.ts';
import type { Outcome } from '../protocol/control.ts';
import type { Foreign } from './foreign.ts';
import { type GapWatch, watchGap } from './gap.ts';

/** The app boots here while it still runs there; longer than any boot that a reload would wait for. */
const BOOT_MS = 60_000;
/** PM2 ends the processes of an app one after the other. */
const STOP_MS = 120_000;
const LOOK_MS = 5;

export interface Move {
  readonly spec: AppSpec;
  /** Its entries there. */
  readonly ids: readonly number[];
  /** Its processes there, with all that they have started. */
  readonly processes: readonly ProcessIdentity[];
  /** Where it listens there; what PM2's daemon holds in cluster mode comes to be known on the way. */
  readonly ports: readonly number[];
}

/** `boot-first`: cluster mode; `stop-first`: all others; `overlap`: asked for, and it has no port. */
export type Order = 'boot-first' | 'stop-first' | 'overlap';

export type Moved =
  | {
      readonly kind: 'moved';
      readonly order: Order;
      /** Time without a listener on its ports; null: it has none, or it cannot be seen here. */
      readonly gapMs: number | null;
      /** Time without a process; 0 if there was none. */
      readonly downMs: number;
    }
  | { readonly kind: 'given-back'; readonly why: string; readonly lastLines: readonly string[] };

export function orderOf({ spec, ports }: Move, isOverlapAllowed: boolean): Order {
  if (spec.execMode === 'cluster') return 'boot-first';
  return isOverlapAllowed && ports.length === 0 ? 'overlap' : 'stop-first';
}

export const portsOf = (pids: readonly number[]): readonly number[] => [
  ...new Set(listeningAddresses(pids).map((address) => Number(address.slice(address.lastIndexOf(':') + 1)))),
];

/** Resolves when none of the processes is left. */
async function gone(processes: readonly ProcessIdentity[]): Promise<boolean> {
  for (const end = Date.now() + STOP_MS; Date.now() < end; await sleep(LOOK_MS))
    if (processes.every((one) => compareIdentity(one) === 'gone')) return true;
  return false;
}

const problemOf = (outcomes: readonly Outcome[]): Outcome | undefined =>
  outcomes.find((outcome) => outcome.failure !== null);

const isPortRefused = (problem: Outcome): boolean => problem.lastLines.some((line) => line.includes('EADDRINUSE'));

/** What comes to be known on the way. */
interface Seen {
  readonly ports: Set<number>;
  readonly watch: GapWatch;
}

interface Arrived {
  readonly outcomes: readonly Outcome[];
  readonly downMs: number;
}

/** Ends it there and starts it here at once: two of it never run at the same time. */
async function stopFirst(client: Client, foreign: Foreign, move: Move): Promise<Arrived> {
  const stopping = foreign.stop(move.ids);
  stopping.catch(() => {});
  // PM2's command ends some time after the processes.
  const ended = await Promise.race([gone(move.processes), stopping.then(() => gone(move.processes))]);
  if (!ended) throw new Error(`it still runs there ${STOP_MS / 1000} s after PM2 was told to stop it`);
  const endedAt = Date.now();
  const { outcomes } = await client.start([move.spec]);
  const downMs = Date.now() - endedAt;
  await stopping;
  return { outcomes, downMs };
}

/** Starts it here and ends it there when it is up. */
async function overlap(client: Client, foreign: Foreign, move: Move): Promise<Arrived> {
  const { outcomes } = await client.start([move.spec]);
  if (problemOf(outcomes) === undefined) await foreign.stop(move.ids);
  return { outcomes, downMs: 0 };
}

/**
 * Boots it here, where it waits for its port, and ends it there. The port is taken up as soon as PM2 lets go of it.
 * A process that never asks for a port is up beside the old ones.
 */
async function bootFirst(client: Client, foreign: Foreign, move: Move, seen: Seen): Promise<Arrived> {
  const ends = new AbortController();
  const events = await client.followEvents({ signal: ends.signal });
  const starting = client.start([move.spec], { awaitPortsMs: BOOT_MS + STOP_MS });
  let isFree = false;
  const waiting = new Promise<'waiting'>((resolve) => {
    void (async () => {
      for await (const { kind, name, reason, at } of events) {
        if (name !== move.spec.name) continue;
        const port = Number(/\d+/.exec(reason)?.[0]);
        if (kind === 'awaiting-port') {
          if (port > 0) seen.ports.add(port);
          resolve('waiting');
        } else if (kind === 'port-free' && !isFree) {
          isFree = true;
          seen.watch.closed(at);
        }
      }
    })().catch(() => {});
  });
  try {
    const first = await Promise.race([waiting, starting.then((report) => report)]);
    if (typeof first === 'object' && problemOf(first.outcomes) !== undefined)
      return { outcomes: first.outcomes, downMs: 0 };
    // Those that are ready are up without a port, or it is free already.
    await foreign.stop(move.ids);
    return { outcomes: (await starting).outcomes, downMs: 0 };
  } finally {
    ends.abort();
    starting.catch(() => {});
  }
}

export async function takeOver(client: Client, foreign: Foreign, move: Move, order: Order): Promise<Moved> {
  const ports = new Set(move.ports);
  const watch = watchGap(ports);
  const act = { 'boot-first': bootFirst, 'stop-first': stopFirst, overlap }[order];
  try {
    const { outcomes, downMs } = await act(client, foreign, move, { ports, watch });
    const problem = problemOf(outcomes);
    if (problem !== undefined) {
      const hint = isPortRefused(problem) ? '; its port is taken by somebody else than PM2' : '';
      return await giveBack(client, foreign, move, `${problem.failure?.message}${hint}`, problem.lastLines);
    }
    // One that listens where it likes listens elsewhere now.
    const isElsewhere = outcomes.some(({ up }) => (up?.addresses ?? []).length > 0);
    if (!isElsewhere) await listening([...ports]);
    const isSame = [...ports].every((port) => hasListener(port) !== false);
    return { kind: 'moved', order, gapMs: isSame ? watch.stop() : null, downMs };
  } catch (error) {
    return await giveBack(client, foreign, move, (error as Error).message, []);
  } finally {
    watch.stop();
  }
}

/** An app may be up before it listens. */
async function listening(ports: readonly number[]): Promise<void> {
  if (ports.length === 0) return;
  for (const end = Date.now() + BOOT_MS; Date.now() < end; await sleep(LOOK_MS))
    if (ports.every((port) => hasListener(port) !== false)) return;
  throw new Error(`nobody listens on ${ports.join(', ')} ${BOOT_MS / 1000} s after it was started here`);
}

async function giveBack(
  client: Client,
  foreign: Foreign,
  { spec, ids, processes }: Move,
  why: string,
  lastLines: readonly string[],
): Promise<Moved> {
  await client.delete(spec.name).catch(() => {});
  // Where nothing was stopped there, it must not be restarted.
  const isWhole = processes.every((one) => compareIdentity(one) === 'same');
  if (!isWhole) await foreign.start(ids);
  return { kind: 'given-back', why, lastLines };
}

/** The way back: ends it here, then starts it there. @returns ms without a listener; null: it has no port, or it cannot be seen */
export async function handBack(
  client: Client,
  foreign: Foreign,
  name: string,
  ids: readonly number[],
): Promise<number | null> {
  const pids = (await client.list()).filter((view) => view.name === name && view.pid !== 0).map(({ pid }) => pid);
  const ports = portsOf(pids);
  const watch = watchGap(new Set(ports));
  try {
    await client.stop(name);
    await foreign.start(ids);
    await listening(ports);
    await client.delete(name);
    return watch.stop();
  } finally {
    watch.stop();
  }
}
