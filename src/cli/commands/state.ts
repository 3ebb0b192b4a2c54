/**
 * `save`, `resurrect` and `cleardump`: the list on disk. Without them a machine would come up empty after a reboot.
 */
import type { Command } from '../command.ts';
import { hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';
import { plural } from '../render/words.ts';
import { showReport } from '../report.ts';
import { showList } from '../show-list.ts';

function refuseWords(name: string, words: readonly string[]): void {
  if (words.length > 0) throw mistake(`${name} takes no arguments: ${words.join(' ')}`);
}

export const save: Command = {
  usage: '[none...]',
  flags: [{ flags: '-f, --force', description: 'Save an empty list too.' }],
  async run(session, words, flags) {
    refuseWords('save', words);
    const client = await session.client();
    const force = hasFlag(flags, 'force') || (session.env.FORCE ?? '') !== '';
    const { saveList } = await import('../../pm2/dump-file.ts');
    const { path, count, notes } = await saveList(client, force);
    for (const note of notes) session.out.warn(note);
    if (count > 0 || force) session.out.info(`Saved ${plural(count, 'process', 'processes')} to ${path}`);
    return 0;
  },
};

export const resurrect: Command = {
  usage: '[none...]',
  async run(session, words) {
    refuseWords('resurrect', words);
    const client = await session.client();
    const [{ resurrectList }, { contextOf }] = await Promise.all([
      import('../../pm2/dump-file.ts'),
      import('../apps.ts'),
    ]);
    const code = showReport(session, await resurrectList(client, contextOf(session)), null);
    await showList(session, client);
    return code;
  },
};

export const cleardump: Command = {
  usage: '[none...]',
  async run(session, words) {
    refuseWords('cleardump', words);
    const { clearList } = await import('../../pm2/dump-file.ts');
    session.out.info(`Emptied ${clearList(session.home, session.env)}`);
    return 0;
  },
};
