/**
 * Lines that were written between two positions of log files, read from the files themselves. Without it a follower
 * would lose what was written while one daemon took over from another.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LogLine, StreamName } from '../core/terms.ts';
import { type LogPlace, type Piece, piecesAfter } from '../logs/backlog-pieces.ts';
import type { FilePosition, InstanceDetail } from '../protocol/control.ts';
import type { Client } from './client.ts';

const NEWLINE = 10;
const BLOCK_BYTES = 64 * 1024;

export interface Source {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  readonly isJson: boolean;
}

/** In merged files the instances cannot be told apart: the first stands for all. */
export function sourceOf(path: string, details: readonly InstanceDetail[]): Source | null {
  for (const { id, name, namespace, paths, spec } of details) {
    const isJson = spec.log.format === 'json';
    if (paths.out === path || paths.combined === path) return { id, name, namespace, stream: 'out', isJson };
    if (paths.err === path) return { id, name, namespace, stream: 'err', isJson };
  }
  return null;
}

/** Reads a range of the file in use; empty if another file has taken its place. */
function readRange({ path, inode }: FilePosition, from: number, to: number): Buffer {
  try {
    const fd = openSync(path, 'r');
    try {
      if (fstatSync(fd).ino !== inode || to <= from) return Buffer.alloc(0);
      const bytes = Buffer.alloc(to - from);
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
    } finally {
      closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/** A position in the middle of a line goes back to the line's beginning: nobody was given half a line. */
export function lineStart(position: FilePosition): FilePosition {
  for (let end = position.offset; end > 0; end -= BLOCK_BYTES) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const block = readRange(position, from, end);
    if (block.length === 0) return position;
    const newline = block.lastIndexOf(NEWLINE);
    if (newline !== -1) return { ...position, offset: from + newline + 1 };
  }
  return { ...position, offset: 0 };
}

export function lineOf(text: string, { isJson, ...source }: Source): LogLine {
  if (isJson) {
    try {
      const { message, timestamp } = JSON.parse(text) as { message?: unknown; timestamp?: unknown };
      const at = Date.parse(String(timestamp));
      if (typeof message === 'string') return { ...source, at: Number.isNaN(at) ? Date.now() : at, text: message };
    } catch {
      // written before the format was changed
    }
  }
  return { ...source, at: Date.now(), text };
}

/** A place that was read up to, and when that was. */
export interface ReadPlace extends LogPlace {
  readonly asOf: number;
}

/** Whole lines after a place, without those after `until`, which come from the daemon. */
export async function* piecesBetween(from: ReadPlace, until: FilePosition | undefined): AsyncGenerator<Piece> {
  yield* piecesAfter({ ...from, ...lineStart(from) }, from.asOf, until);
}

export async function missingLines(
  client: Client,
  from: readonly ReadPlace[],
  to: readonly FilePosition[],
): Promise<readonly LogLine[]> {
  const details = await client.describe();
  const lines: LogLine[] = [];
  for (const place of from) {
    const source = sourceOf(place.path, details);
    if (source === null) continue;
    const until = to.find(({ path }) => path === place.path);
    for await (const { texts } of piecesBetween(place, until))
      for (const text of texts) lines.push(lineOf(text, source));
  }
  return lines;
}
