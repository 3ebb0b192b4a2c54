/**
 * A program of one moment: makes the sockets that it inherits listen and ends. Without it the daemon would have to listen
 * with its own handles, and its event loop would begin to accept.
 *
 * argv[2]: JSON, the backlog of each descriptor from 3 on, null for a datagram socket. stdout: JSON, an errno or 0 each.
 */
import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';

const FIRST_FD = 3;

const backlogs = JSON.parse(process.argv[2] ?? '[]') as readonly (number | null)[];

/** Nothing is accepted: the loop does not turn between this and the end. */
const listens = (fd: number, backlog: number): Promise<number> =>
  new Promise((resolve) => {
    createServer()
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.errno ?? -1))
      .once('listening', () => resolve(0))
      .listen({ fd }, backlog);
  });

/** Programs expect sockets that block. Node clears O_NONBLOCK on what it gives to a child as descriptors 0 to 2. */
function makeBlocking(fds: readonly number[]): void {
  for (let i = 0; i < fds.length; i += 3)
    spawnSync('/bin/sh', ['-c', ':'], { stdio: [0, 1, 2].map((at) => fds[i + at] ?? 'ignore') });
}

void Promise.all(backlogs.map((backlog, i) => (backlog === null ? 0 : listens(FIRST_FD + i, backlog)))).then(
  (errnos) => {
    makeBlocking(backlogs.map((_, i) => FIRST_FD + i));
    writeSync(1, JSON.stringify(errnos));
    process.exit(0);
  },
);
