/**
 * The lines of a log view: the newest that match, those that come, and those of before. Bounded: a program that writes all day
 * must not fill the browser.
 */
import type { LogEntry, LogPage, LogStreamEvents } from '../../api.ts';
import { ask, messageOf } from '../ask.ts';
import { unseen } from '../read/overlap.ts';

export interface LogFilter {
  readonly target: string;
  readonly grep: string;
  readonly level: string;
  readonly stream: '' | 'out' | 'err';
  readonly since: string;
  /** Not empty: nothing new is waited for. */
  readonly until: string;
}

export interface NumberedLine {
  readonly key: number;
  readonly entry: LogEntry;
}

const MOST_LINES = 20_000;
const PAGE = 500;
const AGAIN_MS = 1500;

export class LogLines {
  readonly #filter: LogFilter;
  readonly #changed: () => void;
  readonly #abort = new AbortController();
  #source: EventSource | null = null;
  #again: ReturnType<typeof setTimeout> | null = null;
  #before: string | null = null;
  /** Keys of older lines go down from here, of newer ones up. */
  #first = 0;
  #next = 0;
  #frame = 0;
  #wasBroken = false;
  #arrived: LogEntry[] = [];
  lines: readonly NumberedLine[] = [];
  /** Came while the view was held. */
  pending: readonly NumberedLine[] = [];
  missed = 0;
  error: string | null = null;
  isLoading = true;
  isHeld = false;

  constructor(filter: LogFilter, changed: () => void) {
    this.#filter = filter;
    this.#changed = changed;
    void this.#begin();
  }

  get hasOlder(): boolean {
    return this.#before !== null && this.lines.length < MOST_LINES;
  }

  get isFull(): boolean {
    return this.#before !== null && this.lines.length >= MOST_LINES;
  }

  close(): void {
    this.#abort.abort();
    this.#source?.close();
    if (this.#again !== null) clearTimeout(this.#again);
    cancelAnimationFrame(this.#frame);
  }

  hold(isHeld: boolean): void {
    if (this.isHeld === isHeld) return;
    this.isHeld = isHeld;
    if (!isHeld) {
      this.lines = [...this.lines, ...this.pending].slice(-MOST_LINES);
      this.pending = [];
    }
    this.#changed();
  }

  clear(): void {
    this.lines = [];
    this.pending = [];
    this.missed = 0;
    this.#changed();
  }

  async older(): Promise<void> {
    if (this.isLoading || !this.hasOlder || this.#before === null) return;
    this.isLoading = true;
    this.#changed();
    await this.#page(this.#before);
  }

  async #begin(): Promise<void> {
    // The stream first, so that nothing falls between the two; what both tell is left out below.
    if (this.#filter.until === '') this.#listen();
    await this.#page(null);
    this.#flush();
  }

  async #page(before: string | null): Promise<void> {
    try {
      const page = await ask<LogPage>(`/api/logs?${this.#words({ limit: String(PAGE), before })}`, this.#abort.signal);
      const first = this.#first - page.lines.length;
      const lines = page.lines.map((entry, index) => ({ key: first + index, entry }));
      this.#first = first;
      this.lines = [...lines, ...this.lines];
      this.#before = page.before;
      this.error = null;
      if (before === null) this.#leaveOutKnown();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.error = messageOf(error);
    }
    this.isLoading = false;
    this.#changed();
  }

  /** Lines that came over the stream while the page was asked for may be on it, too. */
  #leaveOutKnown(): void {
    this.#arrived = unseen(this.#known(), this.#arrived);
  }

  #known(): LogEntry[] {
    return [...this.lines, ...this.pending].slice(-PAGE).map(({ entry }) => entry);
  }

  /** What was written while the line was broken. */
  async #catchUp(): Promise<void> {
    try {
      const words = this.#words({ limit: String(PAGE) });
      const { lines } = await ask<LogPage>(`/api/logs?${words}`, this.#abort.signal);
      this.#arrived = [...unseen(this.#known(), lines), ...unseen(lines, this.#arrived)];
      this.#flush();
    } catch {
      // The stream is there, or will be: what comes is shown.
    }
  }

  #words(more: Readonly<Record<string, string | null>>): URLSearchParams {
    const { target, grep, level, stream, since, until } = this.#filter;
    const all = {
      target,
      grep,
      level,
      stream,
      since: sinceOf(since),
      until: until === '' ? '' : String(Date.parse(until)),
      ...more,
    };
    return new URLSearchParams(Object.entries(all).filter((pair): pair is [string, string] => !!pair[1]));
  }

  #listen(): void {
    const source = new EventSource(`/api/logs/stream?${this.#words({})}`);
    this.#source = source;
    source.addEventListener('lines', (event) => {
      const { lines, missed } = JSON.parse((event as MessageEvent<string>).data) as LogStreamEvents['lines'];
      this.missed += missed;
      this.#arrived.push(...lines);
      if (this.#arrived.length > MOST_LINES) this.#arrived.splice(0, this.#arrived.length - MOST_LINES);
      this.#frame ||= requestAnimationFrame(() => this.#flush());
    });
    source.addEventListener('open', () => {
      if (this.#wasBroken) void this.#catchUp();
      this.#wasBroken = false;
    });
    source.addEventListener('error', () => {
      this.#wasBroken = true;
      if (source.readyState !== EventSource.CLOSED) return;
      this.#again = setTimeout(() => this.#listen(), AGAIN_MS);
    });
  }

  #flush(): void {
    this.#frame = 0;
    // The first page comes before what came after it.
    if (this.isLoading && this.lines.length === 0) return;
    if (this.#arrived.length === 0) return;
    const fresh = this.#arrived.map((entry) => ({ key: this.#next++, entry }));
    this.#arrived = [];
    if (this.isHeld) this.pending = [...this.pending, ...fresh].slice(-MOST_LINES);
    else this.lines = [...this.lines, ...fresh].slice(-MOST_LINES);
    this.#changed();
  }
}

const SPANS_MS: Readonly<Record<string, number>> = { '10m': 600_000, '1h': 3_600_000, '24h': 86_400_000 };

function sinceOf(since: string): string {
  const span = SPANS_MS[since];
  return span === undefined ? '' : String(Date.now() - span);
}
