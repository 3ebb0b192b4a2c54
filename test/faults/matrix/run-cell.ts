/**
 * One cell from beginning to end: stage, moment, fault, recovery, and the laws that can be seen from outside. Without
 * one place for the laws each cell would be judged by its own.
 */
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../helpers/until.ts';
import { boundOf, type Cell, losesSockets, nameOf } from './cells.ts';
import { FAULT } from './faults.ts';
import { MOMENT } from './moments.ts';
import { Stage } from './stage.ts';

export interface Result extends Cell {
  readonly seed: number;
  readonly sent: number;
  readonly failed: number;
  readonly written: number;
  readonly lost: number;
  readonly inChargeMs: number;
  readonly upMs: number;
  /** Load average of the machine at the end. */
  readonly busy: number;
  /** Laws that were broken; none: the cell has passed. */
  readonly broken: readonly string[];
}

/** Everything that is to be up is up this long after the fault is over. */
const UP_MS = 60_000;
/** To be in charge takes half a second on an idle machine; only what never happens is to fail here. */
const PATIENCE_MS = 90_000;
/** The list and the kernel say the same after this. */
const LISTED_MS = 10_000;
/** Load that goes on once all is well. */
const AFTER_MS = 500;
/** Faults that take the daemon and its guard: only a command brings the next one. */
const needsCommand = (cell: Pick<Cell, 'victim' | 'fault'>): boolean => cell.fault === 'deleted' || losesSockets(cell);

export async function runCell(cell: Cell, seed: number, random: () => number): Promise<Result> {
  const stage = new Stage(cell, random);
  const broken: string[] = [];
  let [inChargeMs, upMs, lines] = [0, 0, { written: 0, lost: 0, doubled: 0, broken: 0 }];
  try {
    await stage.begin();
    const before = await stage.rig.list();
    const finish = await MOMENT[cell.moment](stage);
    const cast = await stage.cast();
    await FAULT[cell.fault](stage, cast);
    const healedAt = performance.now();
    if (needsCommand(cell)) await stage.rig.run('list');
    await until(
      () => stage.whole(),
      () => 'a list with everything in it',
      PATIENCE_MS,
    );
    inChargeMs = Math.round(performance.now() - healedAt);
    if (cell.fault === 'deleted' && (cell.victim === 'pump' || cell.victim === 'all')) await stage.countFromHere();
    await finish();
    let last: unknown = null;
    const list = await until(
      async () => {
        const whole = await stage.whole();
        last = whole ?? last;
        return whole?.every(({ name, state }) => name === 'drainer' || state === 'ready') ? whole : undefined;
      },
      () => `everything to be up: ${JSON.stringify(last)}`,
      UP_MS,
    );
    upMs = Math.round(performance.now() - healedAt);
    await sleep(AFTER_MS);
    await stage.load.stop();
    broken.push(...(await laws(stage, before, list, cast)));
    await stage.rig.run('stop', 'all');
    lines = stage.lines();
    broken.push(
      ...judgeLines(cell, lines),
      ...stage
        .complaints()
        .filter((text) => !(losesSockets(cell) && text.includes('EADDRINUSE')))
        .map((text) => `an app complained: ${text.slice(0, 400)}`),
    );
  } catch (error) {
    broken.push(error instanceof Error ? error.message : String(error));
  }
  const bound = boundOf(cell);
  const failures = stage.loadOrNull?.failures() ?? [];
  if (failures.length > bound.failed)
    broken.push(
      `${failures.length} requests failed, ${bound.failed} may: ${[...new Set(failures)].slice(0, 3).join('; ')}`,
    );
  if (inChargeMs > bound.inChargeMs)
    broken.push(`in charge after ${inChargeMs} ms, ${bound.inChargeMs} ms are the bound`);
  const log = broken.length > 0 ? stage.rig.read('daemon.log').split('\n').slice(-60).join('\n') : '';
  broken.push(...(await stage.end()));
  if (broken.length > 0 && log !== '') console.log(`--- ${nameOf(cell)}, daemon.log ---\n${log}`);
  const sent = stage.loadOrNull?.sent() ?? 0;
  const { written, lost } = lines;
  return {
    ...cell,
    seed,
    sent,
    failed: failures.length,
    written,
    lost,
    inChargeMs,
    upMs,
    busy: Math.round(loadavg()[0] ?? 0),
    broken,
  };
}

