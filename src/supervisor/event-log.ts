/**
 * What happened in a home, numbered: kept in a file across daemons and in memory for followers. Without numbers a
 * reader could not tell whether it has missed something.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
import type { EventKind } from '../core/events.ts';
import { mapOf, number, object, orAbsent, orNull, scalar, text, whole } from '../core/shape.ts';
import type { EventRecord } from '../protocol/control.ts';

/** Kept in memory for those who ask for what was before. */
const KEPT_IN_MEMORY = 1_000;
/** Then the file is renamed to `.1`; one older file is kept. */
const LARGEST_FILE_BYTES = 5 * 1024 * 1024;

/** Half of what can be counted: the numbers go on from here. */
const LARGEST_NUMBER = Number.MAX_SAFE_INTEGER / 2;

const eventShape = object({
  number: whole(1, LARGEST_NUMBER),
  at: number,
  kind: text,
  id: orNull(whole(0)),
  name: orNull(text),
  incarnation: orNull(whole(0)),
  reason: text,
  details: orAbsent(mapOf(scalar)),
});

export class EventLog {
  readonly #path: string;
  readonly #recent: EventRecord[] = [];
  readonly #listeners = new Set<(event: EventRecord) => void>();
  #last = 0;
  #size = 0;
  #fd: number | null = null;

  constructor(path: string) {
    this.#path = path;
    for (const file of [`${path}.1`, path]) this.#load(file);
    this.#size = sizeOf(path);
  }

  get last(): number {
    return this.#last;
  }

  append(at: number, event: Omit<EventRecord, 'number' | 'at' | 'kind'> & { readonly kind: EventKind }): EventRecord {
    const record: EventRecord = { number: ++this.#last, at, ...event };
    this.#recent.push(record);
    if (this.#recent.length > KEPT_IN_MEMORY) this.#recent.shift();
    this.#write(record);
    for (const listener of this.#listeners) listener(record);
    return record;
  }

  /**
   * Events with a number above `after`, oldest first (null: all that are kept), and how many of them are not kept
   * any more.
   */
  since(after: number | null): { readonly events: readonly EventRecord[]; readonly missed: number } {
    const events = after === null ? [...this.#recent] : this.#recent.filter((event) => event.number > after);
    const first = events[0]?.number ?? this.#last + 1;
    return { events, missed: after === null ? 0 : Math.max(0, first - after - 1) };
  }

  follow(listener: (event: EventRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The file has been deleted: what follows goes into a new one. */
  reopen(): void {
    this.#close();
    this.#size = 0;
  }

  #load(file: string): void {
    // Only the last ones are needed: parsing megabytes would keep a new daemon from its work.
    for (const line of readEnd(file, LARGEST_FILE_BYTES).trimEnd().split('\n').slice(-KEPT_IN_MEMORY)) {
      try {
        const record: unknown = JSON.parse(line);
        // A number that is none, or out of all proportion, would spoil the numbers of all that follow.
        if (eventShape(record, 'an event') !== null) continue;
        this.#last = Math.max(this.#last, (record as EventRecord).number);
        this.#recent.push(record as EventRecord);
      } catch {
        // the last line of a daemon that was killed while it wrote
      }
    }
    this.#recent.splice(0, Math.max(0, this.#recent.length - KEPT_IN_MEMORY));
  }

  /** A full disk costs the file this event, not the daemon its life; the number shows the gap. */
  #write(record: EventRecord): void {
    try {
      if (this.#size > LARGEST_FILE_BYTES) {
        this.#close();
        renameSync(this.#path, `${this.#path}.1`);
        this.#size = 0;
      }
      this.#fd ??= openSync(this.#path, 'a', 0o600);
      this.#size += writeSync(this.#fd, `${JSON.stringify(record)}\n`);
    } catch {
      this.#close();
    }
  }

  #close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

/** What a file ends with; empty if it cannot be read. */
function readEnd(file: string, most: number): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, most));
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
