/**
 * What is on disk of one instance, so that any later daemon can go on where this one stopped. Kept in a small file
 * of its own: a crash loop of one app must not rewrite the environments of three hundred.
 */
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../core/instance.ts';
import { identity, instanceProblem } from '../core/instance-shape.ts';
import { flag, object, oneOf, orAbsent, orNull, text, whole } from '../core/shape.ts';
import { specProblem } from '../core/spec-shape.ts';
import type { AppSpec } from '../core/terms.ts';
import { replaceFile, rewriteFile, setAside } from '../platform/durable-file.ts';
import { numberedFolders } from '../platform/fifo.ts';

/** Where an instance belongs; nothing but the mark ever changes. */
export interface Slot {
  readonly id: number;
  readonly appKey: string;
  /** 0-based number among the instances of the name. */
  readonly number: number;
  readonly uniqueId: string;
  /** Set by `monitor` and `unmonitor`. */
  monitored?: boolean;
}

export const slotShape = object({
  id: whole(0),
  appKey: text,
  number: whole(0),
  uniqueId: text,
  monitored: orAbsent(flag),
});

export interface InstanceRecord {
  readonly format: 1;
  readonly instance: Instance;
  /** Carried by every process of the life in its environment. */
  readonly token: string | null;
  /** The keeper's pid is also the session of the life. */
  readonly keeper: { readonly pid: number; readonly startTime: string; readonly bootId: string } | null;
  /** The life that was asked to end, so that a later daemon neither forgets to ask nor asks twice. */
  readonly asked: number | null;
  /** Generation of the app's spec that it runs. */
  readonly generation: number;
  /** Boot in which this was written. */
  readonly bootId: string;
}

export const instanceFolder = (run: string, id: number): string => join(run, String(id));
export const lifeFolder = (run: string, id: number, incarnation: number): string =>
  join(run, String(id), String(incarnation));

/**
 * Which of the processes of a slot a record is about. While a slot is being replaced there are two: the candidate and
 * the main one before the candidate is ready, the main and the retiring one after.
 */
export type Role = 'main' | 'candidate' | 'retiring';

const recordFile = (run: string, id: number, role: Role): string =>
  join(run, String(id), role === 'main' ? 'record.json' : `${role}.json`);

/** @throws if it cannot be written; the old record stays. Survives the death of processes, not a power cut: then nothing runs anyway. */
export function writeRecord(run: string, id: number, role: Role, record: InstanceRecord): void {
  try {
    rewriteFile(recordFile(run, id, role), JSON.stringify(record));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(instanceFolder(run, id), { recursive: true, mode: 0o700 });
    rewriteFile(recordFile(run, id, role), JSON.stringify(record));
  }
}

/** Told of a file that was set aside because it cannot be understood. */
export type OnBroken = (note: string) => void;

/** null: there is none, or it cannot be understood; then it is set aside. */
function readChecked<T>(path: string, problemOf: (value: unknown) => string | null, onBroken: OnBroken): T | null {
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  let problem: string | null;
  try {
    const value: unknown = JSON.parse(json);
    problem = problemOf(value);
    if (problem === null) return value as T;
  } catch (error) {
    problem = (error as Error).message;
  }
  onBroken(`${path} cannot be used (${problem}), set aside as ${setAside(path)}`);
  return null;
}

export function readRecord(run: string, id: number, role: Role, onBroken: OnBroken): InstanceRecord | null {
  return readChecked(recordFile(run, id, role), recordProblem, onBroken);
}

const recordShape = object({
  format: oneOf(1),
  token: orNull(text),
  keeper: orNull(identity),
  asked: orNull(whole(0)),
  generation: whole(0),
  bootId: text,
});

function recordProblem(value: unknown): string | null {
  return (
    recordShape(value, 'the record') ?? instanceProblem((value as { readonly instance?: unknown }).instance, 'instance')
  );
}

/**
 * The candidate takes the slot. Done in two steps, of which a daemon that dies in between leaves no main record: then
 * the candidate is the main one (`settlePromotion`).
 */
export function promoteRecords(run: string, id: number): void {
  renameSync(recordFile(run, id, 'main'), recordFile(run, id, 'retiring'));
  renameSync(recordFile(run, id, 'candidate'), recordFile(run, id, 'main'));
}

/** Finishes a promotion that was interrupted. */
export function settlePromotion(run: string, id: number, onBroken: OnBroken): void {
  if (readRecord(run, id, 'main', onBroken) === null && readRecord(run, id, 'candidate', onBroken) !== null)
    renameSync(recordFile(run, id, 'candidate'), recordFile(run, id, 'main'));
}

/** Forgets the record of a process that is over, not the slot. */
export function dropRecord(run: string, id: number, role: Role): void {
  rmSync(recordFile(run, id, role), { force: true });
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

/** With what a life was started whose app has got another spec since. */
export interface StartedWith {
  readonly incarnation: number;
  readonly spec: AppSpec;
}

const startFile = (run: string, id: number): string => join(run, String(id), 'started.json');

/** @throws if it cannot be written */
export function writeStart(run: string, id: number, started: StartedWith): void {
  replaceFile(startFile(run, id), JSON.stringify(started), false);
}

/** null: the life has the spec that its app has, or none was kept. */
export function readStart(run: string, id: number, incarnation: number, onBroken: OnBroken): StartedWith | null {
  const problemOf = (value: unknown): string | null =>
    startShape(value, 'it') ?? specProblem((value as StartedWith).spec, 'spec');
  const started = readChecked<StartedWith>(startFile(run, id), problemOf, onBroken);
  return started?.incarnation === incarnation ? started : null;
}

const startShape = object({ incarnation: whole(0) });

/** All instances that have a folder, whether the list knows them or not. */
export function readMemberships(run: string, onBroken: OnBroken): Membership[] {
  return numberedFolders(run).flatMap((id) => {
    const problemOf = (value: unknown): string | null =>
      object({ slot: slotShape })(value, 'it') ??
      oneOf(id)((value as Membership).slot.id, 'slot.id') ??
      specProblem((value as Membership).spec, 'spec');
    return readChecked<Membership>(membershipFile(run, id), problemOf, onBroken) ?? [];
  });
}
