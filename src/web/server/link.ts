/**
 * The server's line to the daemon, which outlives daemons: events from one subscription for all viewers, and whether a daemon is
 * there. Without it each open page would subscribe anew, and a replaced daemon would leave all of them blind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/index.ts';
import { UpkeepError } from '../../core/errors.ts';
import type { EventRecord, Hello } from '../../protocol/control.ts';
import type { EventsPage } from '../api.ts';

/** As many as the daemon keeps. */
const KEPT_EVENTS = 1000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

export interface LinkState {
  readonly isUp: boolean;
  /** null: it is up. */
  readonly why: string | null;
}

export class DaemonLink {
  readonly #home: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #end = new AbortController();
  readonly #events: EventRecord[] = [];
  readonly #eventListeners = new Set<(event: EventRecord) => void>();
  readonly #stateListeners = new Set<(state: LinkState) => void>();
  #client: Client | null = null;
  #hello: Hello | null = null;
  #last = 0;
  #state: LinkState = { isUp: false, why: 'it has not answered yet' };

  constructor(home: string, env: NodeJS.ProcessEnv) {
    this.#home = home;
    this.#env = env;
  }

  get home(): string {
    return this.#home;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** What the present daemon said of itself; null: none is there. */
  get hello(): Hello | null {
    return this.#state.isUp ? this.#hello : null;
  }

  /** @throws UpkeepError NO_DAEMON */
  get client(): Client {
    if (this.#client !== null) return this.#client;
    throw new UpkeepError({
      code: 'NO_DAEMON',
      message: `no daemon answers for ${this.#home}: ${this.#state.why}`,
      hint: '`upkeep ping` starts one',
    });
  }

  onEvent(listener: (event: EventRecord) => void): void {
    this.#eventListeners.add(listener);
  }

  onState(listener: (state: LinkState) => void): void {
    this.#stateListeners.add(listener);
  }

  /** @param after null: all that are kept */
  eventsAfter(after: number | null): EventsPage {
    const events = after === null ? [...this.#events] : this.#events.filter((event) => event.number > after);
    const first = events[0]?.number ?? this.#last + 1;
    return { last: this.#last, events, missed: after === null ? 0 : Math.max(0, first - after - 1) };
  }

  async run(): Promise<void> {
    for (let wait = FIRST_WAIT_MS; !this.#end.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        await this.#follow(() => {
          wait = FIRST_WAIT_MS;
        });
        this.#tell({ isUp: false, why: 'its line ended' });
      } catch (error) {
        this.#tell({ isUp: false, why: error instanceof Error ? error.message : String(error) });
      }
      await sleep(wait, undefined, { signal: this.#end.signal }).catch(() => {});
    }
  }

  close(): void {
    this.#end.abort();
    this.#client?.close();
  }

  async #follow(onUp: () => void): Promise<void> {
    const client = this.#client ?? (await connect({ home: this.#home, env: this.#env, startDaemon: false }));
    this.#client = client;
    const events = await client.followEvents({
      after: this.#last,
      signal: this.#end.signal,
      onConnection: (state) => {
        if (state === 'lost') this.#tell({ isUp: false, why: 'it is being replaced, or has ended' });
        else void this.#greet(client).catch(() => {});
      },
    });
    await this.#greet(client);
    onUp();
    for await (const event of events) this.#take(event);
  }

  /** A request opens the line again, and so the daemon introduces itself. */
  async #greet(client: Client): Promise<void> {
    this.#hello = await client.ping();
    this.#tell({ isUp: true, why: null });
  }

  #take(event: EventRecord): void {
    this.#last = Math.max(this.#last, event.number);
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    for (const listener of this.#eventListeners) listener(event);
  }

  #tell(state: LinkState): void {
    if (state.isUp === this.#state.isUp && state.why === this.#state.why) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}
