/**
 * The lines of apps from where they were shipped up to: first what the files hold, then what the daemon sends, and again the files
 * whenever that has a gap. Without it what is written while the daemon, the receiver or this process is away would not arrive.
 */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LineOptions } from '../client/line.ts';
import { lineOf, piecesBetween, type Source, sourceOf } from '../client/missing-lines.ts';
import { UpkeepError } from '../core/errors.ts';
import type { LogLine } from '../core/terms.ts';
import { BEFORE_ALL } from '../logs/backlog-pieces.ts';
import { headOfFile, isHeadShort } from '../logs/file-head.ts';
import type { FilePosition, InstanceDetail } from '../protocol/control.ts';
import { LiveLines } from './live-lines.ts';
import { isShipName, type ShippedPlace } from './ship-orders.ts';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

export interface ShipBatch {
  readonly lines: readonly LogLine[];
  /** Up to where files are read with these lines. */
  readonly places: readonly ShippedPlace[];
  /** A file was gone before it could be read. */
  readonly isAfterGap: boolean;
}

export interface LogSourceOptions {
  readonly line: Omit<LineOptions, 'onNotice' | 'startDaemon'>;
  readonly targets: readonly string[];
  /** null: nothing was shipped yet, it begins with the present. */
  readonly from: { readonly places: readonly ShippedPlace[]; readonly savedAt: number } | null;
  readonly signal: AbortSignal;
}

export class LogSource {
  readonly #options: LogSourceOptions;
  readonly #places = new Map<string, ShippedPlace>();
  /** Files that were made since then are new; null: nothing was read before. */
  #knownAt: number | null;
  #sources = new Map<string, Source>();

  constructor(options: LogSourceOptions) {
    this.#options = options;
    this.#knownAt = options.from?.savedAt ?? null;
    for (const place of options.from?.places ?? []) this.#places.set(place.path, place);
  }

  /** Whether a file is read. */
  knows(path: string): boolean {
    return this.#places.has(path);
  }

  /** Ends when the signal is aborted, with what was there by then. */
  async *batches(): AsyncGenerator<ShipBatch> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const live = await this.#reach();
      if (live === null) return;
      const stop = (): void => live.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        yield* this.#one(live);
      } catch {
        // The daemon has gone: the next one is asked.
        await this.#pause(LONGEST_WAIT_MS);
      } finally {
        signal.removeEventListener('abort', stop);
        live.stop();
        this.#knownAt = Date.now();
      }
    }
  }

  /** What the files hold, then what comes over this line, until it ends. */
  async *#one(live: LiveLines): AsyncGenerator<ShipBatch> {
    await this.#learn(live);
    yield* this.#backlog();
    const asOf = Date.now();
    const positions = await this.#follow(live);
    if (positions === null) {
      await this.#pause(LONGEST_WAIT_MS);
      return;
    }
    yield* this.#seam(positions, asOf);
    this.#knownAt ??= Date.now();
    for (let batch = await live.next(); batch !== null; batch = await live.next()) {
      if (batch.positions.some(({ path }) => !this.#sources.has(path))) await this.#learn(live).catch(() => {});
      // It may have waited here for long: what counts is when its last line was read.
      const writtenAt = batch.lines.at(-1)?.at ?? asOf;
      yield { lines: withoutOwn(batch.lines), places: this.#remember(batch.positions, writtenAt), isAfterGap: false };
    }
  }

  /** null: no process is meant by the targets now. */
  async #follow(live: LiveLines): Promise<readonly FilePosition[] | null> {
    try {
      return await live.follow(this.#options.targets);
    } catch (error) {
      if (error instanceof UpkeepError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  /** Whose files there are; those that came since the last time are read from their beginning. */
  async #learn(live: LiveLines): Promise<void> {
    const details = await describe(live, this.#options.targets);
    const sources = new Map<string, Source>();
    for (const { paths } of details) {
      for (const path of [paths.out, paths.err, paths.combined]) {
        const source = path === null ? null : sourceOf(path, details);
        if (path !== null && source !== null) sources.set(path, source);
      }
    }
    this.#sources = sources;
    const since = this.#knownAt;
    if (since === null) return;
    for (const [path, origin] of sources) {
      if (this.#places.has(path) || !isBornAfter(path, since)) continue;
      this.#places.set(path, { path, inode: BEFORE_ALL, offset: 0, origin, head: null, asOf: since });
    }
  }

  async *#backlog(): AsyncGenerator<ShipBatch> {
    for (const known of [...this.#places.values()]) {
      const { origin, asOf } = known;
      for await (const piece of piecesBetween(known, undefined)) {
        const place = { ...piece.place, origin, asOf };
        this.#places.set(place.path, place);
        const lines = withoutOwn(piece.texts.map((text) => lineOf(text, origin)));
        yield { lines, places: [place], isAfterGap: piece.isAfterGap };
        if (this.#options.signal.aborted) return;
      }
    }
  }

  /** What was written between the end of the files' reading and the first line from the daemon. */
  async *#seam(positions: readonly FilePosition[], asOf: number): AsyncGenerator<ShipBatch> {
    for (const position of positions) {
      const known = this.#places.get(position.path);
      const lines: LogLine[] = [];
      if (known !== undefined)
        for await (const { texts } of piecesBetween(known, position))
          lines.push(...texts.map((text) => lineOf(text, known.origin)));
      yield { lines: withoutOwn(lines), places: this.#remember([position], asOf), isAfterGap: false };
    }
    // Of apps that were deleted everything has been read.
    for (const path of this.#places.keys()) {
      if (!this.#sources.has(path) && !positions.some((one) => one.path === path)) this.#places.delete(path);
    }
  }

  #remember(positions: readonly FilePosition[], asOf: number): readonly ShippedPlace[] {
    return positions.flatMap((position) => {
      const origin = this.#sources.get(position.path) ?? this.#places.get(position.path)?.origin;
      if (origin === undefined) return [];
      const { path, inode, offset } = position;
      const before = this.#places.get(path);
      const known = before?.inode === inode && before.offset <= offset ? before.head : null;
      const head = isHeadShort(known, offset) ? (headOfFile(path, inode, offset) ?? known) : known;
      const place: ShippedPlace = { path, inode, offset, origin, head, asOf };
      this.#places.set(path, place);
      return [place];
    });
  }

  /** null: it is to end. */
  async #reach(): Promise<LiveLines | null> {
    const { signal, line } = this.#options;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const live = new LiveLines();
      try {
        await live.open({ ...line, startDaemon: false });
        return live;
      } catch {
        // None is there, or one of another protocol: an update is under way, or will be.
      }
      await this.#pause(wait);
    }
    return null;
  }

  async #pause(ms: number): Promise<void> {
    // Aborted: there is nothing to wait for.
    await sleep(ms, undefined, { signal: this.#options.signal }).catch(() => {});
  }
}

/** What ships would ship what it says of it, for ever. */
const withoutOwn = (lines: readonly LogLine[]): readonly LogLine[] => lines.filter(({ name }) => !isShipName(name));

async function describe(live: LiveLines, targets: readonly string[]): Promise<readonly InstanceDetail[]> {
  try {
    return (await live.request('instance.describe', { targets })).instances;
  } catch (error) {
    if (error instanceof UpkeepError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}

function isBornAfter(path: string, instant: number): boolean {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.birthtimeMs >= instant;
  } catch {
    return false;
  }
}
