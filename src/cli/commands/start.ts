/**
 * `start`: whatever its words mean, it ends with the truth about each process. Without it PM2's most used command would
 * say "done" of an app that lies dead.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultConfig } from '../apps.ts';
import { carryOut } from '../carry-out.ts';
import { type Command, type Flags, hasFlag } from '../command.ts';
import { CONTAINER_FLAGS, startContainer } from '../container.ts';
import { withVersioning } from '../git-metadata.ts';
import { planStart } from '../start-plan.ts';

/** `start --watch app.js`: the word was meant as the script, not as a path to watch. */
export function giveBackSwallowed(
  words: readonly string[],
  flags: Flags,
  cwd: string,
): { readonly words: readonly string[]; readonly flags: Flags } {
  const { watch } = flags;
  const last = Array.isArray(watch) ? watch.at(-1) : watch;
  if (words.length > 0 || typeof last !== 'string' || !existsSync(resolve(cwd, last))) return { words, flags };
  const kept = Array.isArray(watch) ? watch.slice(0, -1) : [];
  return { words: [last], flags: { ...flags, watch: kept.length > 0 ? kept : true } };
}

export const start: Command = {
  usage: '[targets...]',
  flags: async () => [...(await import('../start-flags.ts')).startFlags(), ...CONTAINER_FLAGS],
  notes: [
    'A target is a script, a program, a quoted command, a config file, `-` (a config on stdin), or the name, namespace or',
    'id of what is registered. Without one, the ecosystem.config.js of the folder is taken.',
    'Words after -- are arguments of the script.',
  ],
  async run(session, given, givenFlags) {
    if (hasFlag(givenFlags, 'container')) return startContainer(session, given, givenFlags);
    const opening = session.client();
    // A mistake in the words is told even if no daemon can be started.
    opening.catch(() => {});
    const { words, flags } = giveBackSwallowed(given, givenFlags, session.cwd);
    const targets = words.length > 0 ? words : [await defaultConfig(session)];
    const client = await opening;
    const registered = { instances: await client.describe() };
    const isForced = hasFlag(flags, 'force');
    const plan = await planStart(session, targets, flags, registered, { isForced });
    if (plan.starts.length + plan.restarts.length === 0) {
      session.out.info('There are no apps in the file: nothing to start');
      return 0;
    }
    return carryOut(session, client, await withVersioning(plan, session), flags);
  },
};
