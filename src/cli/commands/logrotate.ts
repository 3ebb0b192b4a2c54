/**
 * `logrotate`: a config for the system's own log rotation. Without it a machine whose logs are all rotated by one tool
 * would have one exception.
 */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { logrotateConfig } from '../../integrations/logrotate.ts';
import { pathsOf } from '../../platform/paths.ts';
import { type Command, textFlag } from '../command.ts';
import { mistake } from '../failure.ts';

const SYSTEM_FOLDER = '/etc/logrotate.d';

export const logrotate: Command = {
  usage: '[ignored...]',
  flags: [
    { flags: '-u, --user <user>', description: 'Whose logs they are. Default: who calls.' },
    { flags: '--hp <home>', description: 'Home folder of that user. Default: the log folder of this home is meant.' },
    {
      flags: '--directory <folder>',
      description: `Where the file is written. Default: ${SYSTEM_FOLDER}, which needs root.`,
    },
  ],
  notes: [
    'Upkeep rotates its logs by itself (10 MB, 10 files, gzip). With this file both do; `max_size: 0` turns ours off for an app.',
  ],
  run(session, _words, flags) {
    const folder = textFlag(flags, 'directory') ?? SYSTEM_FOLDER;
    const user = textFlag(flags, 'user') ?? userInfo().username;
    if (!/^[\w.][\w.-]*\$?$/.test(user)) throw mistake(`${user} is no name of a user`);
    if (folder === SYSTEM_FOLDER && process.getuid?.() !== 0)
      throw mistake(
        `only root may write to ${SYSTEM_FOLDER}`,
        `sudo env "PATH=$PATH" upkeep logrotate -u ${user} --hp ~`,
      );
    const homeOfUser = textFlag(flags, 'hp');
    const home = homeOfUser === null ? session.home : join(homeOfUser, '.upkeep');
    const path = join(folder, `upkeep-${user}`);
    try {
      writeFileSync(path, logrotateConfig(pathsOf(home, homeOfUser === null ? session.env : {}), user), {
        mode: 0o644,
      });
    } catch (error) {
      throw mistake(`cannot write ${path}: ${(error as Error).message}`);
    }
    session.out.info(`Wrote ${path}`);
    session.out.warn('upkeep rotates its logs by itself too: see `upkeep logrotate --help`');
    return Promise.resolve(0);
  },
};
