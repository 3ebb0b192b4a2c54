/**
 * `startOrRestart` and `startOrReload`: one file, whatever of it is there already. Without them a deployment would have
 * to ask first.
 */

import { carryOut } from '../carry-out.ts';
import { type Command, hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { planStart } from '../start-plan.ts';
import { isConfigWord } from '../targets.ts';

const command = (rolling: boolean): Command => ({
  usage: '<file>',
  flags: async () => (await import('../start-flags.ts')).startFlags(),
  async run(session, [file = ''], flags) {
    if (!(await isConfigWord(file)))
      throw mistake(`${file} is not a config file`, 'names end in .json, .yaml, .toml or .config.js');
    const client = await session.client();
    const registered = { instances: await client.describe() };
    const plan = await planStart(session, [file], flags, registered, { isForced: hasFlag(flags, 'force') });
    return carryOut(session, client, plan, flags, rolling);
  },
});

export const startOrRestart = command(false);
export const startOrReload = command(true);
