/**
 * What becomes of rotated files: how many of each are kept, what is compressed, and that all of them
 * together stay within the disk budget. Without it logs that are rotated one by one would still fill
 * the disk together.
 */
import { dirname, resolve } from 'node:path';
import {
  beyondKeep,
  instantOfStamp,
  overBudget,
  parseRotatedName,
  type RotatedFile,
  tidyLeftovers,
} from '../core/rotation.ts';
import type { LogRules } from '../core/terms.ts';
import { BudgetNews } from './budget-news.ts';
import { Compressor } from './compressor.ts';
import { removeRotated, sweepIndexes } from './index-folder.ts';
import type { Note, ThreadSetup } from './pump-messages.ts';
import { currentIn, fileBytes, removeFile, rotatedIn, rotatedOf } from './rotated-files.ts';

/** A log that is being written, as far as this concerns its rotated files. */
export interface KeptLog {
  readonly realPath: string;
  readonly rules: LogRules;
  /** A rotated file with this stamp is there already. */
  knowStamp(at: number): void;
}

export type BudgetSetup = Pick<ThreadSetup, 'diskBudgetBytes' | 'logFolder' | 'indexFolder'>;

const CHECK_INTERVAL_MS = 1000;
const SWEEP_AFTER_MS = 30_000;

export class DiskBudget {
  readonly #budgetBytes: number;
  readonly #logFolder: string;
  readonly #indexFolder: string | null;
  readonly #logs: () => Iterable<KeptLog>;
  readonly #compressor: Compressor;
  readonly #opened = new Set<KeptLog>();
  #timer: NodeJS.Timeout | null = null;
  #sweepTimer: NodeJS.Timeout | null = null;
  #checkedAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;
  readonly #news: BudgetNews;

  constructor(
    { diskBudgetBytes, logFolder, indexFolder }: BudgetSetup,
    around: { now(): number; logs(): Iterable<KeptLog>; note(note: Note): void },
  ) {
    this.#budgetBytes = diskBudgetBytes;
    this.#logFolder = resolve(logFolder);
    this.#indexFolder = indexFolder;
    this.#now = around.now;
    this.#logs = around.logs;
    this.#news = new BudgetNews(diskBudgetBytes, around.now, around.note);
    this.#compressor = new Compressor((path) => this.#settle(path));
  }

  /** A log was opened: finish what an earlier daemon began. Soon, and for many logs at once, because a folder is listed for it. */
  opened(log: KeptLog): void {
    if (this.#opened.size === 0) setImmediate(() => this.#tidyOpened());
    this.#opened.add(log);
    this.#sweepTimer ??= setTimeout(() => this.#sweep(), SWEEP_AFTER_MS).unref();
  }

  /** Once, when the start of many apps is over. */
  #sweep(): void {
    if (this.#indexFolder !== null) sweepIndexes(this.#indexFolder);
  }

  #tidyOpened(): void {
    const folders = new Map<string, Map<string, RotatedFile[]>>();
    for (const log of this.#opened) {
      const folder = dirname(log.realPath);
      let byLog = folders.get(folder);
      if (byLog === undefined) {
        byLog = groupByLog(rotatedIn(folder));
        folders.set(folder, byLog);
      }
      const rotated = byLog.get(log.realPath);
      if (rotated !== undefined) this.#tidy(log, rotated);
    }
    this.#opened.clear();
    this.check();
  }

  #tidy(log: KeptLog, rotated: readonly RotatedFile[]): void {
    log.knowStamp(instantOfStamp(rotated.at(-1)?.stamp ?? ''));
    for (const todo of tidyLeftovers(rotated, log.rules.compress)) {
      if (todo.act === 'compress') this.#compressor.add(todo.path);
      else if (!this.#compressor.isWriting(todo.path)) removeFile(todo.path);
    }
    this.#keep(log);
  }

  /** Soon, not now: while a chunk is half written, every millisecond is one in which a kill would lose its rest. */
  rotated(log: KeptLog, aside: string): void {
    setImmediate(() => {
      this.#keep(log);
      if (log.rules.compress) this.#compressor.add(aside);
      this.check();
    });
  }

  #keep(log: KeptLog): void {
    for (const file of beyondKeep(rotatedOf(log.realPath), log.rules.keep)) removeRotated(file, this.#indexFolder);
  }

  /** While a file was compressed, more may have been rotated: its `.gz` can be one too many. */
  #settle(path: string): void {
    const base = parseRotatedName(path)?.base;
    for (const log of this.#logs()) if (log.realPath === base) this.#keep(log);
    this.check();
  }

  /** Looks soon, but not at every single rotation of a flood. */
  check(): void {
    if (this.#timer !== null) return;
    const wait = this.#checkedAt + CHECK_INTERVAL_MS - this.#now();
    if (wait <= 0) {
      this.enforce();
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.enforce();
      },
      Math.min(wait, CHECK_INTERVAL_MS),
    );
  }

  /** Deletes the oldest rotated files of whichever app until all fit. */
  enforce(): void {
    this.#checkedAt = this.#now();
    const inUse = new Map<string, number>(currentIn(this.#logFolder).map((file) => [file.path, file.bytes]));
    const rotated = new Map<string, RotatedFile>(rotatedIn(this.#logFolder).map((file) => [file.path, file]));
    for (const log of this.#logs()) {
      if (dirname(log.realPath) === this.#logFolder) continue;
      inUse.set(log.realPath, fileBytes(log.realPath) ?? 0);
      for (const file of rotatedOf(log.realPath)) rotated.set(file.path, file);
    }
    let bytesInUse = 0;
    for (const bytes of inUse.values()) bytesInUse += bytes;
    const victims = overBudget([...rotated.values()], bytesInUse, this.#budgetBytes);
    for (const victim of victims) {
      removeRotated(victim, this.#indexFolder);
      rotated.delete(victim.path);
    }
    for (const { bytes } of rotated.values()) bytesInUse += bytes;
    this.#news.enforced(victims, bytesInUse);
  }

  /** The disk is full: everything that the rules let go goes now. */
  freeSpace(): void {
    for (const log of this.#logs()) this.#keep(log);
    this.enforce();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    await this.#compressor.stop();
  }
}

function groupByLog(files: readonly RotatedFile[]): Map<string, RotatedFile[]> {
  const groups = new Map<string, RotatedFile[]>();
  for (const file of files) {
    const group = groups.get(file.base);
    if (group === undefined) groups.set(file.base, [file]);
    else group.push(file);
  }
  return groups;
}
