/**
 * `logs`: the last lines, then new ones as they come, through rotations and new daemons. Without it people would tail
 * files whose names they have to look up, and lose them at the first rotation.
 */

import type { Client } from '../../client/client.ts';
import type { LogLine, StreamName } from '../../core/terms.ts';
import { readOn } from '../../logs/follow-file.ts';
import { factsOf } from '../../logs/search/line-facts.ts';
import { readLastLines } from '../../logs/tail.ts';
import { pathsOf } from '../../platform/paths.ts';
import { processEventWord } from '../../pm2/words.ts';
import type { FilePosition } from '../../protocol/control.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { readJsonLine, type Tail, tailOf } from '../log-tail.ts';
import { colorsFor } from '../render/colors.ts';
import { prettyText } from '../render/found-line.ts';
import { LogPrinter, type LogStyle, shownOn } from '../render/log-line.ts';
import type { Session } from '../session.ts';
import { NONE_REGISTERED, resolveWords } from '../targets.ts';
import { readSearch, SEARCH_FLAGS, search } from './log-search.ts';

const DEFAULT_LINES = 15;
const DEFAULT_DATE = 'YYYY-MM-DD-HH:mm:ss';
const DAEMON_LOOK_MS = 500;
/** The daemon's own log; PM2's users know it by PM2's name. */
const DAEMON_WORDS = new Set(['daemon', 'PM2', 'upkeep']);

export const logs: Command = {
  usage: '[targets...]',
  flags: [
    { flags: '--lines <number>', description: `Lines of each file shown first. Default: ${DEFAULT_LINES}.` },
    { flags: '--nostream', description: 'Show the last lines and end.' },
    { flags: '--raw', description: 'Lines as they are; those of stderr go to stderr.' },
    { flags: '--err', description: 'Only stderr.' },
    { flags: '--out', description: 'Only stdout.' },
    {
      flags: '--json',
      description: 'New lines as JSON objects, with events of the processes; with --nostream the last lines.',
    },
    { flags: '--format', description: 'The same as key=value.' },
    { flags: '--timestamp [format]', description: `Put the time before each line. Default: ${DEFAULT_DATE}.` },
    { flags: '--highlight <text>', description: 'Mark the first place of the text in each line.' },
    ...SEARCH_FLAGS,
  ],
  notes: [
    'A target is a name, id, namespace, /pattern/, all, or daemon for the log of the daemon itself.',
    'With --since, --until, --grep, --level or --field the logs are searched, rotated and compressed files too. Then --lines is',
    'the number of the newest lines that are wanted, in all (default: every one), and --json is an object a line with at, name,',
    'id, stream, level, text and fields.',
  ],
  async run(session, words, flags) {
    process.once('SIGINT', () => process.exit(0));
    const query = readSearch(flags);
    const client = await session.client();
    const wantsDaemon = words.some((word) => DAEMON_WORDS.has(word));
    const named = words.filter((word) => !DAEMON_WORDS.has(word) && word !== 'all');
    const isAll = words.includes('all') || words.length === 0;
    const targets = isAll ? ['all'] : await resolveWords(session, client, named);
    if (targets.length === 0 && !wantsDaemon) {
      session.out.info(NONE_REGISTERED);
      return 0;
    }
    if (query !== null) {
      const count = textFlag(flags, 'lines') === null ? null : lineCount(flags);
      return search(session, client, { targets, wantsDaemon, query }, flags, count);
    }
    return show(session, client, targets, flags, { isAll, wantsDaemon });
  },
};

/** `--attach`: only what comes from now on. */
export async function attach(session: Session, client: Client, ids: readonly string[]): Promise<number> {
  process.once('SIGINT', () => process.exit(0));
  return show(session, client, ids, { lines: '0' }, { isAll: false, wantsDaemon: false });
}

function styleOf(flags: Flags): LogStyle {
  const highlight = textFlag(flags, 'highlight');
  if (hasFlag(flags, 'json')) return { kind: 'json' };
  if (hasFlag(flags, 'format')) return { kind: 'keys' };
  if (hasFlag(flags, 'raw')) return { kind: 'raw', highlight };
  const timestamp = hasFlag(flags, 'timestamp') ? DEFAULT_DATE : textFlag(flags, 'timestamp');
  return { kind: 'prefixed', timestamp, highlight, isBare: flags.prefix === false };
}

function lineCount(flags: Flags): number {
  const text = textFlag(flags, 'lines');
  const count = Math.abs(Number(text ?? DEFAULT_LINES));
  if (!Number.isInteger(count) || text === '') throw mistake(`--lines takes a number, not ${text}`);
  return count;
}

