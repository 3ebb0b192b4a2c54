/**
 * `takeover`: moves the apps that run under PM2 to Upkeep, one by one, and says for how long nobody answered. Without it
 * the way over would be one stop of everything.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '../../client/client.ts';
import type { ProcessIdentity } from '../../core/terms.ts';
import { replaceFile } from '../../platform/durable-file.ts';
import { identify, listProcesses } from '../../platform/process.ts';
import { savedApps } from '../../pm2/dump-records.ts';
import { type Foreign, type ForeignEntry, foreignHome, openForeign } from '../../pm2/foreign.ts';
import { withoutLogPaths } from '../../pm2/import.ts';
import { handBack, type Move, type Order, orderOf, portsOf, takeOver } from '../../pm2/takeover.ts';
import { contextOf } from '../apps.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plain, plainLine, plural } from '../render/words.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

/** What was taken, for the way back. */
interface Taken {
  readonly name: string;
  readonly ids: readonly number[];
  readonly home: string;
}

const recordPath = (home: string): string => join(home, 'takeover.json');

function readTaken(home: string): readonly Taken[] {
  const path = recordPath(home);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Taken[]) : [];
}

function writeTaken(home: string, taken: readonly Taken[]): void {
  if (taken.length === 0) rmSync(recordPath(home), { force: true });
  else replaceFile(recordPath(home), `${JSON.stringify(taken, null, 2)}\n`, true);
}

const onlyOf = (flags: Flags): ((name: string) => boolean) => {
  const names = (textFlag(flags, 'only') ?? '').split(/[\s,]+/).filter((name) => name !== '');
  return (name) => names.length === 0 || names.includes(name);
};

/** The processes and all that they have started. */
function withDescendants(pids: readonly number[]): readonly ProcessIdentity[] {
  const all = new Set(pids.filter((pid) => pid > 0));
  const table = listProcesses();
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const { pid, ppid } of table) if (all.has(ppid)) all.add(pid);
  }
  return [...all].flatMap((pid) => identify(pid) ?? []);
}

const keyOf = ({ name, pm2_env: record }: ForeignEntry): string =>
  JSON.stringify([name, record.namespace, record.pm_exec_path, record.exec_mode, record.args]);

async function movesOf(
  session: Session,
  foreign: Foreign,
  entries: readonly ForeignEntry[],
  ownLogs: boolean,
): Promise<readonly Move[]> {
  const groups = new Map<string, ForeignEntry[]>();
  for (const entry of entries) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry]);
  const moves: Move[] = [];
  for (const group of groups.values()) {
    const records = group.map(({ pm2_env: record }) => (ownLogs ? withoutLogPaths(record, foreign.home) : record));
    const { apps, notes } = await savedApps(records, contextOf(session));
    for (const note of notes) session.out.warn(`stays with PM2: ${plain(note)}`);
    const spec = apps[0]?.spec;
    if (spec === undefined) continue;
    const processes = withDescendants(group.map(({ pid }) => pid));
    const pids = processes.map(({ pid }) => pid);
    moves.push({ spec, ids: group.map((entry) => entry.pm_id), processes, ports: portsOf(pids) });
  }
  return moves;
}

/** Those that are to be moved; of all others it is said why not. */
function chosen(
  { out }: Session,
  entries: readonly ForeignEntry[],
  isMeant: (name: string) => boolean,
  isHere: (name: string) => boolean,
): readonly ForeignEntry[] {
  return entries.filter(({ name, pm2_env: record }) => {
    if (!isMeant(name)) return false;
    const why =
      record.pmx_module === true
        ? 'it is a module: `upkeep install` has them'
        : record.status !== 'online'
          ? `it is ${String(record.status)} there: \`upkeep import pm2\` registers it`
          : isHere(name)
            ? 'an app of that name is here already'
            : null;
    if (why !== null) out.warn(`${plain(name)} stays with PM2: ${plain(why)}`);
    return why === null;
  });
}

const PLANS: Readonly<Record<Order, string>> = {
  'boot-first': 'booted here first, gets its port when PM2 lets go of it',
  'stop-first': 'ended there, then started here',
  overlap: 'started here, then ended there',
};

const spoken = (gapMs: number | null, what: string): string =>
  gapMs === null ? '' : `; nobody ${what} for ${Math.round(gapMs)} ms`;

