/**
 * The last lines of the files of some processes, oldest file first, and where a follower goes on. Without it `logs`
 * would begin with an empty screen.
 */
import { statSync } from 'node:fs';
import type { StreamName } from '../core/terms.ts';
import { readLastLines } from '../logs/tail.ts';
import type { FilePosition, InstanceDetail } from '../protocol/control.ts';

export interface TailedFile {
  readonly path: string;
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly stream: StreamName;
  readonly isJson: boolean;
  readonly lines: readonly string[];
}

interface Candidate extends Omit<TailedFile, 'lines'> {
  readonly changedAt: number;
}

function candidatesOf(details: readonly InstanceDetail[], streams: readonly StreamName[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { id, name, namespace, paths, spec } of details) {
    for (const stream of streams) {
      const path = stream === 'out' ? paths.out : paths.err;
      // Merged files are shown once.
      if (path === null || found.has(path)) continue;
      const isJson = spec.log.format === 'json';
      found.set(path, { path, id, name, namespace, stream, isJson, changedAt: changedAt(path) });
    }
  }
  return [...found.values()].sort((a, b) => a.changedAt - b.changedAt || a.id - b.id);
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

export interface Tail {
  readonly files: readonly TailedFile[];
  /** Ends of the files as they were read. */
  readonly positions: readonly FilePosition[];
}

export function tailOf(details: readonly InstanceDetail[], streams: readonly StreamName[], count: number): Tail {
  const files: TailedFile[] = [];
  const positions: FilePosition[] = [];
  for (const { changedAt: _, ...candidate } of candidatesOf(details, streams)) {
    const { lines, position } = readLastLines(candidate.path, count);
    if (position !== null) positions.push(position);
    if (lines.length > 0) files.push({ ...candidate, lines });
  }
  return { files, positions };
}

/** Of a line that was written as JSON: what the program said, and when. */
export function readJsonLine(text: string): { readonly text: string; readonly at: number | null } {
  try {
    const { message, timestamp } = JSON.parse(text) as { message?: unknown; timestamp?: unknown };
    const at = Date.parse(String(timestamp));
    if (typeof message === 'string') return { text: message, at: Number.isNaN(at) ? null : at };
  } catch {
    // written before the format was changed
  }
  return { text, at: null };
}
