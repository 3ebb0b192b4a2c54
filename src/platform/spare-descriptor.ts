/**
 * One descriptor that is held back. Without it a daemon that has run out of them could not look whether a process lives, and would
 * have to take it for gone, or write down what has become of it.
 */
import { closeSync, openSync } from 'node:fs';

let isWanted = false;
let spare = -1;

/** From now on one is held back. */
export function holdSpare(): void {
  isWanted = true;
  if (spare !== -1) return;
  try {
    spare = openSync('/dev/null', 'r');
  } catch {
    // tried again with the next use
  }
}

const LACKS: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

export const lacksDescriptor = (error: unknown): boolean => LACKS.has((error as NodeJS.ErrnoException).code);

/**
 * Does what needs a descriptor for a moment, with the one that is held back if there is no other. It must not keep it.
 *
 * @throws what `use` throws; EMFILE or ENFILE where none is held back, or somebody else was quicker
 */
export function withSpare<T>(use: () => T): T {
  try {
    const used = use();
    if (isWanted && spare === -1) holdSpare();
    return used;
  } catch (error) {
    if (spare === -1 || !lacksDescriptor(error)) throw error;
  }
  closeSync(spare);
  spare = -1;
  try {
    return use();
  } finally {
    holdSpare();
  }
}