type List = Awaited<ReturnType<Stage['rig']['list']>>;

/** Processes whose lives the fault or the command may end. */
function mayRestart(stage: Stage, name: string): boolean {
  const { victim, fault, moment } = stage.cell;
  const isHit = victim === 'worker' || victim === 'group';
  // Without keeper and daemon nobody holds the other end of its pipes: who writes at that moment gets SIGPIPE.
  const writesToNobody = name === 'writer' && needsCommand({ victim, fault });
  return (
    name === 'extra' || (name === 'web' && moment === 'reloading') || (name === stage.focus && isHit) || writesToNobody
  );
}

async function laws(stage: Stage, before: List, list: List, cast: { readonly daemon: number }): Promise<string[]> {
  const broken = [...stage.seen];
  for (const { pid } of stage.strangers) if (!stage.isStranger(pid)) broken.push(`the stranger ${pid} was ended`);
  // Asked anew: the end of a process may be noticed a moment after the list was told.
  const listed = async (): Promise<string> =>
    (await stage.rig.list())
      .flatMap(({ pid }) => (pid > 0 ? [pid] : []))
      .sort((a, b) => a - b)
      .join();
  await until(
    async () => (stage.appPids().join() === (await listed()) ? true : undefined),
    () => `the list to be what the kernel has: ${stage.appPids()}`,
    LISTED_MS,
  ).catch((error: Error) => void broken.push(error.message));
  for (const was of before) {
    const is = list.find(({ id }) => id === was.id);
    if (is !== undefined && is.pid !== was.pid && was.name !== 'drainer' && !mayRestart(stage, was.name))
      broken.push(`${was.name} was restarted: ${is.reason ?? ''} ${JSON.stringify(is.lastExit)}`);
  }
  const drainer = list.find(({ name }) => name === 'drainer');
  if (drainer !== undefined && drainer.status !== 'stopped') broken.push(`drainer is ${drainer.status}`);
  const daemon = await stage.rig.daemonPid();
  await until(
    () => stage.rig.guardPid(daemon),
    () => 'a guard',
    5_000,
  ).catch((error: Error) => void broken.push(error.message));
  if (stage.cell.victim === 'worker' || stage.cell.victim === 'group')
    if (stage.cell.moment !== 'upgrading' && daemon !== cast.daemon)
      broken.push('the daemon was replaced for the end of an app');
  for (const file of [stage.rig.paths.state, ...(existsSync(stage.rig.paths.dump) ? [stage.rig.paths.dump] : [])]) {
    try {
      const text = JSON.stringify(JSON.parse(stage.rig.read(file)));
      const missing = Object.keys(stage.wanted).filter((name) => !text.includes(`"${name}"`));
      if (file === stage.rig.paths.state && missing.length > 0) broken.push(`${file} lacks ${missing}`);
    } catch (error) {
      broken.push(`${file} cannot be read: ${(error as Error).message}`);
    }
  }
  return broken;
}

function judgeLines(cell: Cell, lines: ReturnType<Stage['lines']>): string[] {
  const most = boundOf(cell).lines;
  return [
    ...(lines.lost > most ? [`${lines.lost} of ${lines.written} lines were lost, ${most} may be`] : []),
    ...(lines.doubled > 0 ? [`${lines.doubled} lines were doubled`] : []),
    // Where a chunk is missing two halves of lines meet.
    ...(lines.broken > 2 || (lines.broken > 0 && lines.lost === 0) ? [`${lines.broken} lines are not whole`] : []),
  ];
}
