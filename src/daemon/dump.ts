/**
 * `save` and `resurrect`: the list as the user wants it back later. It is a file of its own, because the daemon's state
 * is what is now, and the dump is what was meant.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, ok, type Result } from '../core/errors.ts';
import { wantsUp } from '../core/instance.ts';
import { asSpec } from '../core/spec-shape.ts';
import type { AppSpec } from '../core/terms.ts';
import { readWithLastGood, replaceFileKeepingLast } from '../platform/durable-file.ts';
import type { Report, SavedApp } from '../protocol/control.ts';
import type { Daemon } from './daemon.ts';
import { startApps } from './handlers.ts';
import type { App } from './registry.ts';

const FORMAT = 1;

interface Dump {
  readonly format: number;
  readonly apps: readonly SavedApp[];
}

function parse(text: string): Dump {
  const dump = JSON.parse(text) as Partial<Dump>;
  if (typeof dump?.format !== 'number' || !Array.isArray(dump.apps)) throw new SyntaxError('it is not a dump');
  if (dump.format > FORMAT)
    throw new RangeError(`it was written by a newer Upkeep (format ${dump.format}, this one reads ${FORMAT})`);
  const apps = dump.apps.map((one, i) => ({ spec: asSpec(one?.spec, `apps[${i}].spec`), up: one.up === true }));
  return { format: dump.format, apps };
}

/** Whether any of it runs, or is on its way to run again. */
const isMeantUp = (app: App): boolean => app.runners.some((runner) => wantsUp(runner.instance));

export function saveDump(
  daemon: Daemon,
  force: boolean,
): Result<{ path: string; count: number; notes: readonly string[] }> {
  const path = daemon.paths.dump;
  const apps = daemon.registry.apps.filter((app) => app.spec.isModule !== true);
  if (apps.length === 0 && !force)
    return ok({ path, count: 0, notes: ['the list is empty: nothing was saved (--force saves it all the same)'] });
  const dump: Dump = {
    format: FORMAT,
    apps: apps.map((app) => ({ spec: { ...app.spec, instances: app.runners.length }, up: isMeantUp(app) })),
  };
  try {
    replaceFileKeepingLast(path, `${JSON.stringify(dump, null, 2)}\n`);
  } catch (error) {
    return fail(
      'IO_FAILED',
      `cannot write ${path}: ${(error as Error).message}`,
      'the list that was saved before is as it was',
    );
  }
  return ok({ path, count: apps.reduce((sum, app) => sum + app.runners.length, 0), notes: [] });
}

/**
 * What was saved names the Node, and the static server, of its day. An upgrade may have taken them away since; the
 * daemon's own are there.
 */
function withPresentPrograms(spec: AppSpec, notes: string[]): AppSpec {
  const isNodeGone = spec.interpreterName === 'node' && spec.interpreter !== null && !existsSync(spec.interpreter);
  const isServerGone = basename(spec.script) === 'static-server.cjs' && !existsSync(spec.script);
  if (isNodeGone) notes.push(`${spec.name}: ${spec.interpreter} is gone; it runs by ${process.execPath}`);
  return {
    ...spec,
    ...(isNodeGone ? { interpreter: process.execPath } : {}),
    ...(isServerGone ? { script: join(dirname(process.argv[1] ?? ''), basename(spec.script)) } : {}),
  };
}

/** Starts what is saved and not there; what is there by name is completed, not doubled. */
export async function resurrect(daemon: Daemon): Promise<Report> {
  const outcome = readWithLastGood(daemon.paths.dump, parse);
  if (outcome.kind !== 'read') {
    const note = outcome.kind === 'absent' ? `there is no ${daemon.paths.dump}: nothing was saved` : outcome.note;
    return { outcomes: [], notes: [note] };
  }
  const notes = outcome.note === null ? [] : [outcome.note];
  const report = await resurrectApps(daemon, outcome.value.apps);
  return { ...report, notes: [...notes, ...report.notes] };
}

/** The same for a list that the client has read. */
export async function resurrectApps(daemon: Daemon, list: readonly SavedApp[]): Promise<Report> {
  if (list.length === 0) return { outcomes: [], notes: ['the list that was saved is empty'] };
  const notes: string[] = [];
  const saved = list.map(({ spec, up }) => ({ spec: withPresentPrograms(spec, notes), up }));
  const specs = saved.flatMap(({ spec, up }) => {
    const present = daemon.registry.apps
      .filter((app) => app.spec.name === spec.name && app.spec.script === spec.script)
      .reduce((sum, app) => sum + app.runners.length, 0);
    const missing = spec.instances - present;
    return missing > 0 ? [{ spec: { ...spec, instances: missing }, up }] : [];
  });
  if (specs.length === 0) return { outcomes: [], notes: ['all that was saved is there already'] };
  const report = await startApps(
    daemon,
    specs.map(({ spec }) => spec),
    { force: true, wait: true, allOrNone: false, isWanted: (spec) => specs.some((one) => one.spec === spec && one.up) },
  );
  return { ...report, notes: [...notes, ...report.notes] };
}
