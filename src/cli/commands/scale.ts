/**
 * `scale`: another number of instances. Without it a user would edit the file and restart everything for one more process.
 */
import type { Command } from '../command.ts';
import { mistake } from '../failure.ts';
import { showReport } from '../report.ts';
import { showList } from '../show-list.ts';

export const scale: Command = {
  usage: '<app> <number>',
  async run(session, [app, count]) {
    if (app === undefined || count === undefined)
      throw mistake('scale needs an app and a number', 'upkeep scale api 4, or +2, or -1');
    const client = await session.client();
    const code = showReport(session, await client.scale(app, count), null);
    await showList(session, client);
    return code;
  },
};
