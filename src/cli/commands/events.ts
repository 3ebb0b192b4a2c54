/**
 * `events`: what happened, in order and numbered. Without it the history of a night would have to be guessed from logs.
 */

import type { EventRecord } from '../../protocol/control.ts';
import { type Command, hasFlag, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { localTime, plain } from '../render/words.ts';

export function renderEvent(event: EventRecord): string {
  const who = event.name === null ? '' : ` ${plain(event.name)}${event.id === null ? '' : ` (${event.id})`}`;
  const why = event.reason === '' ? '' : `: ${plain(event.reason)}`;
  const record = event.crash === undefined ? '' : ` (crash record ${plain(event.crash)})`;
  return `${localTime(event.at)} #${event.number} ${event.kind}${who}${why}${record}`;
}

export const events: Command = {
  usage: '[targets...]',
  flags: [
    { flags: '--json', description: 'One JSON object a line.' },
    { flags: '--follow', description: 'Go on with new events until interrupted.' },
    { flags: '--after <number>', description: 'Only events after this one. Default: all that are kept.' },
  ],
  async run(session, words, flags) {
    const { out } = session;
    const after = Number(textFlag(flags, 'after') ?? 0);
    if (!Number.isInteger(after) || after < 0)
      throw mistake(`--after takes the number of an event, not ${textFlag(flags, 'after')}`);
    const isWanted = (event: EventRecord): boolean =>
      words.length === 0 || words.some((word) => word === event.name || word === String(event.id));
    const show = (event: EventRecord): void => {
      if (isWanted(event)) out.machine(`${hasFlag(flags, 'json') ? JSON.stringify(event) : renderEvent(event)}\n`);
    };
    const client = await session.client();
    const onMissed = (count: number): void => out.warn(`${count} events are not kept any more`);
    if (!hasFlag(flags, 'follow')) {
      const answer = await client.request('events.follow', { after });
      if (answer.missed > 0) onMissed(answer.missed);
      for (const event of answer.events) show(event);
      return 0;
    }
    for await (const event of await client.followEvents({ after, onMissed })) show(event);
    return 0;
  },
};
