/**
 * `monit`: processes, the log, graphs and details of one of them on one screen, and `top`: the processes alone, also once into a
 * pipe. Without the short way for pipes here a script would be sent a screen.
 */
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

const BY_NAME = { key: 'name', descends: false } as const;

/** Both ends are a terminal on which a cursor can be moved. */
const canShow = ({ out, env }: Session): boolean =>
  out.isTerminal && process.stdin.isTTY === true && env.TERM !== 'dumb';

export const monit: Command = {
  usage: '[ignored...]',
  notes: ['? shows the keys; q, Esc or Ctrl-C end it. Into a pipe it prints the list once.'],
  async run(session) {
    if (!canShow(session)) {
      await showList(session, await session.client());
      tellOfDumb(session);
      return 0;
    }
    const { readSort } = await import('../screen/columns.ts');
    const { runScreen } = await import('../screen/run-screen.ts');
    // As `list`: an unknown field sorts by name.
    const sort = readSort(session.listing.sort ?? 'name') ?? BY_NAME;
    return runScreen(session, { sort, pane: 'log' });
  },
};

function tellOfDumb({ out, env }: Session): void {
  if (out.isTerminal && env.TERM === 'dumb')
    out.warn('this terminal cannot move its cursor (TERM is dumb): the list is shown once');
}

export const top: Command = {
  flags: [
    { flags: '--once', description: 'Print once and end; so it does into a pipe.' },
    { flags: '--json', description: 'Print once, a JSON array with an object for each process.' },
    {
      flags: '--sort <column>',
      description:
        'id, name, namespace, pid, status, cpu, memory, loop, requests, p99, restarts, uptime, generation; :asc or :desc turns it. Default: cpu.',
    },
    {
      flags: '-n, --number <count>',
      description: 'With --once, --json or a pipe: only the first so many. Default: all.',
    },
  ],
  notes: ['? shows the keys of the screen; q, Esc or Ctrl-C end it.'],
  run: runTop,
};

async function runTop(session: Session, _words: readonly string[], flags: Flags): Promise<number> {
  const { readSort, sortKeys } = await import('../screen/columns.ts');
  const asked = textFlag(flags, 'sort') ?? 'cpu';
  const sort = readSort(asked);
  if (sort === null)
    throw mistake(`cannot sort by ${asked}`, `one of: ${sortKeys().join(', ')}; :asc or :desc behind it`);
  const number = textFlag(flags, 'number');
  if (number !== null && !/^\d+$/.test(number))
    throw mistake(`-n takes a number of processes, not ${number}`, 'upkeep top --once -n 10');
  const isJson = hasFlag(flags, 'json');
  if (!isJson && !hasFlag(flags, 'once') && canShow(session)) {
    const { runScreen } = await import('../screen/run-screen.ts');
    return runScreen(session, { sort, pane: null });
  }
  const { printTop } = await import('../screen/print-top.ts');
  await printTop(session, { sort, isJson, most: number === null ? Number.POSITIVE_INFINITY : Number(number) });
  if (!isJson && !hasFlag(flags, 'once')) tellOfDumb(session);
  return 0;
}
