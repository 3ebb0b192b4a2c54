/**
 * Reads a log from a position to its present end, through any rotation in between. Without it somebody
 * who follows logs would lose what was written while one daemon handed over to the next.
 */
import { closeSync, readSync } from 'node:fs';
import { LineAssembler, NEWLINE } from '../core/lines.ts';
import type { FilePosition } from '../protocol/control.ts';
import { textLines } from './line-text.ts';
import { contentOf, type OpenLog, openLog, type Predecessor, predecessors } from './log-history.ts';

const BLOCK_BYTES = 64 * 1024;

/**
 * The rotated files to read before the one in use, oldest first; the first of them is the one of the position.
 * Newest candidates come first, because the system gives an inode number again once its file is compressed: a
 * position that is two or more rotations old can be mistaken for one in a newer file.
 */
function findPlace(position: FilePosition, log: OpenLog): { readonly files: Predecessor[]; readonly isKnown: boolean } {
  if (log.inode === position.inode && log.bytes >= position.offset) return { files: [], isKnown: true };
  const newer: Predecessor[] = [];
  for (const file of predecessors(position.path, log)) {
    newer.unshift(file);
    const isLongEnough = file.bytes === null || file.bytes >= position.offset;
    if (file.inode === position.inode && isLongEnough) return { files: newer, isKnown: true };
  }
  // Emptied, or deleted: what came between is not there any more, so go on with the file as it is.
  return { files: [], isKnown: false };
}

/**
 * Gives all lines after `position` to `onLines`, in order, and returns where to go on. A line that is not
 * finished yet is left for the next call.
 */
export function readOn(position: FilePosition, onLines: (lines: readonly string[]) => void): FilePosition {
  const log = openLog(position.path);
  // Between two files, or deleted: the next call finds more.
  if (log === null) return position;
  try {
    const { files, isKnown } = findPlace(position, log);
    const assembler = new LineAssembler();
    const take = (bytes: Buffer): void => {
      const whole = bytes.length === 0 ? null : assembler.push(bytes);
      if (whole !== null) onLines(textLines(whole));
    };
    let offset = isKnown ? position.offset : 0;
    for (const file of files) {
      take(contentOf(file).subarray(offset));
      offset = 0;
    }
    const block = Buffer.alloc(BLOCK_BYTES);
    let end = offset;
    for (let at = offset; at < log.bytes; ) {
      const length = readSync(log.fd, block, 0, Math.min(BLOCK_BYTES, log.bytes - at), at);
      if (length === 0) break;
      const lineEnd = block.subarray(0, length).lastIndexOf(NEWLINE);
      if (lineEnd !== -1) end = at + lineEnd + 1;
      take(block.subarray(0, length));
      at += length;
    }
    return { path: position.path, inode: log.inode, offset: end };
  } finally {
    closeSync(log.fd);
  }
}