async function show(
  session: Session,
  client: Client,
  targets: readonly string[],
  flags: Flags,
  { isAll, wantsDaemon }: { readonly isAll: boolean; readonly wantsDaemon: boolean },
): Promise<number> {
  const style = styleOf(flags);
  const count = lineCount(flags);
  const onlyOne = hasFlag(flags, 'err') !== hasFlag(flags, 'out');
  const streams: readonly StreamName[] = onlyOne ? [hasFlag(flags, 'err') ? 'err' : 'out'] : ['out', 'err'];
  const details = targets.length === 0 ? [] : isAll ? await client.describe() : await client.describe(targets);
  const view = new LogView(session, style, hasFlag(flags, 'pretty'));
  view.begin('tail');
  const tail = tailOf(details, streams, count);
  const isStreamOnly = style.kind === 'json' || style.kind === 'keys';
  const showsDaemon = wantsDaemon || (isAll && style.kind === 'prefixed' && !onlyOne);
  const daemonEnd = showsDaemon ? view.daemonTail(count, isStreamOnly) : null;
  const isOver = hasFlag(flags, 'nostream');
  if ((!isStreamOnly || isOver) && count > 0) view.tail(tail, count);
  if (isOver) return 0;
  view.begin('stream');
  if (daemonEnd !== null && style.kind !== 'json') view.followDaemon(daemonEnd);
  if (targets.length === 0) return new Promise<number>(() => {});
  if (style.kind === 'json')
    void followProcessEvents(session, client, isAll ? null : new Set(details.map((one) => one.id)));
  const onMissed = (missed: number): void =>
    session.out.warn(`${missed} lines were left out: they came faster than they could be shown`);
  const onConnection = (state: 'lost' | 'back'): void => {
    if (style.kind === 'prefixed')
      session.out.warn(state === 'lost' ? 'the daemon has gone; waiting for the next one' : 'a new daemon is there');
  };
  const lines = await client.followLogs(targets, { streams, from: tail.positions, onMissed, onConnection });
  for await (const line of lines) {
    // PM2's readers know no empty lines in a stream; raw ones are as they are.
    if (line.text !== '' || style.kind !== 'prefixed') view.line(line);
  }
  return 0;
}

class LogView {
  readonly #session: Session;
  readonly #printer: LogPrinter;
  readonly #isRaw: boolean;
  /** For people: each file under its path. */
  readonly #hasTitles: boolean;
  readonly #grey: (text: string) => string;
  readonly #isPretty: boolean;

  constructor(session: Session, style: LogStyle, isPretty: boolean) {
    this.#session = session;
    this.#isPretty = isPretty;
    this.#printer = new LogPrinter(style, session.out.hasColor);
    this.#isRaw = style.kind === 'raw';
    this.#hasTitles = style.kind === 'prefixed';
    this.#grey = colorsFor(session.out.hasColor).gray;
  }

  begin(what: 'tail' | 'stream'): void {
    this.#printer.begin(what);
  }

  line(line: Omit<LogLine, 'at'> & { readonly at: number | null }): void {
    const { out } = this.#session;
    const text = this.#shown(this.#printer.format(this.#isPretty ? { ...line, text: this.#pretty(line.text) } : line));
    if (this.#isRaw && line.stream === 'err') out.machineError(text);
    else out.machine(text);
  }

  #shown(text: string): string {
    return this.#isRaw ? text : shownOn(this.#session.out, text);
  }

  #pretty(text: string): string {
    const facts = factsOf(text, { isJson: false, datePattern: null });
    return prettyText(facts, colorsFor(this.#session.out.hasColor));
  }

  tail({ files }: Tail, count: number): void {
    const { out } = this.#session;
    for (const { path, lines, isJson, ...source } of files) {
      if (this.#hasTitles) out.print(this.#grey(`${path} last ${count} lines:`));
      for (const text of lines) {
        this.line({ ...source, ...(isJson && !this.#isRaw ? readJsonLine(text) : { text, at: null }) });
      }
      if (this.#hasTitles) out.print('');
    }
  }

  /** @returns where the daemon's log ends */
  daemonTail(count: number, isQuiet: boolean): FilePosition | null {
    const { out, home, env } = this.#session;
    const path = pathsOf(home, env).daemonLog;
    const { lines, position } = readLastLines(path, count);
    if (!isQuiet && lines.length > 0) {
      out.print(this.#grey(`${path} last ${count} lines:`));
      for (const text of lines) this.#daemonLine(text);
      out.print('');
    }
    return position;
  }

  followDaemon(from: FilePosition): void {
    let position = from;
    setInterval(() => {
      position = readOn(position, (lines) => {
        for (const text of lines) this.#daemonLine(text);
      });
    }, DAEMON_LOOK_MS);
  }

  #daemonLine(text: string): void {
    this.#session.out.machine(this.#shown(this.#printer.formatDaemon(text, Date.now())));
  }
}

async function followProcessEvents(session: Session, client: Client, ids: ReadonlySet<number> | null): Promise<void> {
  const begunAt = Date.now();
  for await (const event of await client.followEvents()) {
    // A follower first gets the last events of before.
    if (event.at < begunAt) continue;
    if (event.id === null || (ids !== null && !ids.has(event.id))) continue;
    const timestamp = new Date(event.at).toISOString();
    const { name: app_name, id: process_id } = event;
    const status = processEventWord(event.kind);
    session.out.machine(`${JSON.stringify({ timestamp, type: 'process_event', status, app_name, process_id })}\n`);
  }
}
