/**
 * `dump.pm2` beside our own saved list: written for the scripts that read it, and read again when it was changed by
 * another hand or left by PM2. Without it tools that edit, copy or check that file would act on nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Context } from '../config/context.ts';
import { readWithLastGood, replaceFile, replaceFileKeepingLast } from '../platform/durable-file.ts';
import { makeHome, pathsOf } from '../platform/paths.ts';
import type { Methods, Report } from '../protocol/control.ts';
import { parseDump, savedApps } from './dump-records.ts';
import { jlistEntry } from './jlist.ts';
import { pm2DaemonOf } from './neighbour.ts';

/** As the daemon writes an empty list. */
const EMPTY = `${JSON.stringify({ format: 1, apps: [] }, null, 2)}\n`;

const dumpOf = (home: string): string => join(home, 'dump.pm2');
/** Fingerprint of the `dump.pm2` that we wrote: another content is somebody else's. */
const markOf = (home: string): string => join(home, 'dump.mark');

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

const textOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/** What belongs to a life, not to the list. */
const LEFT_OUT = new Set(['instances', 'pm_id', 'prev_restart_delay']);

async function entriesText(client: Client): Promise<string> {
  const details = await client.describe();
  const records = details.map((detail) => {
    const { pm2_env } = jlistEntry(detail, client.home);
    return Object.fromEntries(Object.entries(pm2_env).filter(([key]) => !LEFT_OUT.has(key)));
  });
  return JSON.stringify(
    records.filter((record) => record.pmx_module !== true),
    null,
    2,
  );
}

/** Saves the list in both files. An empty list is only written by `force`, or where there is no file yet. */
export async function saveList(client: Client, force: boolean): Promise<Methods['state.save']['result']> {
  const saved = await client.save({ force });
  const path = dumpOf(client.home);
  const neighbour = pm2DaemonOf(client.home);
  // The file is that daemon's own: it writes it when it ends, and reads it when it is started again.
  if (neighbour !== null) {
    const note = `PM2's own daemon (pid ${neighbour}) is alive in ${client.home}: ${path} is left to it`;
    return { ...saved, notes: [...saved.notes, note] };
  }
  if (saved.count === 0 && !force) {
    if (!existsSync(path)) writeDump(client.home, '[]');
    return { ...saved, path };
  }
  writeDump(client.home, await entriesText(client));
  return { ...saved, path };
}

function writeDump(home: string, text: string): void {
  replaceFileKeepingLast(dumpOf(home), text);
  replaceFile(markOf(home), fingerprint(text), false);
}

/** Empties both files. */
export function clearList(home: string, env: NodeJS.ProcessEnv): string {
  const paths = pathsOf(home, env);
  makeHome(paths);
  writeFileSync(paths.dump, EMPTY, { mode: 0o600 });
  if (pm2DaemonOf(home) !== null) return paths.dump;
  writeDump(home, '[]');
  return dumpOf(home);
}

type Origin = 'ours' | 'foreign' | 'removed';

/** 0: it is not there. */
const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** When it came to lie there: a copy may keep the date of its original. */
const placedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;

/** Whose list counts: the last word, be it ours or that of whoever wrote, copied or removed `dump.pm2`. */
function originOf(home: string): Origin {
  const path = dumpOf(home);
  const oursAt = writtenAt(pathsOf(home).dump);
  const mark = textOf(markOf(home));
  const text = textOf(path);
  // A daemon that is ended saves our list alone.
  if (text !== null) return mark === fingerprint(text) || placedAt(path) < oursAt ? 'ours' : 'foreign';
  if (mark === null) return existsSync(`${path}.bak`) && oursAt === 0 ? 'foreign' : 'ours';
  // Somebody removed what we wrote, which is how PM2's list is forgotten. Its backup still counts, as there.
  if (writtenAt(markOf(home)) < oursAt) return 'ours';
  return existsSync(`${path}.bak`) ? 'foreign' : 'removed';
}

/** Starts what was saved and is not there. Entries that were stopped are listed and stay down. */
export async function resurrectList(client: Client, context: Context): Promise<Report> {
  const { home } = client;
  const origin = originOf(home);
  if (origin === 'ours') return client.resurrect();
  const neighbour = pm2DaemonOf(home);
  if (neighbour !== null) {
    const report = await client.resurrect();
    const note = `PM2's own daemon (pid ${neighbour}) is alive in ${home}: what ${dumpOf(home)} holds is running there`;
    return { ...report, notes: [note, ...report.notes] };
  }
  const path = dumpOf(home);
  if (origin === 'removed') return { outcomes: [], notes: [`${path} was removed: nothing is saved`] };
  const read = readWithLastGood(path, parseDump);
  if (read.kind !== 'read') {
    const notes = read.kind === 'absent' ? [] : [read.note];
    // What we saved ourselves is better than nothing.
    if (!existsSync(pathsOf(home).dump)) return { outcomes: [], notes };
    const report = await client.resurrect();
    return { ...report, notes: [...notes, ...report.notes] };
  }
  const { apps, notes } = await savedApps(read.value, context);
  const report = await client.resurrect(apps);
  return { ...report, notes: [...(read.note === null ? [] : [read.note]), ...notes, ...report.notes] };
}
