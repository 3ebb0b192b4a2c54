/**
 * What is on disk of one instance, so that any later daemon can go on where this one stopped. Kept in a small file
 * of its own: a crash loop of one app must not rewrite the environments of three hundred.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../core/instance.ts';
import type { AppSpec } from '../core/terms.ts';
import { numberedFolders } from '../platform/fifo.ts';
import { replaceFile } from '../platform/durable-file.ts';

/** Where an instance belongs; never changes. */
export interface Slot {
  readonly id: number;
  readonly appKey: string;
  /** 0-based number among the instances of the name. */
  readonly number: number;
  readonly uniqueId: string;
}

export interface InstanceRecord {
  readonly format: 1;
  readonly instance: Instance;
  /** Carried by every process of the life in its environment. */
  readonly token: string | null;
  /** The keeper's pid is also the session of the life. */
  readonly keeper: { readonly pid: number; readonly startTime: string; readonly bootId: string } | null;
  /** The life that was asked to end, so that a later daemon neither forgets to ask nor asks twice. */
  readonly asked: number | null;
  /** Boot in which this was written. */
  readonly bootId: string;
}

export const instanceFolder = (run: string, id: number): string => join(run, String(id));
export const lifeFolder = (run: string, id: number, incarnation: number): string => join(run, String(id), String(incarnation));
const recordFile = (run: string, id: number): string => join(run, String(id), 'record.json');

/** @throws if it cannot be written; the old record stays. Survives the death of processes, not a power cut: then nothing runs anyway. */
export function writeRecord(run: string, id: number, record: InstanceRecord): void {
  try {
    replaceFile(recordFile(run, id), JSON.stringify(record), false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(instanceFolder(run, id), { recursive: true, mode: 0o700 });
    replaceFile(recordFile(run, id), JSON.stringify(record), false);
  }
}

/** null: there is none that can be read. */
export function readRecord(run: string, id: number): InstanceRecord | null {
  try {
    const record = JSON.parse(readFileSync(recordFile(run, id), 'utf8')) as InstanceRecord;
    return record.format === 1 ? record : null;
  } catch {
    return null;
  }
}

export function removeRecord(run: string, id: number): void {
  rmSync(instanceFolder(run, id), { recursive: true, force: true });
}

/** What would be needed to list an instance again if the list of apps were lost. */
export interface Membership {
  readonly slot: Slot;
  readonly spec: AppSpec;
}

const membershipFile = (run: string, id: number): string => join(run, String(id), 'app.json');

/** @throws if it cannot be written */
export function writeMembership(run: string, membership: Membership): void {
  mkdirSync(instanceFolder(run, membership.slot.id), { recursive: true, mode: 0o700 });
  replaceFile(membershipFile(run, membership.slot.id), JSON.stringify(membership), false);
}

/** All instances that have a folder, whether the list knows them or not. */
export function readMemberships(run: string): Membership[] {
  return numberedFolders(run).flatMap((id) => {
    try {
      return [JSON.parse(readFileSync(membershipFile(run, id), 'utf8')) as Membership];
    } catch {
      return [];
    }
  });
}
