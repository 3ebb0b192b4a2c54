/**
 * `list` and its other names, once or refreshed. Without it nobody would see what runs.
 */
import type { Command } from '../command.ts';
import { hasFlag } from '../command.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

const REFRESH_MS = 900;
const CLEAR_SCREEN = '\u001b[2J\u001b[3J\u001b[H';

export const list: Command = {
  usage: '[ignored...]',
  flags: [{ flags: '--watch', description: 'Show the list anew every 0.9 s until interrupted.' }],
  async run(session, _words, flags) {
    const client = await session.client();
    if (!hasFlag(flags, 'watch')) {
      await showList(session, client);
      return 0;
    }
    return watch(session);
  },
};

async function watch(session: Session): Promise<number> {
  const client = await session.client();
  const { setTimeout: sleep } = await import('node:timers/promises');
  for (;;) {
    if (session.out.isTerminal) session.out.machine(CLEAR_SCREEN);
    await showList(session, client);
    await sleep(REFRESH_MS);
  }
}
