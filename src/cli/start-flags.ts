/**
 * Options of the commands that start something: the config room's table and the few that say how to act. Without it
 * the table would be repeated by hand.
 */
import { ACTION_FLAGS, optionFlags } from '../config/flags.ts';
import type { CommandFlag } from './command.ts';

export const startFlags = (): readonly CommandFlag[] => [
  ...optionFlags(),
  ...ACTION_FLAGS,
  { flags: '-f, --force', description: 'Start even if the same script runs under the same name.' },
];
