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
    const { path, count, notes } = await client.save({ force });
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
    const code = showReport(session, await client.resurrect(), null);
    await showList(session, client);
    return code;
  },
};

/** As the daemon writes an empty list. */
const EMPTY_DUMP = `${JSON.stringify({ format: 1, apps: [] }, null, 2)}\n`;

export const cleardump: Command = {
  usage: '[none...]',
  async run(session, words) {
    refuseWords('cleardump', words);
    const [{ pathsOf, makeHome }, { writeFileSync }] = await Promise.all([
      import('../../platform/paths.ts'),
      import('node:fs'),
    ]);
    const paths = pathsOf(session.home, session.env);
    makeHome(paths);
    writeFileSync(paths.dump, EMPTY_DUMP, { mode: 0o600 });
    session.out.info(`Emptied ${paths.dump}`);
    return 0;
  },
};
