/**
 * `why`: the first command of somebody whose app is down. Without it they would have to know which log to read.
 */
import { type Command, hasFlag } from '../command.ts';

export const why: Command = {
  usage: '<target>',
  flags: [{ flags: '--json', description: 'As JSON.' }],
  async run(session, [target = ''], flags) {
    const { out } = session;
    const client = await session.client();
    const views = await client.why(target);
    if (hasFlag(flags, 'json')) {
      out.machine(`${JSON.stringify(views, null, 2)}\n`);
      return 0;
    }
    const { renderWhy } = await import('../render/why.ts');
    out.machine(`${views.map((view) => renderWhy(view, { now: Date.now(), hasColor: out.hasColor })).join('\n\n')}\n`);
    return 0;
  },
};
