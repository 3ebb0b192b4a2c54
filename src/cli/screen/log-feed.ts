/**
 * The log of one process for the pane: its last lines, then new ones, safe to show. Without it a chatty process would make the
 * screen draw for every line, and a hostile one would draw on it.
 */
import type { Client } from '../../client/client.ts';
import { readJsonLine, tailOf } from '../log-tail.ts';
import { plainLine } from '../render/words.ts';
import { expandTabs, withoutColor } from './colored.ts';
import { LINES_KEPT, type LogEntry } from './log-buffer.ts';

/** Of each file, before the new ones come. */
const LAST_LINES = 500;
/** Longer lines are cut: nobody reads them here. */
const LONGEST_LINE = 8192;

export function logEntry(stream: 'out' | 'err', line: string, hasColor: boolean): LogEntry {
  const cut = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
  const text = expandTabs(plainLine(cut, hasColor));
  return { stream, text, bare: withoutColor(text) };
}

export interface LogFeedOptions {
  readonly client: Pick<Client, 'describe' | 'followLogs'>;
  readonly id: number;
  readonly hasColor: boolean;
  /** There is something to take. */
  onLines(): void;
  /** It has ended: the process was deleted, or no daemon came back. */
  onEnd(why: string): void;
}

export class LogFeed {
  readonly #options: LogFeedOptions;
  readonly #stop = new AbortController();
  #waiting: { readonly stream: 'out' | 'err'; readonly text: string }[] = [];
  #missed = 0;

  constructor(options: LogFeedOptions) {
    this.#options = options;
    this.#run().catch((error: Error) => {
      if (!this.#stop.signal.aborted) options.onEnd(error.message);
    });
  }

  stop(): void {
    this.#stop.abort();
    this.#waiting = [];
  }

  /** What came since the last time; of a flood no more than can be kept. */
  take(): readonly LogEntry[] {
    const { hasColor } = this.#options;
    const lines = this.#waiting.slice(-LINES_KEPT);
    const missed = this.#missed + this.#waiting.length - lines.length;
    this.#waiting = [];
    this.#missed = 0;
    const entries = lines.map(({ stream, text }) => logEntry(stream, text, hasColor));
    return missed === 0
      ? entries
      : [logEntry('err', `[upkeep: ${missed} lines were too fast for this screen]`, hasColor), ...entries];
  }

  async #run(): Promise<void> {
    const { client, id } = this.#options;
    const tail = tailOf(await client.describe(id), ['out', 'err'], LAST_LINES);
    for (const { stream, isJson, lines } of tail.files)
      this.#add(lines.map((text) => ({ stream, text: isJson ? readJsonLine(text).text : text })));
    const onMissed = (count: number): void => {
      this.#missed += count;
    };
    const options = { signal: this.#stop.signal, from: tail.positions, onMissed };
    for await (const { stream, text } of await client.followLogs(id, options)) this.#add([{ stream, text }]);
  }

  #add(lines: readonly { readonly stream: 'out' | 'err'; readonly text: string }[]): void {
    if (this.#stop.signal.aborted || lines.length === 0) return;
    for (const line of lines) this.#waiting.push(line);
    if (this.#waiting.length > 2 * LINES_KEPT) {
      const surplus = this.#waiting.length - LINES_KEPT;
      this.#waiting.splice(0, surplus);
      this.#missed += surplus;
    }
    this.#options.onLines();
  }
}
