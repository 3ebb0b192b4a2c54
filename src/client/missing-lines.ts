/**
 * Lines that were written between two positions of log files, read from the files themselves. Without it a follower
 * would lose what was written while one daemon took over from another.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LogLine, StreamName } from '../core/terms.ts';
import { readOn } from '../logs/follow-file.ts';
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

/** Line ends that stand after `limit` belong to lines that come from the daemon. */
function linesBeyond(limit: FilePosition | undefined, end: FilePosition): number {
  if (limit === undefined || limit.inode !== end.inode) return 0;
  let count = 0;
  for (let at = limit.offset; at < end.offset; at += BLOCK_BYTES) {
    const block = readRange(limit, at, Math.min(end.offset, at + BLOCK_BYTES));
    for (const byte of block) if (byte === NEWLINE) count++;
  }
  return count;
}

export function textsBetween(from: FilePosition, to: FilePosition | undefined): readonly string[] {
  const texts: string[] = [];
  const end = readOn(lineStart(from), (lines) => texts.push(...lines));
  const surplus = linesBeyond(to, end);
  return surplus === 0 ? texts : texts.slice(0, -surplus);
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

export async function missingLines(
  client: Client,
  from: readonly FilePosition[],
  to: readonly FilePosition[],
): Promise<readonly LogLine[]> {
  const details = await client.describe();
  return from.flatMap((position) => {
    const source = sourceOf(position.path, details);
    if (source === null) return [];
    const limit = to.find((candidate) => candidate.path === position.path);
    return textsBetween(position, limit).map((text) => lineOf(text, source));
  });
}
