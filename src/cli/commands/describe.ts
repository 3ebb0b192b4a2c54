/**
 * `describe`: rows of one process or of all of a name. Without it there would only be the short list.
 */
import type { Command } from '../command.ts';

export const describe: Command = {
  usage: '<target>',
  async run(session, [target = '']) {
    const { out } = session;
    const client = await session.client();
    const details = await client.describe(target);
    const { renderDescribe } = await import('../render/describe.ts');
    for (const one of details) {
      out.print(renderDescribe(one, { now: Date.now(), columns: out.columns, hasColor: out.hasColor }));
    }
    out.print(` \`upkeep why ${target}\` tells why it is in this state, \`upkeep logs ${target}\` shows its output`);
    return 0;
  },
};
