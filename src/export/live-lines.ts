/**
 * The lines that a daemon sends, up to a bound. Without it a receiver that is away would fill the memory of the process that
 * ships; beyond the bound the log files themselves are the queue.
 */
import { type Line, type LineOptions, openLine } from '../client/line.ts';
import type { FilePosition, LogBatch } from '../protocol/control.ts';

const LONGEST_QUEUE_BYTES = 4 * 1024 * 1024;

export class LiveLines {
  #line: Line | null = null;
  readonly #queue: LogBatch[] = [];
  #bytes = 0;
  #isOver = false;
  #wake: (() => void) | null = null;

  /** @throws UpkeepError NO_DAEMON, VERSION_MISMATCH */
  async open(options: Omit<LineOptions, 'onNotice'>): Promise<void> {
    const line = await openLine({
      ...options,
      onNotice: (notice, value) => {
        if (notice === 'logs.lines') this.#take(value as LogBatch);
      },
    });
    this.#line = line;
    line.onClose(() => this.stop());
    if (!line.isOpen) this.stop();
  }

  /** Gives the ends of the files from which on lines come. */
  async follow(targets: readonly string[]): Promise<readonly FilePosition[]> {
    if (this.#line === null) throw new Error('the line is not open');
    return (await this.#line.request('logs.follow', { targets, streams: ['out', 'err'] })).positions;
  }

  request: Line['request'] = (method, params) => {
    if (this.#line === null) throw new Error('the line is not open');
    return this.#line.request(method, params);
  };

  /** What comes next; null: nothing more comes without a gap. */
  async next(): Promise<LogBatch | null> {
    for (;;) {
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        this.#bytes -= sizeOf(batch);
        return batch;
      }
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What is queued can still be taken. */
  stop(): void {
    this.#isOver = true;
    this.#line?.close();
    this.#wake?.();
  }

  #take(batch: LogBatch): void {
    if (this.#isOver) return;
    this.#bytes += sizeOf(batch);
    if (batch.missed > 0 || this.#bytes > LONGEST_QUEUE_BYTES) {
      this.stop();
      return;
    }
    this.#queue.push(batch);
    this.#wake?.();
  }
}

const sizeOf = ({ lines }: LogBatch): number => lines.reduce((sum, { text }) => sum + text.length + 64, 0);
