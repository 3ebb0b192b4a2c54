/**
 * The start of every daemon: reads the records, looks at what is left of each life, and lets the verdict of
 * `core/adoption` happen. The first start ever and the start after a SIGKILL are the same path.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { adopt, type Evidence, type Verdict } from '../core/adoption.ts';
import type { EventKind } from '../core/events.ts';
import { type Instance, newInstance, runningOf } from '../core/instance.ts';
import type { AppSpec, ProcessIdentity } from '../core/terms.ts';
import { closeAll, numberedFolders } from '../platform/fifo.ts';
import { bootId, compareIdentity, findByEnvironment, identify, readProcess, variableOf } from '../platform/process.ts';
import type { DeletedLife } from '../supervisor/deleted-lives.ts';
import { type Launcher, TOKEN_VARIABLE } from '../supervisor/launcher.ts';
import {
  type InstanceRecord,
  instanceFolder,
  type OnBroken,
  readRecord,
  type Slot,
  settlePromotion,
} from '../supervisor/record.ts';
import { Runner, type Surroundings } from '../supervisor/runner.ts';

export interface Restored {
  readonly runner: Runner;
  /** Processes of the slot that were being tried, or being replaced; they are to end. */
  readonly others: readonly Runner[];
  /** To be called when the daemon is otherwise ready: events that follow from the verdict. */
  resume(): void;
}

/** @param deleted lives whose folders are gone, by the id of the process; asked only where nothing of a process is left */
export function restoreInstance(
  slot: Slot,
  spec: AppSpec,
  around: Surroundings,
  deleted: () => ReadonlyMap<number, readonly DeletedLife[]>,
): Restored {
  const onBroken: OnBroken = (note) => around.tell(slot, spec, null, 'record-failed', note);
  settlePromotion(around.run, slot.id, onBroken);
  const lost = existsSync(instanceFolder(around.run, slot.id)) ? [] : (deleted().get(slot.id) ?? []);
  for (const { incarnation, keeperPid } of lost) {
    around.launcher.borrowFolder(slot.id, incarnation, keeperPid);
    around.tell(
      slot,
      spec,
      incarnation,
      'recovered',
      `its folder was deleted while no daemon lived; keeper ${keeperPid}`,
    );
  }
  const folders = numberedFolders(instanceFolder(around.run, slot.id));
  const now = around.clock.now();
  const others: { readonly record: InstanceRecord | null; readonly runner: Runner }[] = (
    ['candidate', 'retiring'] as const
  ).flatMap((role) => {
    const record = readRecord(around.run, slot.id, role, onBroken);
    return record === null ? [] : [{ record, runner: new Runner(slot, spec, record.instance, around, role) }];
  });
  // Of several without a record the newest is the one of the slot.
  for (const { incarnation } of lost.slice(0, -1)) {
    const instance = withUnrecordedLaunch(newInstance(now, 'its record was not found'), [incarnation], now);
    others.push({ record: null, runner: new Runner(slot, spec, instance, around, 'retiring') });
  }
  const othersLives = others.flatMap(({ runner }) => lifeOf(runner.instance) ?? []);
  const record = readRecord(around.run, slot.id, 'main', onBroken);
  const known: Instance = record?.instance ?? newInstance(now, 'its record was not found');
  const instance = withUnrecordedLaunch(
    known,
    folders.filter((folder) => !othersLives.includes(folder)),
    now,
  );
  const runner = new Runner(slot, spec, instance, around);
  runner.generation = record?.generation ?? 0;
  const life = lifeOf(instance);
  for (const folder of folders) if (folder !== life && !othersLives.includes(folder)) runner.collectEarlier(folder);
  return {
    runner,
    others: others.map((other) => other.runner),
    resume() {
      if (life === null) runner.persist();
      else takeUp(runner, life, record, around);
      for (const other of others) {
        const otherLife = lifeOf(other.runner.instance);
        if (otherLife !== null) takeUp(other.runner, otherLife, other.record, around);
      }
    },
  };
}

/** Whether a process of the instance, or the last words of one, may still be there. */
export function mayLive(slot: Slot, around: Surroundings, onBroken: OnBroken): boolean {
  const record = readRecord(around.run, slot.id, 'main', onBroken);
  const running = record === null ? null : runningOf(record.instance.state);
  if (running !== null && compareIdentity(running.process) !== 'gone') return true;
  return numberedFolders(instanceFolder(around.run, slot.id)).some((incarnation) => {
    const { held, lifeFd } = around.launcher.inspect(slot.id, incarnation);
    if (lifeFd !== null) closeAll([lifeFd]);
    return held;
  });
}

