/**
 * Replaces the running daemon and waits for the next one. Without the wait, a command right after an update would
 * still talk to the old daemon, or to none.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpkeepError } from '../core/errors.ts';
import type { Client } from './client.ts';
import { type Line, type LineOptions, openLine } from './line.ts';
import { daemonCommand, daemonEnvironment } from './start-daemon.ts';

const DEADLINE_MS = 15_000;
const PACE_MS = 20;

/** @throws UpkeepError NO_DAEMON when no new daemon answers in time. */
export async function updateDaemon(client: Client, options: LineOptions): Promise<Line> {
  const before = client.daemon;
  const env = daemonEnvironment(options.env, options.paths.home);
  await client.request('daemon.update', { command: daemonCommand(options.env), env });
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const line = await openLine({ ...options, startDaemon: false }).catch(() => null);
    if (line !== null && (line.hello.pid !== before.pid || line.hello.startedAt !== before.startedAt)) return line;
    line?.close();
    if (Date.now() > deadline) {
      throw new UpkeepError({
        code: 'NO_DAEMON',
        message: `the daemon was told to make way, but no new one answered within ${DEADLINE_MS / 1000} s`,
        hint: `its log is ${options.paths.daemonLog}; your apps go on running, and any command starts a daemon`,
      });
    }
    await sleep(PACE_MS);
  }
}
