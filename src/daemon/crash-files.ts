/**
 * The files of a crash record beside its text: Node's report, without the environment, and a heap snapshot. Without the
 * cleaning the passwords of every app would lie in a folder that people copy into tickets.
 */
import { copyFile, lstat, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPORT_FILE } from '../protocol/testament.ts';
import { readLeft } from './testament.ts';

export interface CrashFile {
  readonly name: string;
  readonly bytes: number;
}

/** A process with very many handles writes a very long report; it is not parsed in the daemon. */
const LARGEST_REPORT_BYTES = 16 * 1024 * 1024;
export const SNAPSHOT_FILE = 'heap.heapsnapshot';

export interface TakenReport {
  readonly file: CrashFile;
  /** Of the process; null: the report does not say. */
  readonly nodeVersion: string | null;
}

/** Writes the report without the environment. @returns null: there is none, or none that is whole */
export async function takeReport(lifeFolder: string, into: string): Promise<TakenReport | null> {
  const text = await readLeft(join(lifeFolder, REPORT_FILE), LARGEST_REPORT_BYTES);
  if (text === null) return null;
  let report: Record<string, unknown>;
  try {
    report = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof report !== 'object' || report === null) return null;
  const { environmentVariables: _, ...rest } = report;
  const clean = `${JSON.stringify(rest, null, 1)}\n`;
  await writeFile(join(into, REPORT_FILE), clean, { mode: 0o600 });
  const { nodejsVersion } = (rest.header ?? {}) as { readonly nodejsVersion?: unknown };
  const [, nodeVersion = null] =
    /^v(\d[\w.-]{0,40})$/.exec(typeof nodejsVersion === 'string' ? nodejsVersion : '') ?? [];
  return { file: { name: REPORT_FILE, bytes: Buffer.byteLength(clean) }, nodeVersion };
}

/**
 * Moves the snapshot that V8 wrote near the limit of the heap.
 * @param folders where Node may have written it
 */
export async function takeSnapshot(folders: readonly string[], pid: number, into: string): Promise<CrashFile | null> {
  const isIts = new RegExp(`^Heap\\.\\d+\\.\\d+\\.${pid}\\..*\\.heapsnapshot$`);
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const name = names
      .filter((one) => isIts.test(one))
      .sort()
      .at(-1);
    if (name === undefined) continue;
    const from = join(folder, name);
    const stat = await lstat(from);
    if (!stat.isFile()) continue;
    await move(from, join(into, SNAPSHOT_FILE));
    return { name: SNAPSHOT_FILE, bytes: stat.size };
  }
  return null;
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from, { force: true });
  }
}
