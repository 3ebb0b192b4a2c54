/**
 * `monit`: the list and the log of one process on one screen, anew every second. Without the care for the terminal here a
 * Ctrl-C would leave a shell without a cursor.
 */
import type { Client } from '../../client/client.ts';
import { readLastLines } from '../../logs/tail.ts';
import type { Command } from '../command.ts';
import { sortInstances } from '../render/list.ts';
import { type Frame, type MonitView, monitScreen } from '../render/monit.ts';
import type { Session } from '../session.ts';
import { showList } from '../show-list.ts';

const REFRESH_MS = 1000;
/** Lines that are kept of the process that is looked at. */
const LINES_KEPT = 500;
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';

export const monit: Command = {
  usage: '[ignored...]',
  notes: ['Up and down choose a process; q, Esc or Ctrl-C end it. Into a pipe it prints the list once.'],
  async run(session) {
    const client = await session.client();
    if (!session.out.isTerminal || !process.stdin.isTTY) {
      await showList(session, client);
      return 0;
    }
    return new Screen(session, client).run();
  },
};

class Screen {
  readonly #session: Session;
  readonly #client: Client;
  #view: MonitView = { instances: [], host: null, selected: null, lines: [], problem: null };
  #follower: AbortController | null = null;

  constructor(session: Session, client: Client) {
    this.#session = session;
    this.#client = client;
  }

  async run(): Promise<number> {
    const { stdin, stdout } = process;
    const { out } = this.#session;
    stdin.setRawMode(true);
    out.machine(ENTER);
    // Whatever ends this process, the terminal is given back.
    process.once('exit', () => {
      stdin.setRawMode(false);
      out.machine(LEAVE);
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(0));
    stdout.on('resize', () => this.#draw());
    const timer = setInterval(() => void this.#refresh(), REFRESH_MS);
    await this.#refresh();
    await new Promise<void>((resolve) => {
      stdin.on('data', (bytes) => {
        if (this.#onKey(bytes.toString())) resolve();
      });
      stdin.on('end', resolve);
    });
    clearInterval(timer);
    this.#follower?.abort();
    return 0;
  }

  /** @returns whether that was the end */
  #onKey(key: string): boolean {
    if (key === 'q' || key === '\u0003' || key === '\u001b') return true;
    const step = key === '\u001b[A' || key === 'k' ? -1 : key === '\u001b[B' || key === 'j' ? 1 : 0;
    const { instances, selected } = this.#view;
    const at = instances.findIndex(({ id }) => id === selected);
    const next = instances[Math.min(instances.length - 1, Math.max(0, at + step))];
    if (step !== 0 && next !== undefined && next.id !== selected) void this.#select(next.id);
    return false;
  }

  async #refresh(): Promise<void> {
    try {
      const { instances, host = null } = await this.#client.listWithNotes();
      const sorted = sortInstances(instances, this.#session.listing.sort);
      this.#view = { ...this.#view, instances: sorted, host, problem: null };
      const isThere = sorted.some(({ id }) => id === this.#view.selected);
      if (!isThere) void this.#select(sorted[0]?.id ?? null);
    } catch (error) {
      this.#view = { ...this.#view, problem: (error as Error).message };
    }
    this.#draw();
  }

  /** Shows another process: its last lines, then new ones. */
  async #select(id: number | null): Promise<void> {
    this.#follower?.abort();
    this.#follower = null;
    this.#view = { ...this.#view, selected: id, lines: [] };
    this.#draw();
    if (id === null) return;
    const follower = new AbortController();
    this.#follower = follower;
    try {
      const [detail] = await this.#client.describe(id);
      const tails = [detail?.paths.out, detail?.paths.err].flatMap((path) =>
        path == null ? [] : [readLastLines(path, LINES_KEPT / 2)],
      );
      this.#add(
        id,
        tails.flatMap(({ lines }) => lines),
      );
      const from = tails.flatMap(({ position }) => (position === null ? [] : [position]));
      for await (const line of await this.#client.followLogs(id, { signal: follower.signal, from }))
        this.#add(id, [line.text]);
    } catch (error) {
      // A process that was deleted meanwhile: the next refresh chooses another.
      if (this.#follower === follower) this.#view = { ...this.#view, problem: (error as Error).message };
    }
  }

  #add(id: number, lines: readonly string[]): void {
    if (this.#view.selected !== id || lines.length === 0) return;
    this.#view = { ...this.#view, lines: [...this.#view.lines, ...lines].slice(-LINES_KEPT) };
    this.#draw();
  }

  #draw(): void {
    const { columns = 80, rows = 24 } = process.stdout;
    const frame: Frame = {
      columns: columns || 80,
      rows: rows || 24,
      now: Date.now(),
      hasColor: this.#session.out.hasColor,
    };
    this.#session.out.machine(HOME + monitScreen(this.#view, frame));
  }
}