/** A life whose folder is newer than the record: the disk was full when it was launched. */
function withUnrecordedLaunch(instance: Instance, folders: readonly number[], now: number): Instance {
  const newest = folders.at(-1) ?? 0;
  if (newest <= instance.ledger.incarnation) return instance;
  const state = {
    kind: 'launching',
    incarnation: newest,
    begun: true,
    sinceAt: now,
    reason: 'found without a record',
    after: null,
  } as const;
  return { state, ledger: { ...instance.ledger, incarnation: newest } };
}

function lifeOf({ state }: Instance): number | null {
  if (state.kind === 'launching' || state.kind === 'reaping') return state.incarnation;
  return runningOf(state)?.incarnation ?? null;
}

function gather(
  slot: Slot,
  instance: Instance,
  record: InstanceRecord | null,
  launcher: Launcher,
  incarnation: number,
): { evidence: Evidence; lifeFd: number | null } {
  const seen = launcher.inspect(slot.id, incarnation);
  const running = runningOf(instance.state);
  const token = record?.token ?? null;
  const sameBoot = record === null || record.bootId === bootId();
  const needsStrays = sameBoot && instance.state.kind === 'launching' && !seen.held && token !== null;
  return {
    lifeFd: seen.lifeFd,
    evidence: {
      sameBoot,
      life: seen.lifeFd === null ? 'missing' : seen.held && running?.keeperLost !== true ? 'held' : 'released',
      pid: seen.status.pid,
      exitStatus: seen.status.exitStatus,
      process: running === null ? 'none-recorded' : compareIdentity(running.process),
      strays: needsStrays ? findByEnvironment(TOKEN_VARIABLE, token) : [],
    },
  };
}

/** The keeper leads the session of its process: that names it where nobody had time to record it. */
function keeperOf(record: InstanceRecord | null, pid: number | null): ProcessIdentity | null {
  if (record?.keeper != null) return record.keeper;
  const leader = pid === null ? undefined : readProcess(pid)?.session;
  return leader === undefined ? null : identify(leader);
}

function takeUp(runner: Runner, incarnation: number, record: InstanceRecord | null, around: Surroundings): void {
  const { slot, spec } = runner;
  const { evidence, lifeFd } = gather(slot, runner.instance, record, around.launcher, incarnation);
  const verdict = adopt(runner.instance.state, evidence);
  around.openLogs(slot, spec, incarnation, true);
  const pid = runningOf(runner.instance.state)?.process.pid ?? evidence.pid;
  const isHeld = verdict.kind === 'reattach' || verdict.kind === 'still-launching' || verdict.kind === 'launched';
  const keeper = keeperOf(record, pid);
  const base = {
    incarnation,
    // Where nobody had time to record it, or the record is gone: all processes of the life carry it, the keeper too.
    token: record?.token ?? (keeper === null ? null : variableOf(keeper.pid, TOKEN_VARIABLE)),
    keeper,
    asked: record?.asked ?? null,
  };
  runner.attach({ ...base, lifeFd: isHeld ? lifeFd : null });
  if (!isHeld && lifeFd !== null) closeAll([lifeFd]);
  carryOut(runner, verdict, incarnation, around);
  runner.persist();
}

function carryOut(runner: Runner, verdict: Verdict, incarnation: number, around: Surroundings): void {
  const { slot, spec } = runner;
  const tell = (kind: EventKind, reason: string): void => around.tell(slot, spec, incarnation, kind, reason);
  switch (verdict.kind) {
    case 'idle':
    case 'still-launching':
      return;
    case 'launched':
      return; // `attach` has looked at the status file
    case 'reattach':
      tell('adopted', 'it ran on while the daemon was replaced');
      return;
    case 'reattach-keeperless': {
      if (verdict.pid !== null) {
        const identity = identify(verdict.pid);
        if (identity !== null) runner.send({ type: 'launched', incarnation, process: identity });
      }
      tell('adopted', 'it ran on, without its keeper');
      const running = runningOf(runner.instance.state);
      if (running !== null) runner.watchKeeperless(running);
      return;
    }
    case 'ended':
      if (runner.instance.state.kind === 'reaping') runner.sweepAgain();
      else runner.send({ type: 'exited', incarnation, exit: verdict.exit });
      return;
    case 'never-launched':
      rmSync(join(around.launcher.folderOf(slot.id, incarnation)), { recursive: true, force: true });
      tell('launch-failed', 'the daemon ended before the program was started');
      runner.relaunch();
      return;
    case 'unverifiable':
      tell('unverified', verdict.why);
      runner.distrust(verdict.why);
  }
}
