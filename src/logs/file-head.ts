/**
 * How a file begins, as a mark by which it is known again. Without it a place in a log would be looked for by the number of the
 * file's inode alone, and the system gives a number again as soon as a rotated file is compressed.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileHead } from '../protocol/control.ts';

const HEAD_BYTES = 256;

export function headOf(beginning: Uint8Array): FileHead {
  const part = beginning.subarray(0, HEAD_BYTES);
  return { bytes: part.length, hash: createHash('sha256').update(part).digest('base64url') };
}

export const isHeadOf = (head: FileHead, beginning: Uint8Array): boolean =>
  beginning.length >= head.bytes && headOf(beginning.subarray(0, head.bytes)).hash === head.hash;

/** Whether more of the file is known than its mark says. */
export const isHeadShort = (head: FileHead | null, offset: number): boolean =>
  (head?.bytes ?? 0) < Math.min(HEAD_BYTES, offset);

export function beginningOf(fd: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
}

/** The mark of what is before `offset`; null: another file has taken its place. */
export function headOfFile(path: string, inode: number, offset: number): FileHead | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).ino === inode ? headOf(beginningOf(fd).subarray(0, offset)) : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
