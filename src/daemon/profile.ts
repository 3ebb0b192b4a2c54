/**
 * A profile of the daemon itself, for the report of a problem with it. The inspector is loaded only then: an idle daemon
 * must not pay for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import { replaceFile } from '../platform/durable-file.ts';

export const LONGEST_PROFILE_MS = 10 * 60_000;

/** One at a time: two would stop each other's. */
let isBusy = false;

export async function profileDaemon(
  kind: 'cpu' | 'mem',
  durationMs: number,
  path: string,
): Promise<{ readonly path: string }> {
  if (isBusy) throw new UpkeepError({ code: 'BUSY', message: 'the daemon is being profiled already' });
  isBusy = true;
  try {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    try {
      const profile = kind === 'cpu' ? await cpu(session, durationMs) : await memory(session, durationMs);
      replaceFile(path, JSON.stringify(profile), false);
    } finally {
      session.disconnect();
    }
    return { path };
  } catch (error) {
    if (error instanceof UpkeepError) throw error;
    throw new UpkeepError({ code: 'IO_FAILED', message: `no profile in ${path}: ${(error as Error).message}` });
  } finally {
    isBusy = false;
  }
}

type InspectorSession = import('node:inspector/promises').Session;

async function cpu(session: InspectorSession, durationMs: number): Promise<unknown> {
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await sleep(durationMs);
  return (await session.post('Profiler.stop')).profile;
}

async function memory(session: InspectorSession, durationMs: number): Promise<unknown> {
  await session.post('HeapProfiler.enable');
  await session.post('HeapProfiler.startSampling');
  await sleep(durationMs);
  return (await session.post('HeapProfiler.stopSampling')).profile;
}
