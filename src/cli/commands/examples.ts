/**
 * `examples`: the everyday lines, to copy. Without them a newcomer would have to read the options of every command.
 */
import type { Command } from '../command.ts';

type Line = readonly [line: string, what: string];

const EXAMPLES: readonly (readonly [title: string, lines: readonly Line[]])[] = [
  [
    'Start',
    [
      ['upkeep start server.js', 'a script, named after its file'],
      ['upkeep start server.js --name api -i max', 'one process for each CPU, on one port'],
      ['upkeep start "npm run serve" --name web', 'a command'],
      ['upkeep start worker.py --watch', 'restarted when its files change'],
      ['upkeep start app.js -- --port 3000', 'arguments of the script'],
      ['upkeep start ecosystem.config.js --env production', 'what a file says'],
    ],
  ],
  [
    'Change',
    [
      ['upkeep reload api', 'replace its processes one by one, without a gap'],
      ['upkeep restart api --update-env', 'with the variables of this shell'],
      ['upkeep scale api +2', 'two processes more'],
      ['upkeep stop api', 'stop, and keep in the list'],
      ['upkeep delete api', 'stop and forget'],
    ],
  ],
  [
    'Look',
    [
      ['upkeep list', 'all processes'],
      ['upkeep why api', 'why it is in its state, and what happens next'],
      ['upkeep logs api --lines 100', 'its last lines, then the new ones'],
      ['upkeep monit', 'all of it on one screen'],
    ],
  ],
  [
    'Keep',
    [
      ['upkeep save', 'remember the list'],
      ['upkeep resurrect', 'start what was remembered'],
      ['upkeep update', 'replace the daemon; the apps go on'],
    ],
  ],
];

const WIDTH = 52;

export const examples: Command = {
  usage: '[ignored...]',
  run(session) {
    const blocks = EXAMPLES.map(([title, lines]) =>
      [title, ...lines.map(([line, what]) => `  ${line.padEnd(WIDTH)} ${what}`)].join('\n'),
    );
    session.out.print(`${blocks.join('\n\n')}\n`);
    return Promise.resolve(0);
  },
};
