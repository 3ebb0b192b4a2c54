/**
 * The last lines of a log file, read backwards by line and on into rotated predecessors. Without it a
 * log that was rotated a moment ago would seem to be empty, and long lines would yield fewer than asked for.
 */
import { closeSync, readSync } from 'node:fs';
import { countLineEnds, joinBytes, LINE_LIMIT_BYTES, NEWLINE } from '../core/lines.ts';
import type { FilePosition } from '../protocol/control.ts';
import { asBuffer, textLines } from './line-text.ts';
import { contentOf, openLog, predecessors } from './log-history.ts';

const BLOCK_BYTES = 64 * 1024;
/** However many lines are asked for and however long they are: more is not read. */
const TAIL_LIMIT_BYTES = 64 * 1024 * 1024;
const CUT = '[upkeep: line cut here] ';

export interface FileTail {
  /** Oldest first, without line ends. An unfinished last line is one of them. */
  readonly lines: readonly string[];
  /** End of the file when it was read; null when it is not there. A reader goes on from here. */
  readonly position: FilePosition | null;
}

/** Reads blocks from the end until they hold `count` whole lines. */
function lastLines(read: (length: number, at: number) => Uint8Array, bytes: number, count: number): string[] {
  const blocks: Uint8Array[] = [];
  let at = bytes;
  let total = 0;
  let lineEnds = 0;
  // One line end more than lines: it is the border before the first of them.
  while (at > 0 && lineEnds <= count && total < TAIL_LIMIT_BYTES) {
    const length = Math.min(BLOCK_BYTES, at);
    at -= length;
    const block = read(length, at);
    blocks.unshift(block);
    total += block.length;
    lineEnds += countLineEnds(block);
  }
  const joined = asBuffer(joinBytes(blocks));
  const border = at > 0 ? joined.indexOf(NEWLINE) + 1 : 0;
  // No border at all: the end of one enormous line.
  const isTorn = at > 0 && (border === 0 || border === joined.length);
  const lines = textLines(isTorn ? joined : joined.subarray(border));
  return lines
    .slice(-count)
    .map((line) => (line.length > LINE_LIMIT_BYTES ? CUT + line.slice(-LINE_LIMIT_BYTES) : line));
}

function readBlock(fd: number, length: number, at: number): Uint8Array {
  const block = Buffer.alloc(length);
  return block.subarray(0, readSync(fd, block, 0, length, at));
}

/** The last `count` lines of a file and, as far as needed, of its rotated predecessors. A file that is not there has none. */
export function readLastLines(path: string, count: number): FileTail {
  const log = openLog(path);
  try {
    const position = log === null ? null : { path, inode: log.inode, offset: log.bytes };
    if (count <= 0) return { lines: [], position };
    let lines = log === null ? [] : lastLines((length, at) => readBlock(log.fd, length, at), log.bytes, count);
    for (const file of predecessors(path, log)) {
      if (lines.length >= count) break;
      const content = contentOf(file);
      const read = (length: number, at: number): Uint8Array => content.subarray(at, at + length);
      lines = [...lastLines(read, content.length, count - lines.length), ...lines];
    }
    return { lines, position };
  } finally {
    if (log !== null) closeSync(log.fd);
  }
}
