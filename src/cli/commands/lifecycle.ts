/**
 * `stop`, `delete` and `reset`: commands that do one thing to all their targets. Without them nothing that was started
 * would ever end.
 */
import type { Command } from '../command.ts';
import { actOnWords } from '../targets.ts';

const OF_FILES = [
  { flags: '--only <names>', description: 'With a config file: only these apps, by comma or blank.' },
  { flags: '--env <name>', description: 'With a config file: as at the start, if it is part of the names.' },
];

export const stop: Command = {
  usage: '<targets...>',
  flags: OF_FILES,
  run: (session, words, flags) =>
    actOnWords(session, words, flags, 'stopped', (client, targets) => client.stop(targets)),
};

export const del: Command = {
  usage: '<targets...>',
  flags: OF_FILES,
  run: (session, words, flags) =>
    actOnWords(session, words, flags, 'deleted', (client, targets) => client.delete(targets)),
};

export const reset: Command = {
  usage: '<targets...>',
  async run(session, words, flags) {
    // PM2's only command on `all` that an empty list does not fail: deployments begin with it.
    const isEmpty = words.every((word) => word === 'all') && (await (await session.client()).list()).length === 0;
    if (!isEmpty) return actOnWords(session, words, flags, 'reset', (client, targets) => client.reset(targets));
    session.out.info('Nothing is registered: nothing to reset');
    return 0;
  },
};
