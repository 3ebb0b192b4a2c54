/**
 * `ecosystem`: a config file to begin with. Without the refusal to overwrite, one word would cost somebody their config.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, hasFlag } from '../command.ts';
import { mistake } from '../failure.ts';

const FILE = 'ecosystem.config.js';

const SIMPLE = `module.exports = {
  apps: [{ name: 'app', script: './index.js' }],
};
`;

const FULL = `/** Started by \`upkeep start\`. All options: \`upkeep schema\`. */
module.exports = {
  apps: [
    {
      name: 'api',
      script: './index.js',
      // Restarted when it needs more memory than this, children included.
      max_memory_restart: '500M',
      // A crashing app is restarted after 100 ms, then after longer and longer waits.
      exp_backoff_restart_delay: 100,
      env: { NODE_ENV: 'development' },
      // Laid over env by \`upkeep start --env production\`.
      env_production: { NODE_ENV: 'production' },
    },
    {
      name: 'worker',
      script: './worker.js',
      // Restarted when files change.
      watch: ['./worker.js', './lib'],
      ignore_watch: ['node_modules'],
    },
  ],
};
`;

export const ecosystem: Command = {
  usage: '[simple]',
  flags: [{ flags: '-f, --force', description: 'Overwrite a file that is there.' }],
  async run(session, [mode], flags) {
    const path = join(session.cwd, FILE);
    try {
      // wx: one step, so that a file made meanwhile is not overwritten either.
      writeFileSync(path, mode === 'simple' ? SIMPLE : FULL, { flag: hasFlag(flags, 'force') ? 'w' : 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw mistake(`cannot write ${path}: ${(error as Error).message}`);
      throw mistake(`${path} is there already`, '--force overwrites it');
    }
    session.out.info(`Wrote ${path}: edit it, then run \`upkeep start\``);
    return 0;
  },
};
