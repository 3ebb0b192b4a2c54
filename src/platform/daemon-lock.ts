/**
 * The lock by which at most one daemon serves a home. Without it fifty commands on a cold home would start fifty
 * supervisors of the same apps. Apart from the sockets, because who only connects need not load what reads processes.
 */
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../core/terms.ts';
import { bootId, compareIdentity, identify } from './process.ts';

export const lockFile = (home: string, number: number): string => join(home, `daemon.lock.${number}`);

const LOCK = /^daemon\.lock\.(\d+)$/;

interface Lock {
  readonly number: number;
  /** null: it does not live. */
  readonly owner: ProcessIdentity | null;
  /** Whoever had it died in this boot without giving it up: its guard may be about to bring the next one. */
  readonly isOrphaned: boolean;
}

/** The newest lock of a home, and whether its owner lives. */
export function lockHolder(home: string): Lock | null {
  let names: string[];
  try {
    names = readdirSync(home);
  } catch {
    return null;
  }
  const number = Math.max(0, ...names.map((name) => Number(LOCK.exec(name)?.[1] ?? 0)));
  if (number === 0) return null;
  try {
    const owner = JSON.parse(readFileSync(lockFile(home, number), 'utf8')) as ProcessIdentity;
    if (compareIdentity(owner) !== 'gone') return { number, owner, isOrphaned: false };
    return { number, owner: null, isOrphaned: owner.bootId === bootId() };
  } catch {
    return { number, owner: null, isOrphaned: false };
  }
}

/**
 * Takes the lock of a home for the rest of this process, or names who has it.
 *
 * Locks are numbered. A dead owner's number n is followed by n + 1, which only one process can link into place, and
 * the newest is never removed; so two that saw the same dead owner cannot both win. (Removing a stale lock file
 * and making a new one has that race.)
 */
export function takeLock(
  home: string,
): { readonly taken: true } | { readonly taken: false; readonly owner: ProcessIdentity } {
  const self = identify(process.pid);
  if (self === null) throw new Error('cannot identify this process');
  const draft = join(home, `daemon.lock.draft-${process.pid}`);
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      const holder = lockHolder(home);
      if (holder?.owner?.pid === process.pid) return { taken: true };
      if (holder !== null && holder.owner !== null) return { taken: false, owner: holder.owner };
      const number = (holder?.number ?? 0) + 1;
      try {
        linkSync(draft, lockFile(home, number));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      // Somebody slower may have linked a number that was free again because its winner had cleaned up.
      if (lockHolder(home)?.number !== number) {
        rmSync(lockFile(home, number), { force: true });
        continue;
      }
      for (const name of readdirSync(home)) {
        const older = Number(LOCK.exec(name)?.[1] ?? number);
        if (older < number) rmSync(join(home, name), { force: true });
      }
      return { taken: true };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}
