/**
 * The commands that people and scripts give all day, by every name that they have. Without this short list each of them
 * would read the catalogue of all commands first.
 */
import type { Command } from './command.ts';
import { list } from './commands/list.ts';
import { id, jlist, pid, ping } from './commands/machine.ts';

/** They need no parser as long as they have no options. */
export const EVERYDAY: ReadonlyMap<string, Command> = new Map([
  ...['list', 'ls', 'l', 'ps', 'status'].map((name) => [name, list] as const),
  ['jlist', jlist],
  ['ping', ping],
  ['id', id],
  ['pid', pid],
]);

/** What they begin with is asked together with the greeting. */
export const beginsWithList = (command: Command): boolean => command === list || command === pid;
