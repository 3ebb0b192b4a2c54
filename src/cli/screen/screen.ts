/**
 * The screen as it lives: asks the daemon, hears keys, carries out what was confirmed, and has it drawn, no more often than a
 * reader can see. Without the rates here a flood of lines or a held key would be drawn picture by picture, long after it is over.
 */
import type { Client } from '../../client/client.ts';
import type { HistorySpan, HistoryView } from '../../protocol/observation.ts';
import { renderDescribe } from '../render/describe.ts';
import { renderWhy } from '../render/why.ts';
import type { Sort } from './columns.ts';
import { type Frame, type Part, paint } from './frame.ts';
import type { Key } from './keys.ts';
import { withEntries } from './log-buffer.ts';
import { LogFeed } from './log-feed.ts';
import { emptyPanes, type Order, openState, type PaneKind, type ScreenState, settled } from './model.ts';
import { carryOut, inProgress, type Said, spokenError, spokenReport } from './orders.ts';
import { press } from './press.ts';

/** What the screen asks of a client. */
type ScreenClient = Pick<
  Client,
  'listWithNotes' | 'describe' | 'why' | 'history' | 'followLogs' | 'restart' | 'reload' | 'stop' | 'scale'
>;

export interface ScreenOptions {
  readonly client: ScreenClient;
  readonly hasColor: boolean;
  readonly sort: Sort;
  readonly pane: PaneKind | null;
  readonly size: { readonly columns: number; readonly rows: number };
  show(frame: Frame): void;
  end(): void;
  suspend(): void;
  redraw(): void;
}

const REFRESH_MS = 1000;
const DETAILS_MS = 2000;
const HISTORY_MS = 5000;
/** Between two pictures, at least; and as long as the last one took. */
const LEAST_PAUSE_MS = 33;
/** The same if only lines of the log came: each moves the whole pane, and nobody reads faster. */
const LOG_PAUSE_MS = 150;

