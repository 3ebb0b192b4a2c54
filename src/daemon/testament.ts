/**
 * Reads what a process left behind in the folder of its life, with bounds: it comes from a program that nobody vouches for, and
 * may be half written.
 */
import { lstat, readFile } from 'node:fs/promises';
import { framesOf } from '../core/stack-trace.ts';
import type { Work } from '../protocol/agent.ts';
import type { CrashError } from '../protocol/observation.ts';
import { TESTAMENT_FILE } from '../protocol/testament.ts';
import { atWorkOf } from '../supervisor/cut.ts';

const LARGEST_BYTES = 1024 * 1024;
const LONGEST_TEXT = 16_000;
const MOST_ERRORS = 8;
const LONGEST_VERSION = 50;

export interface LeftBehind {
  readonly at: number;
  readonly node: string | null;
  readonly origin: string | null;
  readonly errors: readonly CrashError[];
  readonly work: readonly Work[];
  readonly more: number;
}

/** A file of the process's own, and not too large; null: there is none. Links are not followed. */
export async function readLeft(path: string, largestBytes: number): Promise<string | null> {
  try {
    const stat = await lstat(path);
    return stat.isFile() && stat.size <= largestBytes ? await readFile(path, 'utf8') : null;
  } catch {
    return null;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? text(value) : null);

function errorOf(value: unknown): CrashError {
  const { name, message, code, stack } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    name: text(name) || 'Error',
    message: text(message),
    code: textOrNull(code),
    stack: framesOf(text(stack)),
  };
}

/** null: it left none, or none that can be read. */
export async function readTestament(lifeFolder: string): Promise<LeftBehind | null> {
  const json = await readLeft(`${lifeFolder}/${TESTAMENT_FILE}`, LARGEST_BYTES);
  if (json === null) return null;
  try {
    const { at, node, origin, errors, work, more } = JSON.parse(json) as Readonly<Record<string, unknown>>;
    return {
      at: typeof at === 'number' ? at : 0,
      node: textOrNull(node)?.slice(0, LONGEST_VERSION) ?? null,
      origin: textOrNull(origin),
      errors: Array.isArray(errors) ? errors.slice(0, MOST_ERRORS).map(errorOf) : [],
      ...atWorkOf({ work, more }),
    };
  } catch {
    return null;
  }
}
