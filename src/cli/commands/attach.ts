/**
 * `attach`: what is typed goes to the stdin of one process, line by line, and what it prints comes back. Without it a program
 * with a prompt could not be talked to while it is supervised.
 */
import { createInterface } from 'node:readline';
import { UpkeepError } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { mistake, showError } from '../failure.ts';
import { plainLine } from '../render/words.ts';

/** After the last line the answer is waited for until nothing has come for so long, and no longer than that. */
const QUIET_MS = 500;
const LONGEST_MS = 5_000;

export const attach: Command = {
  usage: '<id> [separator]',
  notes: ['Ends with the input (Ctrl-D), or with the process. `separator` ends each line instead of a newline.'],
  async run(session, [target = '', separator]) {
    const { out } = session;
    const client = await session.client();
    const [one, ...others] = await client.describe(target);
    if (one === undefined || others.length > 0)
      throw mistake(`${target} names ${others.length + 1} processes`, 'give the id of one: `upkeep id` shows them');
    if (one.pid === 0) throw new UpkeepError({ code: 'NOT_RUNNING', message: `${one.name} (${one.id}) does not run` });
    const ended = new AbortController();
    let heardAt = Date.now();
    // Before the first line is sent, so that no answer is missed.
    const lines = await client.followLogs(one.id, { signal: ended.signal });
    const events = await client.followEvents({ signal: ended.signal });
    const input = createInterface({ input: process.stdin, terminal: false });
    const output = (async (): Promise<void> => {
      for await (const line of lines) {
        heardAt = Date.now();
        out.machine(`${out.isTerminal ? plainLine(line.text, out.hasColor) : line.text}\n`);
      }
    })();
    const ending = (async (): Promise<void> => {
      for await (const event of events)
        if (event.id === one.id && ENDINGS.has(event.kind)) {
          out.warn(`${one.name} (${one.id}) ${event.kind}: ${event.reason}`);
          input.close();
        }
    })();
    let code = 0;
    try {
      for await (const line of input) {
        const { outcomes } = await client.send(one.id, line, separator);
        const failure = outcomes.find((outcome) => outcome.failure !== null)?.failure ?? null;
        if (failure !== null) throw new UpkeepError(failure);
      }
      const giveUpAt = Date.now() + LONGEST_MS;
      for (heardAt = Date.now(); Date.now() < Math.min(heardAt + QUIET_MS, giveUpAt); )
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 10));
    } catch (error) {
      showError(out, error);
      code = 1;
    }
    ended.abort();
    await Promise.all([output, ending]);
    process.stdin.destroy();
    return code;
  },
};

/** Events after which nobody is at the other end. */
const ENDINGS: ReadonlySet<string> = new Set(['exited', 'stopped', 'deleted', 'errored']);
