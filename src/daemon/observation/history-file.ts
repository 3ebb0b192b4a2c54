/**
 * Keeps the histories over the death of a daemon: one file, written at its end and every few minutes, read by the next one when
 * somebody wants to see them. Without it each upgrade would begin every graph anew.
 *
 * A line of JSON says which rings follow, then all of them as 32-bit floats.
 */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { EXTENTS, type StoredRings } from '../../core/rings.ts';
import { listOf, object, text, whole } from '../../core/shape.ts';
import { replaceFile, replaceFileBeside, setAside } from '../../platform/durable-file.ts';

const FORMAT = 'upkeep-history-1';
const FLOAT_BYTES = 4;
const VALUES = EXTENTS.hour.length + EXTENTS.day.length;
const NEWLINE = 10;

interface Head {
  readonly format: string;
  readonly endianness: string;
  readonly processes: readonly { readonly key: string; readonly last: number; readonly columns: readonly number[] }[];
}

/** More than any version has. */
const MOST_COLUMNS = 100;

const headShape = object({
  processes: listOf(object({ key: text, last: whole(0), columns: listOf(whole(0, MOST_COLUMNS)) })),
});

type Histories = ReadonlyMap<string, StoredRings>;

export class HistoryFile {
  readonly #path: string;
  readonly #note: (text: string) => void;
  #hasFailed = false;

  constructor(path: string, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
  }

  /** A file that cannot be understood is set aside. */
  read(): Histories {
    try {
      return decode(readFileSync(this.#path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#note(
          `the history of before is lost: ${this.#path} cannot be used (${(error as Error).message})${this.#setAside()}`,
        );
      return new Map();
    }
  }

  #setAside(): string {
    try {
      return `, set aside as ${setAside(this.#path)}`;
    } catch (error) {
      return `, nor set aside: ${(error as Error).message}`;
    }
  }

  write(histories: Histories): void {
    try {
      replaceFile(this.#path, encode(histories), false);
    } catch (error) {
      this.#onFailure(error as Error);
    }
  }

  async writeBeside(histories: Histories): Promise<void> {
    try {
      await replaceFileBeside(this.#path, encode(histories));
      this.#hasFailed = false;
    } catch (error) {
      this.#onFailure(error as Error);
    }
  }

  /** Told once: a disk that stays full fails every time. */
  #onFailure(error: Error): void {
    if (!this.#hasFailed) this.#note(`the history cannot be kept in ${this.#path}: ${error.message}`);
    this.#hasFailed = true;
  }
}

export function encode(histories: Histories): Uint8Array {
  const processes = [...histories].map(([key, { last, columns }]) => ({
    key,
    last,
    columns: columns.map(({ column }) => column),
  }));
  const head: Head = { format: FORMAT, endianness: endianness(), processes };
  const rings = [...histories.values()].flatMap(({ columns }) => columns.flatMap(({ hour, day }) => [hour, day]));
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    ...rings.map((ring) => Buffer.from(ring.buffer, ring.byteOffset, ring.byteLength)),
  ]);
}

/** Throws on bytes that are not whole. */
export function decode(bytes: Buffer): Histories {
  const end = bytes.indexOf(NEWLINE);
  const head = JSON.parse(bytes.toString('utf8', 0, Math.max(0, end))) as Head;
  if (head?.format !== FORMAT || head.endianness !== endianness()) throw new Error('it has another format');
  const wrong = headShape(head, 'its head');
  if (wrong !== null) throw new Error(wrong);
  const count = head.processes.reduce((sum, { columns }) => sum + columns.length, 0);
  if (bytes.length !== end + 1 + count * VALUES * FLOAT_BYTES) throw new Error('it is not whole');
  // A copy, for floats must begin at a multiple of four.
  const floats = new Float32Array(new Uint8Array(bytes.subarray(end + 1)).buffer);
  let at = 0;
  const take = (length: number): Float32Array => {
    at += length;
    return floats.slice(at - length, at);
  };
  return new Map(
    head.processes.map(({ key, last, columns }) => {
      const rings = columns.map((column) => ({
        column,
        hour: take(EXTENTS.hour.length),
        day: take(EXTENTS.day.length),
      }));
      return [key, { last, columns: rings }] as const;
    }),
  );
}