export class Screen {
  readonly #options: ScreenOptions;
  #state: ScreenState;
  #frame: Frame | null = null;
  #feed: LogFeed | null = null;
  /** Process and pane that is being looked at: `log 3`. */
  #watched = '';
  #timers: NodeJS.Timeout[] = [];
  #drawing: NodeJS.Timeout | null = null;
  #drawsAt = 0;
  #drawnAt = 0;
  #pauseMs = LEAST_PAUSE_MS;
  #isAsking = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { size, sort, pane } = options;
    this.#state = openState({ ...size, sort, pane });
  }

  get state(): ScreenState {
    return this.#state;
  }

  /** The first picture, before anything is known. */
  firstFrame(): Frame {
    this.#frame = paint(this.#state, { now: Date.now(), hasColor: this.#options.hasColor });
    return this.#frame;
  }

  async start(): Promise<void> {
    this.#timers = [setInterval(() => void this.#refresh(), REFRESH_MS)];
    await this.#refresh();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    this.#feed?.stop();
  }

  resize(columns: number, rows: number): void {
    this.#become(settled({ ...this.#state, columns, rows }));
  }

  press(key: Key): void {
    const { state, wish } = press(this.#state, key);
    this.#become(state);
    if (wish?.kind === 'end') this.#options.end();
    else if (wish?.kind === 'suspend') this.#options.suspend();
    else if (wish?.kind === 'redraw') this.#options.redraw();
    else if (wish?.kind === 'carry-out') void this.#carryOut(wish.order);
  }

  #become(state: ScreenState): void {
    this.#state = state;
    this.#watch();
    this.#drawSoon();
  }

  async #refresh(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const { instances, host = null } = await this.#options.client.listWithNotes({ watch: true });
      this.#become(settled({ ...this.#state, instances, host, readAt: Date.now(), problem: null }));
    } catch (error) {
      this.#become({ ...this.#state, problem: (error as Error).message.split('\n')[0] ?? '' });
    } finally {
      this.#isAsking = false;
    }
  }

  async #carryOut(order: Order): Promise<void> {
    this.#tell({ text: inProgress(order), isFailure: false, lines: [] });
    const said = await carryOut(this.#options.client, order).then((report) => spokenReport(order, report), spokenError);
    this.#tell(said);
    await this.#refresh();
  }

  #tell({ text, isFailure, lines }: Said): void {
    const state: ScreenState = { ...this.#state, result: { text, isFailure } };
    // Nobody's typing is taken away: then the line has to do.
    const opens = isFailure && lines.length > 0 && state.mode.kind === 'browse';
    this.#become(opens ? { ...state, mode: { kind: 'message', title: text, lines, top: 0 } } : state);
  }

  /** Looks at what the pane shows now, and at nothing else. */
  #watch(): void {
    const { selected, pane, span } = this.#state;
    const watched = selected === null || pane === null ? '' : `${pane} ${selected} ${pane === 'graphs' ? span : ''}`;
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#feed?.stop();
    this.#feed = null;
    for (const timer of this.#timers.splice(1)) clearInterval(timer);
    if (selected === null || pane === null) return;
    // A log that is opened again begins anew: lines came meanwhile.
    this.#state = { ...this.#state, ...emptyPanes(this.#state) };
    if (pane === 'log') {
      this.#follow(selected);
      return;
    }
    const look = pane === 'graphs' ? () => this.#readHistory(selected, span) : () => this.#readDetails(selected);
    this.#timers.push(setInterval(() => void look(), pane === 'graphs' ? HISTORY_MS : DETAILS_MS));
    void look();
  }

  #follow(id: number): void {
    const { client, hasColor } = this.#options;
    const feed = new LogFeed({
      client,
      id,
      hasColor,
      onLines: () => this.#drawSoon(LOG_PAUSE_MS),
      onEnd: () => {
        // No daemon for long, or the process was deleted: begun again with the next look, if it is still chosen then.
        if (this.#feed === feed) this.#feed = null;
        const again = setTimeout(() => {
          if (this.#feed !== null || this.#watched !== `log ${id} `) return;
          this.#watched = '';
          this.#watch();
        }, REFRESH_MS);
        this.#timers.push(again);
      },
    });
    this.#feed = feed;
  }

  async #readDetails(id: number): Promise<void> {
    const { client, hasColor } = this.#options;
    try {
      const [whys, details] = await Promise.all([client.why(id), client.describe(id)]);
      const now = Date.now();
      const text = [
        ...whys.map((why) => renderWhy(why, { now, hasColor })),
        ...details.map((detail) => `\n${renderDescribe(detail, { now, columns: 0, hasColor: false })}`),
      ].join('\n');
      if (this.#watched !== `details ${id} `) return;
      this.#become({ ...this.#state, details: { ...this.#state.details, lines: text.split('\n') } });
    } catch {
      // The list says that no daemon answers, or that the process is gone.
    }
  }

  async #readHistory(id: number, span: HistorySpan): Promise<void> {
    let history: HistoryView | string;
    try {
      const histories = await this.#options.client.history(id, span);
      history = histories.find((one) => one.id === id) ?? 'no history yet';
    } catch (error) {
      history = (error as Error).message;
    }
    if (this.#watched === `graphs ${id} ${span}`) this.#become({ ...this.#state, history });
  }

  /** @param pauseMs since the last picture */
  #drawSoon(pauseMs = 0): void {
    const at = this.#drawnAt + Math.max(pauseMs, this.#pauseMs);
    if (this.#drawing !== null && this.#drawsAt <= at) return;
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    this.#drawsAt = at;
    this.#drawing = setTimeout(
      () => {
        this.#drawing = null;
        this.#draw();
      },
      Math.max(0, at - performance.now()),
    );
  }

  #draw(): void {
    const added = this.#feed?.take() ?? [];
    if (added.length > 0) {
      const { log } = this.#state;
      this.#state = { ...this.#state, log: { ...log, buffer: withEntries(log.buffer, added) } };
    }
    const began = performance.now();
    const fresh = paint(this.#state, { now: Date.now(), hasColor: this.#options.hasColor });
    const frame = { ...fresh, parts: fresh.parts.map((part) => this.#unchanged(part) ?? part) };
    const isSame =
      this.#frame !== null &&
      frame.columns === this.#frame.columns &&
      frame.rows === this.#frame.rows &&
      frame.parts.length === this.#frame.parts.length &&
      frame.parts.every((part, index) => part === this.#frame?.parts[index]);
    if (!isSame) {
      this.#frame = frame;
      this.#options.show(frame);
    }
    this.#drawnAt = performance.now();
    this.#pauseMs = Math.max(LEAST_PAUSE_MS, this.#drawnAt - began);
  }

  /** The part as it was drawn the last time, if nothing in it is new. */
  #unchanged({ name, lines }: Part): Part | undefined {
    const before = this.#frame?.parts.find((part) => part.name === name);
    if (before === undefined || before.lines.length !== lines.length) return undefined;
    return lines.every((line, index) => line === before.lines[index]) ? before : undefined;
  }
}
