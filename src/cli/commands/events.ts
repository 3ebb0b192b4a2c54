/**
 * `events`: what happened, in order and numbered. Without it the history of a night would have to be guessed from logs.
 */
import { readEventFiles } from '../../client/event-files.ts';
import { EVENT_KINDS } from '../../core/events.ts';
import { nearest } from '../../core/nearest.ts';
import { compilePattern, isPattern } from '../../core/targets.ts';
import { parseDuration } from '../../core/units.ts';
import { pathsOf } from '../../platform/paths.ts';
import type { EventRecord } from '../../protocol/control.ts';
import { type Command, type Flags, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { localTime, plain } from '../render/words.ts';
import type { Session } from '../session.ts';

export function renderEvent(event: EventRecord): string {
  const who = event.name === null ? '' : ` ${plain(event.name)}${event.id === null ? '' : ` (${event.id})`}`;
  const why = event.reason === '' ? '' : `: ${plain(event.reason)}`;
  const record = typeof event.details?.crash !== 'string' ? '' : ` (crash record ${plain(event.details.crash)})`;
  return `${localTime(event.at)} #${event.number} ${event.kind}${who}${why}${record}`;
}

type Filter = (event: EventRecord) => boolean;

export const events: Command = {
  usage: '[targets...]',
  flags: [
    { flags: '--json', description: 'One JSON object a line.' },
    { flags: '--follow', description: 'Go on with new events until interrupted.' },
    { flags: '--after <number>', description: 'Only events after this one. Default: all that are kept.' },
    { flags: '--since <time>', description: 'Only from then on: a time ago (10m, 2h, 1d) or a date.' },
    { flags: '--kind <kinds>', description: 'Only these, separated by commas: exited,errored.' },
    { flags: '--lines <count>', description: 'Only the last so many of them.' },
  ],
  notes: ['Targets are names, ids or /regex/. docs/reference/events.md lists the kinds and what each carries.'],
  async run(session, words, flags) {
    const after = afterOf(flags);
    const isWanted = filterOf(words, flags);
    const last = lastOf(flags);
    const format = hasFlag(flags, 'json') ? (event: EventRecord) => JSON.stringify(event) : renderEvent;
    const show = (event: EventRecord): void => session.out.machine(`${format(event)}\n`);
    const all = await kept(session, after);
    const wanted = all.filter(isWanted);
    for (const event of last === null ? wanted : wanted.slice(Math.max(0, wanted.length - last))) show(event);
    if (!hasFlag(flags, 'follow')) return 0;
    const client = await session.client();
    const seen = all.at(-1)?.number ?? after;
    const onMissed = (count: number): void => session.out.warn(`${count} events are not kept any more`);
    for await (const event of await client.followEvents({ after: seen, onMissed })) if (isWanted(event)) show(event);
    return 0;
  },
};

/** From the files of the home, and what a daemon could not write there. */
async function kept(session: Session, after: number): Promise<readonly EventRecord[]> {
  const written = await readEventFiles(pathsOf(session.home, session.env).events, after);
  const client = await session.existingClient();
  if (client === null) return written;
  const { events } = await client.request('events.follow', { after });
  const all = new Map([...written, ...events].map((event) => [event.number, event]));
  const sorted = [...all.values()].sort((a, b) => a.number - b.number);
  const missed = (sorted[0]?.number ?? after + 1) - after - 1;
  if (after > 0 && missed > 0) session.out.warn(`${missed} events are not kept any more`);
  return sorted;
}

function afterOf(flags: Flags): number {
  const after = Number(textFlag(flags, 'after') ?? 0);
  if (!Number.isInteger(after) || after < 0)
    throw mistake(`--after takes the number of an event, not ${textFlag(flags, 'after')}`);
  return after;
}

function lastOf(flags: Flags): number | null {
  const text = textFlag(flags, 'lines');
  if (text === null) return null;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw mistake(`--lines takes a number, not ${text}`);
  return count;
}

function filterOf(words: readonly string[], flags: Flags): Filter {
  const since = sinceOf(textFlag(flags, 'since'));
  const kinds = kindsOf(textFlag(flags, 'kind'));
  const whose = words.map(targetOf);
  return (event) =>
    event.at >= since &&
    (kinds === null || kinds.has(event.kind)) &&
    (whose.length === 0 || whose.some((isIt) => isIt(event)));
}

/** By what stands in the event: it may be about an app that is not listed any more. */
function targetOf(word: string): Filter {
  if (word === 'all') return () => true;
  if (!isPattern(word)) return (event) => word === event.name || word === String(event.id);
  const pattern = compilePattern(word);
  if (!pattern.ok) throw mistake(pattern.failure.message);
  return ({ name }) => name !== null && pattern.value.test(name);
}

function sinceOf(text: string | null): number {
  if (text === null) return Number.NEGATIVE_INFINITY;
  const ago = parseDuration(text);
  // A bare number would be milliseconds, which nobody means here.
  if (ago !== null && !/^\d+$/.test(text.trim())) return Date.now() - ago;
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw mistake(`--since takes a time such as 10m, 2h, 1d, or a date, not ${text}`);
  return date;
}

function kindsOf(text: string | null): ReadonlySet<string> | null {
  if (text === null) return null;
  const kinds = text.split(',').map((kind) => kind.trim());
  for (const kind of kinds) {
    if (Object.hasOwn(EVENT_KINDS, kind)) continue;
    const meant = nearest(kind, Object.keys(EVENT_KINDS));
    throw mistake(
      `there is no kind of event ${kind}`,
      meant === null ? 'docs/reference/events.md lists them' : `did you mean ${meant}?`,
    );
  }
  return new Set(kinds);
}
