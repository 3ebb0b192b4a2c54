/**
 * Makes one crash record: gathers what the end left behind and writes it as a folder that is whole or not there. Loaded with
 * the first crash; a daemon whose apps stay up does not pay for it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptCrash, outdatedCrashes, parseCrashName } from '../core/crash.ts';
import { findTrace } from '../core/stack-trace.ts';
import type { AppSpec, LogLine } from '../core/terms.ts';
import type { CrashRecord } from '../protocol/observation.ts';
import { type CrashFile, takeReport, takeSnapshot } from './crash-files.ts';
import { type LeftBehind, readTestament } from './testament.ts';

declare const __UPKEEP_VERSION__: string;

/** Records of a home, of all apps together. */
const MOST_RECORDS = 500;
const LONGEST_LINE = 4_000;
const LONGEST_HEADLINE = 500;
/** A folder with this prefix is not whole. */
const UNFINISHED = '.new-';

/** What the daemon knows of the end without looking at what was left behind. */
export type CrashFacts = Omit<
  CrashRecord,
  'headline' | 'upkeepVersion' | 'lastLines' | 'stack' | 'stackFrom' | 'errors' | 'inFlight' | 'memoryNote' | 'files'
> & {
  readonly spec: AppSpec;
  readonly lifeFolder: string;
  readonly keep: number;
  /** Where its event loop was seen to stand, innermost first; empty: it was not blocked. */
  readonly blockedIn: readonly string[];
  /** As its runtime last told while it was alive. */
  readonly lastWork: CrashRecord['inFlight'];
};

export interface CrashHome {
  /** `<home>/crashes`. */
  readonly folder: string;
  /** All records together, heap snapshots included; the newest stays in any case. */
  readonly budgetBytes: number;
  linesOf(id: number, incarnation: number): Promise<readonly LogLine[]>;
  memoryNoteOf(facts: CrashFacts, lines: readonly string[]): string | null;
}

/** @throws if it cannot be written; nothing of it is left then. @returns false: there is such a record already */
export async function writeCrash(facts: CrashFacts, home: CrashHome): Promise<boolean> {
  const final = join(home.folder, facts.crash);
  if (existsSync(final)) return false;
  const folder = join(home.folder, `${UNFINISHED}${facts.crash}`);
  try {
    // What an earlier daemon had begun is finished.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const record = await gather(facts, folder, home);
    await writeFile(join(folder, 'crash.json'), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    await rename(folder, final);
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await prune(home, facts);
  return true;
}

async function gather(facts: CrashFacts, folder: string, home: CrashHome): Promise<CrashRecord> {
  const { spec, lifeFolder, keep: _, blockedIn, lastWork, notes, ...known } = facts;
  const lastLines = (await home.linesOf(facts.id, facts.incarnation)).map((line) => ({
    ...line,
    text: line.text.slice(0, LONGEST_LINE),
  }));
  const texts = lastLines.map(({ text }) => text);
  const left = await readTestament(lifeFolder);
  const snapshots = spec.crash?.heapSnapshot === true && facts.pid !== null ? [lifeFolder, spec.cwd] : [];
  const report = await takeReport(lifeFolder, folder);
  const files: readonly (CrashFile | null)[] = [
    report?.file ?? null,
    await takeSnapshot(snapshots, { pid: facts.pid ?? 0, uid: spec.uid }, folder),
  ];
  const trace = traceOf(left, lastLines, blockedIn);
  const inFlight = left === null ? lastWork : { toldAt: left.at, work: left.work, more: left.more };
  return {
    ...known,
    nodeVersion: known.nodeVersion ?? left?.node ?? report?.nodeVersion ?? null,
    headline: headlineOf(left, trace.headline, texts),
    upkeepVersion: __UPKEEP_VERSION__,
    lastLines,
    stack: trace.frames,
    stackFrom: trace.from,
    errors: left?.errors ?? [],
    inFlight,
    memoryNote: home.memoryNoteOf(facts, texts),
    files: files.filter((file): file is CrashFile => file !== null),
    notes: [...notes, ...(inFlight === null && spec.isNode ? [whyNoWork(facts)] : [])],
  };
}

interface Trace {
  readonly headline: string | null;
  readonly frames: readonly string[];
  readonly from: CrashRecord['stackFrom'];
}

function traceOf(left: LeftBehind | null, lines: readonly LogLine[], blockedIn: readonly string[]): Trace {
  const told = left?.errors[0];
  if (told !== undefined && told.stack.length > 0) return { headline: null, frames: told.stack, from: 'runtime' };
  if (blockedIn.length > 0)
    return { headline: `its event loop was blocked in ${blockedIn[0]}`, frames: blockedIn, from: 'blocked-loop' };
  // Most programs print it on one stream, into which the other would only put holes.
  const errors = lines.filter(({ stream }) => stream === 'err').map(({ text }) => text);
  const found = findTrace(errors) ?? findTrace(lines.map(({ text }) => text));
  return found === null
    ? { headline: null, frames: [], from: null }
    : { headline: found.headline, frames: found.frames, from: 'lines' };
}

function headlineOf(left: LeftBehind | null, traced: string | null, lines: readonly string[]): string | null {
  const told = left?.errors[0];
  if (told !== undefined) return `${told.name}: ${told.message.split('\n')[0] ?? ''}`.slice(0, LONGEST_HEADLINE);
  const fatal = lines.findLast((line) => line.startsWith('FATAL ERROR:'));
  const last = lines.findLast((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
  const headline = fatal ?? (traced === '' ? null : traced) ?? last ?? null;
  return headline === null ? null : headline.trim().slice(0, LONGEST_HEADLINE);
}

function whyNoWork({ exit, spec }: CrashFacts): string {
  if (!spec.runtime || spec.inside === false)
    return 'what was in flight is not known: the runtime, or what it tells of the inside, is turned off';
  if (exit.kind === 'signal')
    return 'what was in flight is not known: a process that is killed, or has no heap left, cannot tell';
  return 'nothing was in flight, or it could not tell';
}

/** Oldest first, until app and home are within their bounds. */
async function prune(home: CrashHome, { name, keep }: CrashFacts): Promise<void> {
  const kept: KeptCrash[] = [];
  for (const folder of await readdir(home.folder).catch(() => []))
    if (parseCrashName(folder) !== null) kept.push({ folder, bytes: await bytesOf(join(home.folder, folder)) });
  const bounds = { most: MOST_RECORDS, bytes: home.budgetBytes };
  for (const folder of outdatedCrashes(kept, { name, keep }, bounds))
    await rm(join(home.folder, folder), { recursive: true, force: true }).catch(() => {});
}

/** By the whole folder once; a record does not change. */
const sizes = new Map<string, number>();

async function bytesOf(folder: string): Promise<number> {
  const known = sizes.get(folder);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const file of await readdir(folder).catch(() => []))
    bytes += await stat(join(folder, file)).then(
      ({ size }) => size,
      () => 0,
    );
  if (sizes.size > 2 * MOST_RECORDS) sizes.clear();
  sizes.set(folder, bytes);
  return bytes;
}
