/**
 * `stop`, `delete` and `reset`: commands that do one thing to all their targets. Without them nothing that was started
 * would ever end.
 */
import { type Command, textFlag } from '../command.ts';
import { actOnWords } from '../targets.ts';

const ONLY = { flags: '--only <names>', description: 'With a config file: only these apps, by comma or blank.' };

export const stop: Command = {
  usage: '<targets...>',
  flags: [ONLY],
  run: (session, words, flags) =>
    actOnWords(session, words, textFlag(flags, 'only'), 'stopped', (client, targets) => client.stop(targets)),
};

export const del: Command = {
  usage: '<targets...>',
  flags: [ONLY],
  run: (session, words, flags) =>
    actOnWords(session, words, textFlag(flags, 'only'), 'deleted', (client, targets) => client.delete(targets)),
};

export const reset: Command = {
  usage: '<targets...>',
  run: (session, words) => actOnWords(session, words, null, 'reset', (client, targets) => client.reset(targets)),
};
