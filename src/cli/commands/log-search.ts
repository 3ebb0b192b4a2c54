/**
 * `logs` with a question: since when, which words, how loud, which fields; over rotated and compressed files of all processes
 * in the order of time. Without it one would know which file to unzip, or would not find out.
 */
import type { Client } from '../../client/client.ts';
import type { FoundLine, LogQuery, LogSource } from '../../logs/search/query.ts';
import { type QueryWords, readQuery } from '../../logs/search/read-query.ts';
import { daemonSource } from '../../logs/search/sources.ts';
import { pathsOf } from '../../platform/paths.ts';
import { type CommandFlag, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { FoundPrinter, type FoundStyle } from '../render/found-line.ts';
import { shownOn } from '../render/log-line.ts';
import type { Session } from '../session.ts';

export const SEARCH_FLAGS: readonly CommandFlag[] = [
  {
    flags: '--since <time>',
    description:
      'Lines from then on: 10m, 2h, 3d, 10:00, yesterday, "2026-11-24 10:00", ISO 8601; in the order of time.',
  },
  { flags: '--until <time>', description: 'Lines up to then.' },
  { flags: '--grep <pattern>', description: 'Lines that match a regular expression.' },
  { flags: '-i, --ignore-case', description: 'Small and capital letters are the same to --grep.' },
  { flags: '--invert', description: 'Lines that do not match --grep.' },
  {
    flags: '--level <level>',
    description:
      'At least so loud: trace, debug, info, warn, error, fatal; as pino, winston, bunyan and others tell it.',
  },
  {
    flags: '--field <condition>',
    description: 'A field of JSON lines: req.id=7, user!=root, status>=500, err (is there). Several: all must hold.',
    parse: (value, previous) => [...((previous as string[] | undefined) ?? []), value],
  },
  { flags: '-f, --follow', description: 'After what was found go on with new lines that match.' },
  { flags: '--no-prefix', description: 'Without time and name before each line.' },
  { flags: '--pretty', description: 'JSON of loggers as level, message and fields; what is found is shown so anyway.' },
];

const FOUND_DATE = 'YYYY-MM-DD HH:mm:ss.SSS';
const DEFAULT_DATE = 'YYYY-MM-DD-HH:mm:ss';
/** Lines are written together: a call for each would take longer than the search. */
const BATCH_CHARACTERS = 64 * 1024;

const fieldsOf = (flags: Flags): readonly string[] => (Array.isArray(flags.field) ? (flags.field as string[]) : []);

/** One of the options that ask for something is there. */
function isSearch(flags: Flags): boolean {
  const asks = ['since', 'until', 'grep', 'level'].some((name) => textFlag(flags, name) !== null);
  return asks || fieldsOf(flags).length > 0;
}

function wordsOf(flags: Flags): QueryWords {
  const onlyOne = hasFlag(flags, 'err') !== hasFlag(flags, 'out');
  return {
    since: textFlag(flags, 'since'),
    until: textFlag(flags, 'until'),
    grep: textFlag(flags, 'grep'),
    ignoreCase: hasFlag(flags, 'ignoreCase'),
    invert: hasFlag(flags, 'invert'),
    level: textFlag(flags, 'level'),
    fields: fieldsOf(flags),
    stream: onlyOne ? (hasFlag(flags, 'err') ? 'err' : 'out') : null,
  };
}

/** Options that only go with others, or not together. */
function checkFlags(flags: Flags): void {
  const hasGrep = textFlag(flags, 'grep') !== null;
  for (const [name, flag] of [
    ['ignoreCase', '--ignore-case'],
    ['invert', '--invert'],
  ] as const)
    if (hasFlag(flags, name) && !hasGrep) throw mistake(`${flag} goes with --grep`);
  const other = ['json', 'format', 'raw'].find((name) => hasFlag(flags, name));
  if (hasFlag(flags, 'pretty') && other !== undefined) throw mistake(`--pretty and --${other} contradict each other`);
  if (!hasFlag(flags, 'follow')) return;
  if (hasFlag(flags, 'nostream')) throw mistake('--follow and --nostream contradict each other');
  if (textFlag(flags, 'until') !== null) throw mistake('--until ends, and --follow does not: give one of them');
}

function styleOf(flags: Flags): FoundStyle {
  if (hasFlag(flags, 'json')) return 'json';
  if (hasFlag(flags, 'format')) return 'keys';
  if (hasFlag(flags, 'raw')) return 'raw';
  return flags.prefix === false ? 'bare' : 'prefixed';
}

export interface SearchTargets {
  readonly targets: readonly string[];
  readonly wantsDaemon: boolean;
}

/**
 * What is asked for; null: nothing is.
 *
 * @throws UpkeepError BAD_REQUEST
 */
export function readSearch(flags: Flags): LogQuery | null {
  checkFlags(flags);
  return isSearch(flags) ? readQuery(wordsOf(flags), Date.now(), '--') : null;
}

/** @param count the newest so many; null: all */
export async function search(
  session: Session,
  client: Client,
  { targets, wantsDaemon, query }: SearchTargets & { readonly query: LogQuery },
  flags: Flags,
  count: number | null,
): Promise<number> {
  const follow = hasFlag(flags, 'follow');
  if (follow && wantsDaemon)
    throw mistake("the daemon's own log is not followed with a question", 'ask without --follow');
  const sources: readonly LogSource[] = wantsDaemon ? [daemonSource(pathsOf(session.home, session.env).daemonLog)] : [];
  const { out } = session;
  const style = styleOf(flags);
  const printer = new FoundPrinter({
    style,
    hasColor: out.hasColor,
    timestamp: hasFlag(flags, 'timestamp') ? DEFAULT_DATE : (textFlag(flags, 'timestamp') ?? FOUND_DATE),
    highlight: textFlag(flags, 'highlight'),
  });
  const batch = new Batch((text, isError) => (isError ? out.machineError(text) : out.machine(text)));
  const found = await client.searchLogs(targets, query, {
    follow,
    sources,
    ...(count === null ? {} : { newest: count }),
    onNote: (text) => out.warn(text),
    onMissed: (missed) => out.warn(`${missed} lines were left out: they came faster than they could be shown`),
  });
  for await (const line of found)
    batch.add(
      style === 'raw' ? printer.format(line) : shownOn(out, printer.format(line)),
      style === 'raw' && isOfErrors(line),
    );
  batch.flush();
  return 0;
}

const isOfErrors = ({ stream }: FoundLine): boolean => stream === 'err';

/** Text on its way out; goes when it is much, when it is for the other stream, and when nothing more comes at once. */
class Batch {
  readonly #write: (text: string, isError: boolean) => void;
  #text = '';
  #isError = false;
  #isScheduled = false;

  constructor(write: (text: string, isError: boolean) => void) {
    this.#write = write;
  }

  add(text: string, isError: boolean): void {
    if (isError !== this.#isError) this.flush();
    this.#isError = isError;
    this.#text += text;
    if (this.#text.length >= BATCH_CHARACTERS) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#write(text, this.#isError);
  }
}
