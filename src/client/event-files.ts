/**
 * Events that the daemon does not hold in memory any more, read from the files of the home. Without it last week's night would
 * be on disk and nobody could look at it, and without a daemon there would be no events at all.
 */
import { readFile } from 'node:fs/promises';
import type { EventRecord } from '../protocol/control.ts';

/** Oldest first, each number once. @param path of the newer file; the older one is beside it */
export async function readEventFiles(path: string, after: number): Promise<readonly EventRecord[]> {
  const found = new Map<number, EventRecord>();
  for (const file of [`${path}.1`, path]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const event = parsed(line);
      if (event !== null && event.number > after) found.set(event.number, event);
    }
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}

/** null: the last line of a daemon that was killed while it wrote. */
function parsed(line: string): EventRecord | null {
  if (line === '') return null;
  try {
    const event = JSON.parse(line) as EventRecord;
    return typeof event.number === 'number' && typeof event.kind === 'string' ? event : null;
  } catch {
    return null;
  }
}