async function moveAll(session: Session, client: Client, foreign: Foreign, flags: Flags): Promise<number> {
  const { out } = session;
  const here = new Set((await client.list()).map(({ name }) => name));
  const entries = chosen(session, await foreign.list(), onlyOf(flags), (name) => here.has(name));
  const moves = await movesOf(session, foreign, entries, hasFlag(flags, 'ownLogs'));
  let code = 0;
  for (const move of moves) {
    const order = orderOf(move, hasFlag(flags, 'overlap'));
    const name = plain(move.spec.name);
    if (hasFlag(flags, 'dryRun')) {
      out.info(`${name}: ${plural(move.ids.length, 'process', 'processes')}, would be ${PLANS[order]}`);
      continue;
    }
    const moved = await takeOver(client, foreign, move, order);
    if (moved.kind === 'moved') {
      const gap = moved.gapMs === null ? spoken(moved.downMs, 'ran') : spoken(moved.gapMs, 'listened');
      out.info(`${name} runs here (${PLANS[order]})${gap}`);
      writeTaken(session.home, [
        ...readTaken(session.home),
        { name: move.spec.name, ids: move.ids, home: foreign.home },
      ]);
      continue;
    }
    code = 1;
    out.error(`${name} was given back to PM2: ${plain(moved.why)}`);
    for (const line of moved.lastLines) out.machineError(`    ${plainLine(line, out.hasColor)}\n`);
  }
  if (hasFlag(flags, 'dryRun')) return 0;
  if (moves.length === 0) out.info('There is nothing to take over');
  else if (code === 0) {
    out.info(
      'PM2 keeps them as stopped. When all is well: `upkeep save`, then `pm2 delete all && pm2 save --force`, so that',
    );
    out.info('they do not start twice after a reboot. `upkeep takeover --back` is the way back');
  }
  await showList(session, client);
  return code;
}

async function moveBack(session: Session, client: Client, foreign: Foreign, flags: Flags): Promise<number> {
  const isMeant = onlyOf(flags);
  const taken = readTaken(session.home).filter(({ name, home }) => home === foreign.home && isMeant(name));
  if (taken.length === 0) throw mistake(`nothing was taken over from ${foreign.home}`);
  const there = new Set((await foreign.list()).map((entry) => entry.pm_id));
  let code = 0;
  for (const { name, ids } of taken) {
    if (!ids.every((id) => there.has(id))) {
      session.out.error(`${plain(name)} stays here: PM2 does not list it any more`);
      code = 1;
      continue;
    }
    if (hasFlag(flags, 'dryRun')) {
      session.out.info(`${plain(name)} would be ended here and started there`);
      continue;
    }
    const gapMs = await handBack(client, foreign, name, ids);
    session.out.info(`${plain(name)} runs under PM2 again${spoken(gapMs, 'listened')}`);
    writeTaken(
      session.home,
      readTaken(session.home).filter((one) => one.name !== name || one.home !== foreign.home),
    );
  }
  return code;
}

export const takeover: Command = {
  usage: '[none...]',
  flags: [
    { flags: '--home <folder>', description: "PM2's home. Default: PM2_HOME, else ~/.pm2." },
    { flags: '--pm2 <path>', description: 'The PM2 to use. Default: the one in PATH.' },
    { flags: '--only <names>', description: 'Only these apps.' },
    {
      flags: '--overlap',
      description: 'Apps without a port may run twice for a moment, so that one of them always runs.',
    },
    { flags: '--own-logs', description: "Write logs into Upkeep's home. Default: to the files that PM2 wrote." },
    { flags: '--back', description: 'Give back to PM2 what was taken over.' },
    { flags: '--dry-run', description: 'Only say what would be done.' },
  ],
  notes: ['It runs the `pm2` command that is installed; an app that does not come up here is given back to PM2.'],
  async run(session, words, flags) {
    if (words.length > 0)
      throw mistake(`takeover takes no arguments: ${words.join(' ')}`, 'upkeep takeover --only <names>');
    const folder = textFlag(flags, 'home');
    const home = foreignHome(session.env, folder === null ? null : resolve(session.cwd, folder));
    const foreign = openForeign(textFlag(flags, 'pm2') ?? 'pm2', home, session.env);
    if (foreign.daemonPid === null)
      throw mistake(`no daemon of PM2 runs in ${home}`, '`upkeep import pm2` takes over what it has saved');
    const client = await session.client();
    return hasFlag(flags, 'back')
      ? moveBack(session, client, foreign, flags)
      : moveAll(session, client, foreign, flags);
  },
};
