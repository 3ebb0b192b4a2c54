/**
 * The files of a crash record beside its text: Node's report, without the environment, and a heap snapshot. Without the
 * cleaning the passwords of every app would lie in a folder that people copy into tickets.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeForeignFile } from '../platform/foreign-file.ts';
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
 * @param folders where Node may have written it, in the name of `uid`; null: as whom we run
 */
export async function takeSnapshot(
  folders: readonly string[],
  { pid, uid }: { readonly pid: number; readonly uid: number | null },
  into: string,
): Promise<CrashFile | null> {
  const isIts = new RegExp(`^Heap\\.\\d+\\.\\d+\\.${pid}\\..*\\.heapsnapshot$`);
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const name = names
      .filter((one) => isIts.test(one))
      .sort()
      .at(-1);
    if (name === undefined) continue;
    try {
      return { name: SNAPSHOT_FILE, bytes: await takeForeignFile(join(folder, name), join(into, SNAPSHOT_FILE), uid) };
    } catch {
      // It is not the process's own.
    }
  }
  return null;
}
