/**
 * Bytes of a line made into text for people and for JSON. Without one place for it a carriage
 * return or a byte that is not UTF-8 would look different in each view of the same line.
 */
import { forEachLine } from '../core/lines.ts';

const CARRIAGE_RETURN = 13;

/** A Buffer over the same memory: its search and its decoding are much faster than those of a plain array. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The lines in these bytes without their ends; bytes after the last newline are a line too. */
export function textLines(bytes: Uint8Array): string[] {
  const buffer = asBuffer(bytes);
  const lines: string[] = [];
  forEachLine(buffer, (start, end) => {
    const stop = end > start && buffer[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    lines.push(buffer.toString('utf8', start, stop));
  });
  return lines;
}
