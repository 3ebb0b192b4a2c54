/**
 * `flush` and `reloadLogs`: the log files as files. Without them a full disk could only be helped by deleting files
 * that are still being written.
 */
import type { Client } from '../../client/client.ts';
import { UpkeepError } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { plain } from '../render/words.ts';
import { NONE_REGISTERED, resolveWords } from '../targets.ts';

export const flush: Command = {
  usage: '[targets...]',
  notes: ["Without a target all log files are emptied, the daemon's own too, and rotated files are removed."],
  async run(session, words) {
    const client = await session.client();
    const targets = await resolveWords(session, client, words);
    // No targets at all would mean every file.
    if (words.length > 0 && targets.length === 0) {
      session.out.info(NONE_REGISTERED);
      return 0;
    }
    const paths = await emptied(client, targets);
    if (paths === null) {
      session.out.warn(`No process is named ${words.map(plain).join(', ')}: no file was emptied`);
      return 0;
    }
    for (const path of paths) session.out.info(`Emptied ${plain(path)}`);
    if (paths.length === 0) session.out.info('There are no log files to empty');
    return 0;
  },
};

/** null: no such process. Scripts flush what may not be there, so this is no failure. */
async function emptied(client: Client, targets: readonly string[]): Promise<readonly string[] | null> {
  try {
    return await client.flush(targets);
  } catch (error) {
    if (error instanceof UpkeepError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

export const reloadLogs: Command = {
  usage: '[ignored...]',
  async run(session) {
    const client = await session.client();
    await client.reopenLogs();
    session.out.info('All log files were opened anew');
    return 0;
  },
};
