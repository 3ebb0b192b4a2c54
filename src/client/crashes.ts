/**
 * Reads the crash records of a home from its folder, so that they can be looked at when no daemon lives, which is when
 * people look at them.
 */
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCrashName } from '../core/crash.ts';
import { UpkeepError } from '../core/errors.ts';
import { resolveTargets } from '../core/targets.ts';
import { pathsOf } from '../platform/paths.ts';
import type { CrashRecord, CrashSummary } from '../protocol/observation.ts';

const RECORD_FILE = 'crash.json';
/** Of a record as we write it; anything larger is not one of ours. */
const LARGEST_RECORD_BYTES = 8 * 1024 * 1024;

/** Names of the records, newest first. */
async function crashNames(home: string): Promise<readonly string[]> {
  const names = await readdir(pathsOf(home).crashes).catch(() => []);
  return names
    .filter((name) => parseCrashName(name) !== null)
    .sort()
    .reverse();
}

async function read(home: string, crash: string): Promise<CrashRecord | null> {
  try {
    const path = join(pathsOf(home).crashes, crash, RECORD_FILE);
    const stat = await lstat(path);
    if (!stat.isFile() || stat.size > LARGEST_RECORD_BYTES) return null;
    const record = JSON.parse(await readFile(path, 'utf8')) as CrashRecord;
    return typeof record.name === 'string' && typeof record.at === 'number' ? record : null;
  } catch {
    return null; // removed meanwhile, or damaged
  }
}

const summaryOf = (record: CrashRecord): CrashSummary => {
  const { crash, at, id, name, namespace, incarnation, exit, reason, headline, inRow } = record;
  return { crash, at, id, name, namespace, incarnation, exit, reason, headline, inRow };
};

const isOf = (summary: CrashSummary, targets: readonly string[]): boolean =>
  targets.length === 0 || resolveTargets(targets, [{ ...summary, script: '' }]).ids.length > 0;

/**
 * Newest first.
 * @param targets names, ids, namespaces, `all`, `/regex/`; none: all
 * @param most at most so many; they are not read beyond that
 */
export async function readCrashes(
  home: string,
  targets: readonly string[] = [],
  most = Number.POSITIVE_INFINITY,
): Promise<readonly CrashSummary[]> {
  const found: CrashSummary[] = [];
  for (const name of await crashNames(home)) {
    if (found.length >= most) break;
    const record = await read(home, name);
    if (record !== null && isOf(record, targets)) found.push(summaryOf(record));
  }
  return found;
}

/** The name of the one record that is meant: its name or the beginning of it, `latest`, or a process, whose newest it is. */
async function findCrash(home: string, which: string): Promise<string> {
  const names = await crashNames(home);
  if (names.includes(which)) return which;
  if (which === 'latest' && names[0] !== undefined) return names[0];
  const beginning = /^\d{6}/.test(which) ? names.filter((name) => name.startsWith(which)) : [];
  if (beginning.length === 1 && beginning[0] !== undefined) return beginning[0];
  const [newest] = await readCrashes(home, [which], 1);
  if (newest !== undefined) return newest.crash;
  throw new UpkeepError({
    code: 'NOT_FOUND',
    message:
      names.length === 0
        ? `there is no crash record in ${pathsOf(home).crashes}`
        : beginning.length > 1
          ? `${beginning.length} crash records begin with ${which}`
          : `there is no crash record ${which}, and none of a process of that name`,
    ...(names.length === 0 ? {} : { hint: '`upkeep crashes` lists them' }),
  });
}

/** @throws UpkeepError NOT_FOUND */
export async function readCrash(home: string, which: string): Promise<CrashRecord> {
  const name = await findCrash(home, which);
  const record = await read(home, name);
  if (record !== null) return record;
  throw new UpkeepError({
    code: 'IO_FAILED',
    message: `${join(pathsOf(home).crashes, name, RECORD_FILE)} is damaged or cannot be read`,
    hint: `\`upkeep crash rm ${name}\` removes it`,
  });
}

/**
 * Absolute path of a file of a record, as `files` names it.
 * @throws UpkeepError NOT_FOUND
 */
export async function crashFile(home: string, which: string, file: string): Promise<string> {
  const record = await readCrash(home, which);
  // Only what the record names: the word comes from a URL at times.
  if (file === RECORD_FILE || record.files.some(({ name }) => name === file))
    return join(pathsOf(home).crashes, record.crash, file);
  throw new UpkeepError({ code: 'NOT_FOUND', message: `the crash record ${record.crash} has no file ${file}` });
}

/** @param which as for `readCrash`, or `all` @returns how many were removed @throws UpkeepError NOT_FOUND, IO_FAILED */
export async function removeCrashes(home: string, which: string): Promise<number> {
  const names = which === 'all' ? await crashNames(home) : [await findCrash(home, which)];
  for (const name of names) {
    const path = join(pathsOf(home).crashes, name);
    try {
      await rm(path, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new UpkeepError({ code: 'IO_FAILED', message: `cannot remove ${path}: ${(error as Error).message}` });
    }
  }
  return names.length;
}
