/**
 * `crashes` and `crash`: what is kept of ends that nobody wanted. They read the folder themselves: no daemon is needed, and
 * none is started.
 */
import { readCrash, readCrashes, removeCrashes } from '../../client/crashes.ts';
import { pathsOf } from '../../platform/paths.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plural } from '../render/words.ts';
import type { Session } from '../session.ts';

const USUAL_COUNT = 20;
const USUAL_LINES = 20;

function countFlag(flags: Readonly<Record<string, unknown>>, name: string, usual: number): number {
  const text = textFlag(flags, name) ?? String(usual);
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw mistake(`--${name} takes a whole number, not ${text}`);
  return count;
}

export const crashes: Command = {
  usage: '[targets...]',
  flags: [
    { flags: '-n, --number <number>', description: `How many are shown, the newest. Default: ${USUAL_COUNT}.` },
    { flags: '--json', description: 'As JSON, newest first.' },
  ],
  notes: ['`upkeep crash show latest` shows all that is kept of the newest.'],
  async run({ home, out }, targets, flags) {
    const count = countFlag(flags, 'number', USUAL_COUNT);
    const found = await readCrashes(home, targets, count);
    if (hasFlag(flags, 'json')) {
      out.machine(`${JSON.stringify(found, null, 2)}\n`);
      return 0;
    }
    if (found.length === 0) {
      out.print(`There is no crash record${targets.length === 0 ? '' : ` of ${targets.join(', ')}`} in ${home}`);
      return 0;
    }
    const { renderCrashes } = await import('../render/crash.ts');
    out.machine(`${renderCrashes(found, { now: Date.now(), hasColor: out.hasColor, columns: out.columns })}\n`);
    return 0;
  },
};

async function show({ home, out }: Session, which: string, flags: Readonly<Record<string, unknown>>): Promise<number> {
  const record = await readCrash(home, which);
  if (hasFlag(flags, 'json')) {
    out.machine(`${JSON.stringify(record, null, 2)}\n`);
    return 0;
  }
  const { renderCrash } = await import('../render/crash.ts');
  const shown = renderCrash(record, {
    now: Date.now(),
    hasColor: out.hasColor,
    lines: countFlag(flags, 'lines', USUAL_LINES),
    folder: `${pathsOf(home).crashes}/${record.crash}`,
  });
  out.machine(`${shown}\n`);
  return 0;
}

export const crash: Command = {
  usage: '<action> [crash]',
  flags: [
    { flags: '--lines <number>', description: `With show: last lines that are shown. Default: ${USUAL_LINES}.` },
    { flags: '--json', description: 'With show: all of it, as JSON.' },
  ],
  notes: [
    'upkeep crash show [latest | <name or id of a process> | <crash>]',
    'upkeep crash rm <crash | all>',
    '<crash> is a name that `upkeep crashes` shows, or its beginning.',
  ],
  async run(session, [action = '', which], flags) {
    switch (action) {
      case 'show':
        return show(session, which ?? 'latest', flags);
      case 'rm': {
        if (which === undefined) throw mistake('crash rm takes the name of a crash record, or all');
        const count = await removeCrashes(session.home, which);
        session.out.info(`Removed ${plural(count, 'crash record')}`);
        return 0;
      }
      default:
        throw mistake(`crash takes show or rm, not ${action}`, '`upkeep crash show latest` shows the newest');
    }
  },
};
