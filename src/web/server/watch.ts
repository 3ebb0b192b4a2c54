/**
 * The picture of all processes, taken once for all viewers and only while somebody looks. Without it the cost of watching would
 * grow with every open page, and go on when all are closed.
 */
import { VERSION } from '../../client/version.ts';
import type { Methods } from '../../protocol/control.ts';
import type { AlertView } from '../../protocol/observation.ts';
import type { Overview } from '../api.ts';
import type { DaemonLink } from './link.ts';
import type { EventStream } from './sse.ts';

const EVERY_MS = 1000;
/** After an event: what it has changed is to be seen at once, and many events make one picture. */
const SOON_MS = 100;

export class Watch {
  readonly #link: DaemonLink;
  readonly #viewers = new Set<EventStream>();
  #timer: NodeJS.Timeout | null = null;
  /** The timer is for a picture that an event asked for: further events do not put it off. */
  #isHurried = false;
  #taking: Promise<Overview> | null = null;
  /** What was shown last, without its instant. */
  #shown = '';

  constructor(link: DaemonLink) {
    this.#link = link;
    link.onEvent((event) => {
      const json = JSON.stringify(event);
      for (const viewer of this.#viewers) viewer.send('event', json, event.number);
      this.#hurry();
    });
    link.onState((state) => {
      const json = JSON.stringify(state);
      for (const viewer of this.#viewers) viewer.send('daemon', json);
      this.#hurry();
    });
  }

  /** @param after number of the last event that the viewer knows; null: it wants only new ones */
  async add(viewer: EventStream, after: number | null): Promise<void> {
    if (after !== null)
      for (const event of this.#link.eventsAfter(after).events)
        viewer.send('event', JSON.stringify(event), event.number);
    this.#viewers.add(viewer);
    viewer.onClose(() => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#rest();
    });
    if (!this.#link.state.isUp) viewer.send('daemon', JSON.stringify(this.#link.state));
    viewer.show('overview', JSON.stringify(await this.now()));
    this.#wind(EVERY_MS);
  }

  /** A picture of now; those who ask together share it. */
  now(): Promise<Overview> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
    });
    return this.#taking;
  }

  async #take(): Promise<Overview> {
    const { hello } = this.#link;
    const [list, alerts] = hello === null ? [null, []] : await this.#ask();
    return {
      at: Date.now(),
      daemon: list === null ? null : hello,
      version: VERSION,
      host: list?.host ?? null,
      instances: list?.instances ?? [],
      alerts,
      notes: list?.notes ?? [],
    };
  }

  async #ask(): Promise<readonly [Methods['instance.list']['result'] | null, readonly AlertView[]]> {
    const { client } = this.#link;
    return Promise.all([
      client.listWithNotes({ watch: true }).catch(() => null),
      // An older daemon knows none.
      client.alerts().then(
        (all) => all.filter(({ clearedAt }) => clearedAt === null),
        () => [],
      ),
    ]);
  }

  async #round(): Promise<void> {
    this.#timer = null;
    this.#isHurried = false;
    const picture = await this.now();
    const { at: _, ...content } = picture;
    const shown = JSON.stringify(content);
    if (shown !== this.#shown) {
      this.#shown = shown;
      const json = JSON.stringify(picture);
      for (const viewer of this.#viewers) viewer.show('overview', json);
    }
    this.#wind(EVERY_MS);
  }

  #wind(ms: number): void {
    if (this.#timer === null && this.#viewers.size > 0) this.#timer = setTimeout(() => void this.#round(), ms);
  }

  #hurry(): void {
    if (this.#viewers.size === 0 || this.#isHurried) return;
    this.#rest();
    this.#isHurried = true;
    this.#wind(SOON_MS);
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isHurried = false;
  }
}
