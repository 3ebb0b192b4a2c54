/**
 * What is told of a process while commands act on it: PM2 and Upkeep are held to the same table, so that neither the one nor
 * the other is only believed to do so.
 */

export interface Scene {
  readonly title: string;
  readonly script: string;
  readonly startArgs: readonly string[];
  /** Each command with what is told until it, and what follows from it, are over. */
  readonly acts: readonly { readonly command: readonly string[]; readonly steps: readonly string[] }[];
}

const LIVES = 'setInterval(() => {}, 1e6);';
const ENDS = 'setTimeout(() => process.exit(3), 300);';
const SERVES = "require('node:http').createServer((_, r) => r.end()).listen(Number(process.env.BUS_PORT));";

export const DELETE_STEP = /^delete /;

export const SCENES: readonly Scene[] = [
  {
    title: 'start, restart, reload, stop, start again, delete',
    script: LIVES,
    startArgs: [],
    acts: [
      { command: ['start'], steps: ['online launching', 'start online by command'] },
      {
        command: ['restart', 'app'],
        steps: ['exit stopping', 'exit stopped', 'online launching', 'restart online by command'],
      },
      {
        command: ['reload', 'app'],
        steps: ['exit stopping', 'exit stopped', 'online launching', 'reload online by command'],
      },
      { command: ['stop', 'app'], steps: ['exit stopping', 'exit stopped', 'stop stopped by command'] },
      { command: ['start', 'app'], steps: ['online launching', 'restart online by command'] },
      { command: ['delete', 'app'], steps: ['exit stopping', 'exit stopped'] },
    ],
  },
  {
    title: 'a crash loop that is given up',
    script: ENDS,
    startArgs: ['--max-restarts', '2'],
    acts: [
      {
        command: ['start'],
        steps: [
          'online launching',
          'start online by command',
          'exit stopped',
          'online launching',
          'restart overlimit errored',
          'exit errored',
        ],
      },
    ],
  },
  {
    title: 'an end without a restart',
    script: ENDS,
    startArgs: ['--no-autorestart'],
    acts: [{ command: ['start'], steps: ['online launching', 'start online by command', 'exit stopped'] }],
  },
  {
    title: 'reload in cluster mode',
    script: SERVES,
    startArgs: ['-i', '1'],
    acts: [
      { command: ['start'], steps: ['online launching', 'start online by command'] },
      {
        command: ['reload', 'app'],
        steps: ['online launching', 'exit stopping (old)', 'exit stopped (old)', 'reload online by command'],
      },
    ],
  },
];
