/**
 * From the words of a command line to targets that the daemon understands: files of apps, stdin, relative paths of
 * scripts. Without it `stop app.js` would only work for a process of that very name.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Report } from '../protocol/control.ts';
import type { Flags } from './command.ts';
import { showReport } from './report.ts';
import type { Session } from './session.ts';
import { showList } from './show-list.ts';

/** Whether a word means a file of apps (or stdin), not a process. The config room is only loaded for a word with a dot. */
export async function isConfigWord(word: string): Promise<boolean> {
  if (word === '-') return true;
  if (!word.includes('.') || isPattern(word)) return false;
  const { configKind } = await import('../config/config-file.ts');
  return configKind(word) !== null;
}

const isPattern = (word: string): boolean => word.length > 2 && word.startsWith('/') && word.endsWith('/');

/** May be the path of a script: the daemon knows only absolute ones, as it does not know the caller's folder. */
const looksLikePath = (word: string): boolean => /[./]/.test(word) && !isPattern(word);

/**
 * Names of the apps of config files (those that are not there are left out), absolute paths of scripts, and all other
 * words as they are.
 */
export async function resolveWords(
  session: Session,
  client: Client,
  words: readonly string[],
  flags: Flags = {},
): Promise<readonly string[]> {
  const needsList = words.some((word) => word === '-' || looksLikePath(word));
  const names = new Set(needsList ? (await client.list()).map((view) => view.name) : []);
  const targets: string[] = [];
  for (const word of words) {
    if (!names.has(word) && (await isConfigWord(word))) {
      const { appNames } = await import('./apps.ts');
      targets.push(...(await appNames(session, word, flags)).filter((name) => names.has(name)));
    } else if (looksLikePath(word) && !names.has(word) && existsSync(resolve(session.cwd, word))) {
      targets.push(resolve(session.cwd, word));
    } else {
      targets.push(word);
    }
  }
  return targets;
}

/** What is said if the words were files of apps that are not there. */
export const NONE_REGISTERED = 'None of the apps in the file is registered: nothing to do';

/** Does something to all that the words mean, says what became of it, and shows the list. */
export async function actOnWords(
  session: Session,
  words: readonly string[],
  flags: Flags,
  done: string | null,
  act: (client: Client, targets: readonly string[]) => Promise<Report>,
): Promise<number> {
  const client = await session.client();
  const targets = await resolveWords(session, client, words, flags);
  if (targets.length === 0) {
    session.out.info(NONE_REGISTERED);
    return 0;
  }
  const code = showReport(session, await act(client, targets), done);
  await showList(session, client);
  return code;
}
